# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a running verification records, and what it reports in the end."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.verify.finding import ARCHIVE, SEGMENT, Finding
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.verify.report import VerifyCounts, VerifyReport
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.verify.state import VerifyState
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.segment_range import SegmentRange
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.cluster_folder import ClusterFolder
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.verify.progress import VerifyProgress
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.verify.run import VerifyRun, count_whole
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.verify.state_file import VerifyStateFile
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.verify.survey import VerifySurvey, survey
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.verify.tar_file import FileResult, FileTask
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.verify.wal import WalResult, WalTask
from sample_backup import sample_backup
from verify_repository import FULL, MOMENT, NEXT

SEGMENT_4 = "000000010000000000000004"
NAMES = ("base.tar.gz", "16400.tar.gz", "backup_manifest")


class Running:
    """A run over the backups and the WAL of a chain."""

    def __init__(self, folder: ClusterFolder) -> None:
        self.survey: VerifySurvey = survey(folder, selection="all")
        self.state = VerifyState(self.survey.wal.size)
        self.told: list[VerifyProgress] = []
        self.run = VerifyRun(
            self.survey,
            state=self.state,
            state_file=VerifyStateFile(folder.storage),
            now=MOMENT,
            tell=self.told.append,
        )

    def file(self, label: str, name: str, *findings: Finding, is_compared: bool = True) -> None:
        (backup,) = (each for each in self.survey.backups if each.label == label)
        task = FileTask(backup, name, 10)
        self.run.take(task, FileResult(findings, files=2, is_compared=is_compared))

    def wal(self, first: int, end: int, *findings: Finding) -> None:
        task = WalTask(SegmentRange(1, first, end), self.survey.wal.size, (), is_last=False)
        self.run.take(task, WalResult(findings, identities={str(each.segment): None for each in findings}))

    def report(self, last: VerifySurvey | None = None) -> VerifyReport:
        return self.run.report("db1", last=last or self.survey, left=VerifyCounts())


@pytest.fixture
def running(chain: ClusterFolder) -> Running:
    return Running(chain)


def test_intact_files_and_segments_are_recorded_and_counted(running: Running) -> None:
    for name in NAMES:
        running.file(FULL, name)
    running.wal(3, 6)
    running.run.note_bytes(100)
    report = running.report()
    assert report.verified == VerifyCounts(backups=1, archives=3, files=6, segments=3, read_bytes=100)
    assert (report.looked_at, report.never_verified.archives, report.never_verified.segments) == (2, 3, 3)
    assert running.state.file_moment(FULL, name="base.tar.gz") == MOMENT
    assert not running.run.has_findings


def test_damaged_files_and_segments_are_recorded(running: Running) -> None:
    running.file(FULL, "base.tar.gz", Finding(ARCHIVE, "archive-damaged", "bad", backup=FULL, file="base.tar.gz"))
    running.wal(3, 6, Finding(SEGMENT, "segment-damaged", "bad", segment=SEGMENT_4))
    report = running.report()
    assert running.run.has_findings
    assert running.state.is_damaged_file(FULL, name="base.tar.gz")
    assert running.state.damaged_wal(1).bounds == (4, 5)
    assert (report.verified.archives, report.verified.segments) == (0, 2)
    assert [each.impact.unusable for each in report.findings] == [(FULL, NEXT), ()]


def test_a_file_without_a_usable_manifest_is_neither_intact_nor_damaged(running: Running) -> None:
    running.state.add_file(FULL, name="base.tar.gz", moment=MOMENT)
    running.file(FULL, "base.tar.gz", is_compared=False)
    assert running.state.file_moment(FULL, name="base.tar.gz") is None
    assert not running.state.is_damaged_file(FULL, name="base.tar.gz")
    assert running.report().verified.archives == 0


def test_what_retention_has_removed_since_is_not_reported(running: Running, chain: ClusterFolder) -> None:
    running.wal(3, 6, Finding(SEGMENT, "segment-damaged", "bad", segment=SEGMENT_4))
    running.file(NEXT, "base.tar.gz", Finding(ARCHIVE, "archive-damaged", "bad", backup=NEXT, file="base.tar.gz"))
    last = survey(chain, selection=FULL)
    without_both = VerifySurvey(
        last.identity, (), (), (), last.wal, type(last.needs)(present={}, missing={}), findings=()
    )
    assert [each.code for each in running.report(last).findings] == ["segment-damaged", "archive-damaged"]
    assert running.report(without_both).findings == ()


def test_a_finding_is_reported_once(running: Running) -> None:
    damaged = Finding(ARCHIVE, "archive-damaged", "bad", backup=FULL, file="base.tar.gz")
    running.file(FULL, "base.tar.gz", damaged)
    running.file(FULL, "base.tar.gz", damaged)
    assert len(running.report().findings) == 1


def test_missing_files_are_recorded_as_damaged(running: Running) -> None:
    missing = Finding(ARCHIVE, "archive-missing", "gone", backup=FULL, file="base.tar.gz")
    running.run.note_missing([missing, Finding(SEGMENT, "segment-missing", "gone", segment=SEGMENT_4)])
    assert running.state.is_damaged_file(FULL, name="base.tar.gz")
    assert running.state.damaged_wal(1).bounds == ()


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        pytest.param([("a", "x"), ("a", "y")], 1, id="all files of one"),
        pytest.param([("a", "x"), ("b", "y")], 0, id="one file of each"),
        pytest.param([], 0, id="no file"),
    ],
)
def test_backups_that_were_read_completely(files: Sequence[tuple[str, str]], expected: int) -> None:
    backups = [sample_backup(label, files=("x", "y")) for label in ("a", "b")]
    assert count_whole(backups, files=set(files)) == expected
