# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What verifications remember for those that follow, and what they make of what changes meanwhile."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.verify.report import VerifyReport
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.catalogue.known_damage import read_known_damage
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.host.runner import Result
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.cluster_folder import ClusterFolder
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.storage.port import Storage
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.wal import fetch as wal_fetch
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.verify import tar_file as verify_archive
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.verify import verification as verify_file
from fake_runner import NoPrograms
from verify_repository import FULL, MOMENT, NEXT, damage, segment_file, verification, write_backup, wrong

Store = Callable[..., None]


def test_newest_backup_whose_record_can_t_be_read_is_told(chain: ClusterFolder) -> None:
    damage(Path(chain.backups_directory) / FULL / "backup.json", at=0)
    assert ("backup-record-damaged", f"{FULL}/backup.json") not in wrong(verification(chain, backup="newest").run())
    damage(Path(chain.backups_directory) / FULL / "backup.json", at=0)

    damage(Path(chain.backups_directory) / NEXT / "backup.json", at=0)
    assert wrong(verification(chain, backup="newest").run()) == [("backup-record-damaged", f"{NEXT}/backup.json")]
    assert wrong(verification(chain, backup=FULL).run()) == []


def test_damage_is_known_although_it_came_while_the_run_was_under_way(
    chain: ClusterFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = verify_file.survey
    archive = Path(chain.backups_directory) / FULL / "16400.tar.gz"

    def survey(folder: ClusterFolder, *, selection: str) -> Any:
        found = real(folder, selection=selection)
        if not os.path.exists(f"{folder.path}/verify.json"):
            damage(segment_file(folder, 4))
            damage(archive, at=4000)
        return found

    monkeypatch.setattr(verify_file, "survey", survey)
    assert len(wrong(verification(chain).run())) == 2
    assert read_known_damage(chain).segments == ("000000010000000000000004",)
    assert read_known_damage(chain).labels == {FULL}

    sample = verification(chain, now=MOMENT + timedelta(hours=1), sample_percent=1, max_age_seconds=86400).run()
    assert wrong(sample) == [
        ("archive-damaged", f"{FULL}/16400.tar.gz"),
        ("segment-damaged", "000000010000000000000004"),
    ]
    damage(archive, at=4000)
    assert read_known_damage(chain).labels == frozenset()


@pytest.mark.parametrize("number", [errno.EIO, errno.EUCLEAN, errno.EBADMSG])
def test_archive_that_the_file_system_calls_damaged(
    chain: ClusterFolder, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    real = verify_archive.read_opened

    def read_opened(open_it: Callable[[], Any], *, path: str, **more: Any) -> Any:
        if path.endswith(f"{NEXT}/base.tar.gz"):
            raise OSError(number, os.strerror(number))
        return real(open_it, path=path, **more)

    monkeypatch.setattr(verify_archive, "read_opened", read_opened)
    (found,) = verification(chain).run().findings
    assert (found.code, found.subject) == ("archive-damaged", f"{NEXT}/base.tar.gz")
    assert os.strerror(number) in found.message
    assert read_known_damage(chain).labels == {NEXT}


def test_backup_that_lacks_an_archive_is_known_as_damaged(chain: ClusterFolder) -> None:
    archive = Path(chain.backups_directory) / NEXT / "base.tar.gz"
    content = archive.read_bytes()
    archive.unlink()
    assert wrong(verification(chain).run()) == [("archive-missing", f"{NEXT}/base.tar.gz")]
    assert read_known_damage(chain).labels == {NEXT}
    archive.write_bytes(content)
    assert wrong(verification(chain, max_age_seconds=3600).run()) == []
    assert '"base.tar.gz": {' not in Path(chain.path, "verify.json").read_text()


def test_backups_are_counted_that_were_read_whole(chain: ClusterFolder) -> None:
    names = ("segments", "archives", "backups")

    def counts(report: VerifyReport) -> tuple[int, ...]:
        return (*(report.to_dict()["verified"][name] for name in names), report.to_dict()["never_verified"]["archives"])

    expected = verification(chain, sample_percent=10).rehearse()
    sample = verification(chain, sample_percent=10).run()
    assert counts(expected) == (1, 2, 0, 6)
    assert counts(sample) == (1, 2, 0, 4)
    assert "read 0 of 2 backups completely" in sample.text()
    assert "not verified by any run yet: 4 archives and manifests, 5 WAL segments" in sample.text()
    damage(Path(chain.backups_directory) / NEXT / "16400.tar.gz", at=4000)
    assert verification(chain).run().to_dict()["verified"]["backups"] == 1


def test_records_are_read_once_there_are_programs(chain: ClusterFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    assert verification(chain).run().unparsed == 6
    later = verification(chain, now=MOMENT + timedelta(minutes=5), max_age_seconds=3600).run()
    assert (later.verified.segments, later.unparsed) == (0, 6)

    monkeypatch.setattr(verify_file, "find_bin_directory", lambda version, **_more: ("/nowhere", version))
    monkeypatch.setattr(NoPrograms, "answer", lambda _self, argv: Result(argv, 0, "", ""))
    able = verification(chain, now=MOMENT + timedelta(minutes=9), max_age_seconds=3600)
    assert able.rehearse().verified.segments == 6
    assert (done := able.run()).verified.segments == 6
    assert (done.unparsed, done.to_dict()["notes"]) == (0, [])


def test_segment_that_retention_removes_between_two_looks_is_no_finding(
    chain: ClusterFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = wal_fetch.find_stored

    def find_stored(storage: Storage, *, name: str) -> str | None:
        key = real(storage, name=name)
        if key is not None and key.endswith("03.gz"):
            (Path(chain.backups_directory) / FULL).rename(f"{chain.backups_directory}/gone")
            (Path(chain.backups_directory) / NEXT).rename(f"{chain.backups_directory}/gone too")
            os.unlink(storage.address(key))
        return key

    monkeypatch.setattr(wal_fetch, "find_stored", find_stored)
    report = verification(chain, jobs=1).run()
    assert (wrong(report), report.verified.backups, report.verified.segments) == ([], 2, 5)


def test_cluster_that_began_on_a_later_timeline_needs_its_history(
    folder: ClusterFolder, store: Store, data_directory: Path
) -> None:
    store(3, 4, timeline=2)
    record = write_backup(folder) / "backup.json"
    record.write_text(json.dumps({**json.loads(record.read_text()), "timeline": 2}))
    (found,) = verification(folder).rehearse().findings
    assert (found.code, found.subject) == ("history-missing", "00000002.history")
    assert found.impact.unusable == (FULL,)
    history = data_directory / "pg_wal" / "00000002.history"
    history.write_text("1\t0/200000\twhy\n")
    folder.store_wal(str(history), data_directory=str(data_directory))
    assert wrong(verification(folder).rehearse()) == []
