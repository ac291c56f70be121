# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Retention on a repository made by hand: what lies there after it, after a kill at any point, and beside others."""

from __future__ import annotations

import json
import os
import shutil
import sys
import threading
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.catalogue.record import Backup
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import InvalidInput, Unavailable
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.repository.identity import RepositoryIdentity
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.retention.policy import RetentionPolicy
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.verify.damage import Damage, DamageNote
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.verify.required_wal import required_wal
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.archive import ArchivedWal
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.listing import StoredWal
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.lsn import Lsn
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.segment import SegmentSize
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.catalogue.pins import pin_backup
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.catalogue.records import read_catalogue
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.backup_hold import hold_backups
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.backup_lock import EXPIRE, backup_lock
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.cluster_folder import ClusterFolder
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.wal.expired import read_expired
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.retention.expire import expire, rehearse_expire
from held_lock import held_lock
from sample_backup import sample_backup

SIZE = SegmentSize(1 << 20)
NOW = datetime(2026, 11, 22, 12, tzinfo=timezone.utc)
KEEP_TWO = RetentionPolicy(keep_full=2, keep_days=0)
# What a backup may be called that began so many days ago.
LABELS = {days: f"{NOW - timedelta(days=days):%Y%m%dT%H%M%SZ}" for days in range(60)}


def at(days_ago: float) -> datetime:
    return NOW - timedelta(days=days_ago)


class Shelf:
    """A cluster's folder with backups that began at the segment of their number."""

    def __init__(self, folder: ClusterFolder) -> None:
        self.folder = folder
        self.backups = Path(folder.backups_directory)
        self.wal = Path(folder.wal_directory)

    def put_backup(self, days_ago: int, number: int, *, parent: str | None = None) -> str:
        kind = "incremental" if parent else "full"
        label = f"{LABELS[days_ago]}-{kind}"
        backup = sample_backup(
            label,
            parent=parent,
            start_time=at(days_ago),
            stop_time=at(days_ago) + timedelta(seconds=5),
            start_lsn=Lsn(number * SIZE.size_bytes + 40),
            stop_lsn=Lsn(number * SIZE.size_bytes + 400),
            segment_size=SIZE,
            size_bytes=1000,
            stored_bytes=100,
            files=("base.tar",),
        )
        (self.backups / label).mkdir(mode=0o700)
        (self.backups / label / "base.tar").write_bytes(b"x" * 100)
        (self.backups / label / "backup.json").write_text(str(backup))
        return label

    def put_wal(self, first: int, last: int, *, timeline: int = 1, suffix: str = ".zst", days_ago: int = 0) -> None:
        for number in range(first, last + 1):
            name = f"{timeline:08X}{number // 4096:08X}{number % 4096:08X}"
            folder = self.wal / name[:8] / name[8:16]
            folder.mkdir(parents=True, exist_ok=True)
            (folder / (name + suffix)).write_bytes(b"w" * 10)
            os.utime(folder / (name + suffix), (at(days_ago).timestamp(),) * 2)

    def labels(self) -> list[str]:
        return [backup.label for backup in read_catalogue(self.folder).backups]

    def files(self) -> list[str]:
        """Everything in the folder but the locks."""
        found = (path.relative_to(self.folder.path) for path in Path(self.folder.path).rglob("*"))
        return sorted(str(path) for path in found if not path.name.endswith(".lock"))

    def expire(self, policy: RetentionPolicy = KEEP_TWO) -> list[str]:
        return [str(step) for step in expire(self.folder, policy=policy, clock=lambda: NOW).steps]


def archived_wal(shelf: Shelf) -> ArchivedWal:
    return ArchivedWal.stored(shelf.folder.stored_wal(), histories={})


@pytest.fixture
def shelf(folder: ClusterFolder) -> Shelf:
    """The folder of a cluster without backups."""
    return Shelf(folder)


def lay_out(shelf: Shelf) -> tuple[str, ...]:
    """A chain of three 30 days ago, then three full backups; WAL from before the first to the present."""
    oldest = shelf.put_backup(30, 3)
    second = shelf.put_backup(29, 5, parent=oldest)
    third = shelf.put_backup(28, 7, parent=second)
    fulls = [shelf.put_backup(days, number) for days, number in ((20, 4090), (10, 4100), (1, 4110))]
    shelf.put_wal(1, 10)
    shelf.put_wal(4085, 4120)
    (shelf.wal / "00000001/00000000/000000010000000000000003.00000028.backup").write_text("START")
    return (oldest, second, third, *fulls)


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
    removed = read_expired(shelf.folder.path, size=SIZE)
    assert removed[1].bounds == (1, 3, 4, 5, 6, 7, 8, 4110)
    catalogue = read_catalogue(shelf.folder)
    assert catalogue.usable == set(shelf.labels())
    # What retention removed is not missed, and what is lost still is.
    assert catalogue.gaps == ()
    assert required_wal(catalogue.backups, wal=archived_wal(shelf)).gaps() == ()
    (shelf.wal / "00000001/00000001/000000010000000100000010.zst").unlink()
    assert [gap.first_segment[16:] for gap in read_catalogue(shelf.folder).gaps] == ["00000010"]
    assert [stretch.first for stretch in required_wal(catalogue.backups, wal=archived_wal(shelf)).gaps()] == [4112]


def test_checksums_and_leftovers_of_pushes_go_with_their_segments(shelf: Shelf) -> None:
    shelf.put_backup(1, 5)
    shelf.put_wal(1, 3, suffix="")
    shelf.put_wal(1, 3, suffix=".crc32")
    shelf.put_wal(5, 6)
    log = shelf.wal / "00000001/00000000"
    (log / ".000000010000000000000004.tmp").write_bytes(b"half")
    (log / ".000000010000000000000007.tmp").write_bytes(b"half")
    (log / "a note").write_text("not ours")
    shelf.expire()
    assert sorted(path.name for path in log.iterdir()) == [
        ".000000010000000000000007.tmp",
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


def test_pinned_and_held_backups_stay_with_the_wal_behind_them(shelf: Shelf) -> None:
    labels = lay_out(shelf)
    pin_backup(shelf.folder, labels[1], reason="audit", since="2026-11-01T00:00:00.000000Z")
    with hold_backups(shelf.folder, [labels[3]]):
        plan = expire(shelf.folder, policy=KEEP_TWO, clock=lambda: NOW)
    assert shelf.labels() == [labels[0], labels[1], *labels[3:]]
    reasons = {each.backup.label: each.reason for each in plan.retention.kept}
    assert reasons[labels[1]] == "pinned until it is released: audit"
    assert reasons[labels[0]] == f"'{labels[1]}' builds on it"
    assert reasons[labels[3]] == "a restore reads it at the moment"
    removed = read_expired(shelf.folder.path, size=SIZE)
    assert removed[1].bounds == (1, 3, 4, 5)


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
        note = DamageNote(files={(labels[5], "base.tar"): Damage(NOW, is_any_file=True)})
        (Path(shelf.folder.path) / "verify.json").write_text(json.dumps({"damaged": note.to_dict()}))
    plan = expire(shelf.folder, policy=KEEP_TWO, clock=lambda: NOW)
    assert shelf.labels() == list(labels[3:])
    assert plan.retention.decisions[-1].rules == ("unusable",)


def test_an_unreadable_record_keeps_what_lies_before_it(shelf: Shelf) -> None:
    labels = lay_out(shelf)
    (shelf.backups / labels[3] / "backup.json").write_text("{")
    shelf.expire(RetentionPolicy(keep_full=1, keep_days=0))
    assert shelf.labels() == [*labels[:3], labels[5]]
    assert (shelf.backups / labels[3]).exists()
    assert read_expired(shelf.folder.path, size=SIZE)[1].bounds == (1, 3, 4, 5, 6, 7)


class PushedTo(ClusterFolder):
    """A folder to which a new timeline is pushed once its WAL was listed, and again before any of it is removed."""

    numbers: list[int]

    def stored_wal(self) -> StoredWal:
        self.numbers = []
        stored = super().stored_wal()
        self.numbers = [4118, 4119]
        self._push()
        return stored

    def identity(self) -> RepositoryIdentity:
        self._push()
        return super().identity()

    def _push(self) -> None:
        for number in self.numbers[:1]:
            Shelf(self).put_wal(number, number, timeline=2)
        self.numbers = self.numbers[1:]


@pytest.mark.parametrize("policy", [KEEP_TWO, RetentionPolicy(keep_full=1, keep_days=0, keep_monthly=2)])
def test_a_timeline_that_begins_meanwhile_stays(shelf: Shelf, policy: RetentionPolicy) -> None:
    lay_out(shelf)
    pushed = PushedTo(os.path.dirname(shelf.folder.path), name="db1")
    plan = expire(pushed, policy=policy, clock=lambda: NOW)
    assert [step.timeline for step in plan.wal] == [1]
    assert pushed.numbers == []
    assert sorted(path.name[16:24] for path in (shelf.wal / "00000002/00000001").iterdir()) == ["00000016", "00000017"]
    assert 2 not in read_expired(shelf.folder.path, size=SIZE)


def test_policy_out_of_range_is_refused(shelf: Shelf) -> None:
    with pytest.raises(InvalidInput) as caught:
        shelf.expire(RetentionPolicy(keep_full=0))
    assert caught.value.code == "option-out-of-range"


@pytest.mark.parametrize("what", ["backup", EXPIRE])
def test_it_gives_way_to_a_backup_and_to_another_retention(shelf: Shelf, what: str) -> None:
    lay_out(shelf)
    before = shelf.files()
    with backup_lock(shelf.folder.backups_directory, what=what):
        for act in (expire, rehearse_expire):
            with pytest.raises(Unavailable) as caught:
                act(shelf.folder, policy=KEEP_TWO, clock=lambda: NOW)
            assert caught.value.code == f"{what}-running"
            assert f"process {os.getpid()} on host" in caught.value.message
    assert shelf.files() == before


def test_it_waits_when_asked_to(shelf: Shelf) -> None:
    lay_out(shelf)
    with held_lock(shelf.folder.backups_directory) as release:
        threading.Timer(1.5, release.set).start()
        plan = expire(shelf.folder, policy=KEEP_TWO, clock=lambda: NOW, wait_seconds=20)
    assert plan.steps


_CHANGES = {"os.remove", "os.rename", "os.rmdir", "os.link", "os.truncate"}


def expire_killed(shelf: Shelf, *, after: int, policy: RetentionPolicy) -> bool:
    """Run retention in a process that dies before its change number ``after``; whether it came so far."""
    child = os.fork()
    if child == 0:
        count = 0

        def count_changes(event: str, _arguments: tuple[object, ...]) -> None:
            nonlocal count
            if event in _CHANGES:
                if count == after:
                    os._exit(9)
                count += 1

        try:
            sys.addaudithook(count_changes)
            shelf.expire(policy)
            os._exit(0)
        finally:
            os._exit(1)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert code in (0, 9)
    return code == 9


def test_killed_anywhere_the_catalogue_tells_the_truth_and_the_next_run_cleans_up(shelf: Shelf, tmp_path: Path) -> None:
    policy = RetentionPolicy(keep_full=1, keep_days=0, keep_monthly=2)
    labels = lay_out(shelf)
    (shelf.backups / ".tmp-left").mkdir()
    kept = {*labels[:3], labels[5]}
    copy = tmp_path / "copy"
    shutil.copytree(shelf.folder.path, copy)
    points = 0
    while True:
        was_killed = expire_killed(shelf, after=points, policy=policy)
        found = read_catalogue(shelf.folder)
        present = {backup.label for backup in found.backups}
        # What is shown is whole, each with its chain, and what was to stay can be restored.
        assert kept <= present <= set(labels), points
        assert kept <= found.usable, points
        for label in present:
            assert sorted(path.name for path in (shelf.backups / label).iterdir()) == ["backup.json", "base.tar"]
        for window in found.windows:
            for number in range(SIZE.number_at(window.start), SIZE.number_at(window.end)):
                assert shelf.folder.find_wal(f"00000001{number // 4096:08X}{number % 4096:08X}"), (points, window)
        newest = next(window for window in found.windows if window.covers(Lsn(4120 * SIZE.size_bytes)))
        assert newest.start.value // SIZE.size_bytes <= 4110
        shelf.expire(policy)
        assert shelf.expire(policy) == []
        if points == 0:
            clean = shelf.files()
            assert set(shelf.labels()) == kept
        assert shelf.files() == clean, points
        if not was_killed:
            break
        shutil.rmtree(shelf.folder.path)
        shutil.copytree(copy, shelf.folder.path)
        points += 1
    assert points > 40
