# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What lies in a repository after retention."""

from __future__ import annotations

import fcntl
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.catalogue.record import Backup
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import InvalidInput
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.retention.policy import RetentionPolicy
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.verify.damage import Damage
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.verify.required_wal import required_wal
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.verify.state import VerifyState
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.verify.state_text import format_state
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.archive import ArchivedWal
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.catalogue.records import read_catalogue
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.cluster_folder import ClusterFolder
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.wal.expired import read_expired
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.retention.expire import expire, rehearse_expire
from retention_shelf import KEEP_TWO, NOW, SIZE, Shelf, lay_out


def archived_wal(shelf: Shelf) -> ArchivedWal:
    return ArchivedWal.stored(shelf.folder.stored_wal(), histories={})


@pytest.fixture
def shelf(folder: ClusterFolder) -> Shelf:
    """The folder of a cluster without backups."""
    return Shelf(folder)


def test_what_no_rule_keeps_goes_with_its_wal_and_all_else_stays(shelf: Shelf) -> None:
    labels = lay_out(shelf)
    shelf.expire()

    assert shelf.labels() == list(labels[-2:])
    kept = [f"wal/00000001/00000001/0000000100000001{number - 4096:08X}.zst" for number in range(4100, 4121)]
    assert [name for name in shelf.files() if name.endswith((".zst", ".backup"))] == kept
    assert not (shelf.wal / "00000001/00000000").exists()
    assert shelf.expire() == []


def test_a_rehearsal_says_what_the_run_does_and_writes_nothing(shelf: Shelf) -> None:
    lay_out(shelf)
    before = [(path, path.lstat().st_mtime_ns) for path in sorted(Path(shelf.folder.path).rglob("*"))]
    planned = rehearse_expire(shelf.folder, policy=KEEP_TWO, clock=lambda: NOW)
    assert [(path, path.lstat().st_mtime_ns) for path in sorted(Path(shelf.folder.path).rglob("*"))] == before

    assert [str(step) for step in planned.steps] == shelf.expire()
    # Four backups with their records, and the WAL.
    assert planned.freed_bytes == sum(step.size_bytes for step in planned.backups) + 25 * 10 + len("START")


def test_children_go_before_their_parents(shelf: Shelf) -> None:
    labels = lay_out(shelf)
    plan = rehearse_expire(shelf.folder, policy=KEEP_TWO, clock=lambda: NOW)
    assert [step.label for step in plan.backups] == [labels[3], labels[2], labels[1], labels[0]]


def test_calendar_backups_keep_their_own_wal_and_holes_are_written_down(shelf: Shelf) -> None:
    labels = lay_out(shelf)
    shelf.expire(RetentionPolicy(keep_full=1, keep_days=0, keep_monthly=2))

    assert shelf.labels() == [*labels[:3], labels[5]]
    first_log = sorted(path.name for path in (shelf.wal / "00000001/00000000").iterdir())
    assert [name[16:24] for name in first_log] == ["00000003", "00000003", "00000005", "00000007"]
    removed = read_expired(shelf.folder.storage, size=SIZE)
    assert removed[1].bounds == (1, 3, 4, 5, 6, 7, 8, 4110)
    catalogue = read_catalogue(shelf.folder)
    assert catalogue.usable == set(shelf.labels())
    # What retention removed is not missed, and what is lost still is.
    assert catalogue.gaps == ()
    assert required_wal(catalogue.backups, wal=archived_wal(shelf)).gaps() == ()
    (shelf.wal / "00000001/00000001/000000010000000100000010.zst").unlink()
    assert [gap.first_segment[16:] for gap in read_catalogue(shelf.folder).gaps] == ["00000010"]
    assert [
        segment_range.first for segment_range in required_wal(catalogue.backups, wal=archived_wal(shelf)).gaps()
    ] == [4112]


def test_checksums_and_leftovers_of_pushes_go_with_their_segments(shelf: Shelf) -> None:
    shelf.put_backup(1, 5)
    shelf.put_wal(1, 3, suffix="")
    shelf.put_wal(1, 3, suffix=".crc32")
    shelf.put_wal(5, 6)
    log = shelf.wal / "00000001/00000000"
    (log / ".000000010000000000000004.tmp").write_bytes(b"half")
    (log / ".000000010000000000000007.tmp").write_bytes(b"half")
    (log / "a note").write_text("not ours")
    with (log / ".000000010000000000000008.tmp").open("wb") as being_written:
        fcntl.flock(being_written, fcntl.LOCK_EX)
        shelf.expire()
    assert sorted(path.name for path in log.iterdir()) == [
        ".000000010000000000000008.tmp",
        "000000010000000000000005.zst",
        "000000010000000000000006.zst",
        "a note",
    ]


def test_history_files_stay_and_a_timeline_left_long_ago_goes(shelf: Shelf, data_directory: Path) -> None:
    shelf.put_wal(1, 9, days_ago=40)
    shelf.put_backup(30, 8)
    (data_directory / "00000002.history").write_text("1\t0/380000\tbefore\n")
    shelf.folder.store_wal(str(data_directory / "00000002.history"), data_directory=str(data_directory))
    shelf.put_wal(3, 20, timeline=2)
    newest = Backup.parse((shelf.backups / shelf.put_backup(1, 10) / "backup.json").read_text())
    record = str(newest).replace('"timeline": 1', '"timeline": 2')
    (shelf.backups / newest.label / "backup.json").write_text(record)
    shelf.expire(RetentionPolicy(keep_full=1, keep_days=7))

    assert shelf.labels() == [newest.label]
    assert not (shelf.wal / "00000001").exists()
    assert (shelf.wal / "00000002/00000002.history").exists()
    names = sorted(path.name[16:24] for path in (shelf.wal / "00000002/00000000").iterdir())
    assert names == [f"{number:08X}" for number in range(10, 21)]


def test_nothing_goes_while_no_backup_can_be_restored(shelf: Shelf) -> None:
    shelf.put_backup(30, 3)
    shelf.put_wal(4, 9)
    assert shelf.expire() == []


@pytest.mark.parametrize("damage", ["missing", "short", "known"])
def test_a_backup_that_lacks_its_files_does_not_count(shelf: Shelf, damage: str) -> None:
    labels = lay_out(shelf)
    archive = shelf.backups / labels[5] / "base.tar"
    if damage == "missing":
        archive.unlink()
    elif damage == "short":
        archive.write_bytes(b"x")
    else:
        state = VerifyState(SIZE)
        state.damage.files[labels[5], "base.tar"] = Damage(NOW, is_any_file=True)
        (Path(shelf.folder.path) / "verify.json").write_text(format_state(state))
    plan = expire(shelf.folder, policy=KEEP_TWO, clock=lambda: NOW)
    assert shelf.labels() == list(labels[3:])
    assert plan.retention.decisions[-1].rules == ("unusable",)


def test_an_unreadable_record_keeps_what_lies_before_it(shelf: Shelf) -> None:
    labels = lay_out(shelf)
    (shelf.backups / labels[3] / "backup.json").write_text("{")
    shelf.expire(RetentionPolicy(keep_full=1, keep_days=0))
    assert shelf.labels() == [*labels[:3], labels[5]]
    assert (shelf.backups / labels[3]).exists()
    assert read_expired(shelf.folder.storage, size=SIZE)[1].bounds == (1, 3, 4, 5, 6, 7)


def test_policy_out_of_range_is_refused(shelf: Shelf) -> None:
    with pytest.raises(InvalidInput) as caught:
        shelf.expire(RetentionPolicy(keep_full=0))
    assert caught.value.code == "option-out-of-range"
