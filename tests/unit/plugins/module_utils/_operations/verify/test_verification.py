# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Verifications of a repository made by hand, on a host without PostgreSQL's programs."""

from __future__ import annotations

import gzip
import json
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import InvalidInput, Unavailable
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.cluster_folder import ClusterFolder
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.verify import verification as verify_file
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.verify.lock import verify_lock
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.verify.scratch import scratch_directory
from verify_repository import FULL, MOMENT, NEXT, damage, segment_file, verification, write_tar, wrong

Store = Callable[..., None]


def tree(folder: ClusterFolder) -> dict[str, int]:
    files = [path for path in Path(folder.path).rglob("*") if path.name not in ("verify.json", ".verify.lock")]
    return {str(path): path.stat().st_mtime_ns for path in files if path.is_file()}


@pytest.mark.parametrize("jobs", [1, 3])
def test_whole_repository_passes_and_is_not_changed(chain: ClusterFolder, jobs: int) -> None:
    before = tree(chain)
    report = verification(chain, jobs=jobs).run()

    assert wrong(report) == []
    verified = report.verified
    assert (verified.backups, verified.archives, verified.files, verified.segments) == (2, 6, 10, 6)
    stored = [size.stat().st_size for size in Path(chain.backups_directory).glob("*/*[tr]*") if size.suffix != ".json"]
    assert verified.read_bytes == sum(stored) + sum(segment_file(chain, each).stat().st_size for each in range(3, 9))
    assert report.unparsed == 6
    assert "6 WAL segments were not parsed" in report.to_dict()["notes"][0]
    assert tree(chain) == before


def test_rehearsal_reads_and_writes_nothing(chain: ClusterFolder) -> None:
    damage(segment_file(chain, 4))
    expected = verification(chain).rehearse()

    assert wrong(expected) == []
    assert not os.path.exists(f"{chain.path}/verify.json")
    segment_file(chain, 4).unlink()
    assert wrong(verification(chain).rehearse()) == [("segment-missing", "000000010000000000000004")]


def test_rehearsal_counts_what_a_run_reads(chain: ClusterFolder) -> None:
    expected, done = verification(chain).rehearse().verified, verification(chain).run().verified

    assert replace(expected, files=done.files) == done


DAMAGE: dict[str, tuple[Callable[[ClusterFolder], Any], list[tuple[str, str]]]] = {
    "a byte of an archive": (
        lambda folder: damage(Path(folder.backups_directory) / FULL / "16400.tar.gz", at=4000),
        [("archive-damaged", f"{FULL}/16400.tar.gz")],
    ),
    "an archive cut off": (
        lambda folder: os.truncate(Path(folder.backups_directory) / FULL / "16400.tar.gz", 5000),
        [("backup-record-differs", f"{FULL}/backup.json"), ("archive-damaged", f"{FULL}/16400.tar.gz")],
    ),
    "a manifest": (
        lambda folder: damage(Path(folder.backups_directory) / NEXT / "backup_manifest", at=50),
        [("manifest-damaged", f"{NEXT}/backup_manifest")],
    ),
    "a missing archive": (
        lambda folder: (Path(folder.backups_directory) / NEXT / "base.tar.gz").unlink(),
        [("archive-missing", f"{NEXT}/base.tar.gz")],
    ),
    "a missing parent": (
        lambda folder: (Path(folder.backups_directory) / FULL / "backup.json").unlink(),
        [("chain-broken", NEXT)],
    ),
    "a record": (
        lambda folder: damage(Path(folder.backups_directory) / NEXT / "backup.json", at=0),
        [("backup-record-damaged", f"{NEXT}/backup.json")],
    ),
    "a segment": (
        lambda folder: damage(segment_file(folder, 5)),
        [("segment-damaged", "000000010000000000000005")],
    ),
    "two missing segments": (
        lambda folder: (segment_file(folder, 4).unlink(), segment_file(folder, 5).unlink()),
        [("segment-missing", "000000010000000000000004-000000010000000000000005")],
    ),
    "another place in the WAL": (
        lambda folder: shutil.copy(segment_file(folder, 4), segment_file(folder, 5)),
        [("segment-damaged", "000000010000000000000005")],
    ),
    "what nobody needs": (lambda folder: damage(segment_file(folder, 2)), []),
}


@pytest.mark.parametrize("case", DAMAGE)
def test_damage_is_named(chain: ClusterFolder, case: str) -> None:
    change, expected = DAMAGE[case]
    change(chain)

    assert wrong(verification(chain).run()) == expected


def test_other_files_than_the_manifest_names(chain: ClusterFolder) -> None:
    archive = Path(chain.backups_directory) / FULL / "16400.tar.gz"
    write_tar(archive, {"PG_15/1/16401": b"x" * 9000, "PG_15/1/99": b"y"})
    found = verification(chain).run().findings

    said = [each.message for each in found if each.code == "backup-damaged"]
    assert len(said) == 2
    assert "'pg_tblspc/16400/PG_15/1/16401' has a wrong checksum" in said[0]
    assert "'pg_tblspc/16400/PG_15/1/99' is not in the manifest" in said[1]
    assert all(each.impact.unusable == (FULL, NEXT) for each in found if each.code == "backup-damaged")


def test_foreign_segment(chain: ClusterFolder, make_segment: Callable[..., Path]) -> None:
    content = make_segment(5, system="99").read_bytes()
    segment_file(chain, 5).write_bytes(gzip.compress(content, 1))
    (found,) = verification(chain).run().findings

    assert (found.code, found.segment) == ("segment-foreign", "000000010000000000000005")
    assert (found.impact.from_backup, found.impact.ends_at, found.impact.resumes_with) == (FULL, "0/500000", NEXT)


def test_one_backup_with_what_it_builds_on(chain: ClusterFolder) -> None:
    damage(segment_file(chain, 4))
    newest = verification(chain, backup="newest").run()
    assert wrong(newest) == []
    assert (newest.verified.backups, newest.verified.archives, newest.verified.segments) == (2, 6, 3)

    full = verification(chain, backup=FULL).run()
    assert wrong(full) == [("segment-damaged", "000000010000000000000004")]
    assert full.verified.archives == 3
    with pytest.raises(InvalidInput) as caught:
        verification(chain, backup="20200101T000000Z-full").run()
    assert caught.value.code == "backup-unknown"


def test_what_was_read_lately_is_not_read_again_unless_it_was_damaged(chain: ClusterFolder) -> None:
    damage(segment_file(chain, 4))
    assert len(verification(chain).run().findings) == 1

    later = verification(chain, now=MOMENT + timedelta(minutes=5), max_age_seconds=3600).run()

    assert wrong(later) == [("segment-damaged", "000000010000000000000004")]
    assert (later.verified.archives, later.left.archives, later.left.segments) == (0, 6, 5)


def test_samples_come_round(chain: ClusterFolder) -> None:
    reports = [
        verification(chain, now=MOMENT + timedelta(hours=number), sample_percent=34).run() for number in range(3)
    ]

    assert [report.verified.segments for report in reports] == [3, 3, 3]
    state = json.loads(Path(f"{chain.path}/verify.json").read_text())
    assert sum(len(files) for files in state["files"].values()) == 6


class Interrupted(Exception): ...


def test_interrupted_run_goes_on(
    chain: ClusterFolder, monkeypatch: pytest.MonkeyPatch, make_segment: Callable[..., Path]
) -> None:
    real = verify_file.VerifyRun.take
    taken = []

    def take(self: Any, task: Any, result: Any) -> None:
        taken.append(real(self, task, result))
        if len(taken) == 4:
            raise Interrupted

    with monkeypatch.context() as patch:
        patch.setattr(verify_file.VerifyRun, "take", take)
        with pytest.raises(Interrupted):
            verification(chain).run()
    resumed = verification(chain, now=MOMENT + timedelta(hours=1), resume=True).run()

    assert (resumed.verified.archives, resumed.left.archives) == (2, 4)
    again = verification(chain, now=MOMENT + timedelta(hours=2), resume=True).run()
    assert again.left.archives == 0


def test_what_retention_removes_meanwhile_is_no_finding(chain: ClusterFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    real = verify_file.survey
    calls = []

    def survey(folder: ClusterFolder, *, selection: str) -> Any:
        found = real(folder, selection=selection)
        if not calls:
            for label in (FULL, NEXT):
                (Path(folder.backups_directory) / label / "backup.json").unlink()
                shutil.rmtree(Path(folder.backups_directory) / label)
            for number in range(3, 7):
                segment_file(folder, number).unlink()
        calls.append(selection)
        return found

    monkeypatch.setattr(verify_file, "survey", survey)

    assert wrong(verification(chain).run()) == []
    assert len(calls) == 2


def test_repository_that_can_only_be_read(chain: ClusterFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    (Path(chain.path) / "verify.json").mkdir()
    report = verification(chain).run()

    assert wrong(report) == []
    assert "can't be resumed" in "".join(report.notes)


def test_what_a_killed_run_left_is_removed(chain: ClusterFolder) -> None:
    with scratch_directory(chain.path, is_alone=True) as first:
        verification(chain).run()

        assert not os.path.exists(first)


def test_one_at_a_time(chain: ClusterFolder) -> None:
    with verify_lock(chain.storage, since=MOMENT), pytest.raises(Unavailable) as caught:
        verification(chain).run()
    assert caught.value.code == "verify-running"
    assert f"process {os.getpid()}" in caught.value.message
    assert wrong(verification(chain).run()) == []


def test_histories(chain: ClusterFolder, store: Store) -> None:
    store(9, 10, timeline=2)
    (found,) = verification(chain).run().findings
    assert (found.code, found.subject, found.impact.unusable) == ("history-missing", "00000002.history", ())
    history = Path(chain.wal_directory) / "00000002" / "00000002.history"
    history.write_text("1\tnonsense\n")
    (found,) = verification(chain).run().findings
    assert (found.code, found.subject) == ("history-damaged", "00000002.history")


def test_empty_repository(folder: ClusterFolder) -> None:
    report = verification(folder).run()

    assert report.findings == ()
    assert "0 backups" in report.text()
