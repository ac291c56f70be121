# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A running verification: its results so far, and the state that it keeps."""

from __future__ import annotations

import time
from collections.abc import Callable, Container, Iterable
from dataclasses import replace
from datetime import datetime

from ..._core.catalogue.chain_faults import doubtful_chains
from ..._core.catalogue.record import Backup
from ..._core.verify.finding import ARCHIVE, MANIFEST, Finding
from ..._core.verify.report import VerifyCounts, VerifyReport
from ..._core.verify.state import VerifyState
from ..._core.wal.file_name import segment_number, timeline_of
from ..._core.wal.interval_set import IntervalSet
from .progress import VerifyProgress
from .state_file import VerifyStateFile
from .survey import VerifySurvey
from .tar_file import FileResult, FileTask
from .wal import WalResult, WalTask

_SAVE_SECONDS = 5.0
_TELL_SECONDS = 1.0


class VerifyRun:
    """Collects the workers' results on what ``survey`` has found; ``now`` is recorded as the time of all of them."""

    def __init__(
        self,
        survey: VerifySurvey,
        *,
        state: VerifyState,
        state_file: VerifyStateFile,
        now: datetime,
        tell: Callable[[VerifyProgress], None],
    ) -> None:
        self._survey = survey
        self._state = state
        self._state_file = state_file
        self._now = now
        self._tell = tell
        self._findings: list[Finding] = []
        self._whole_files: set[tuple[str, str]] = set()
        self._counts = VerifyCounts()
        # What has been read, intact or not.
        self._files_done = self._segments_done = 0
        self._all_files = self._all_segments = 0
        self._encrypted_archives = self._encrypted_segments = 0
        self._started = self._told = self._saved = time.monotonic()
        self.save()

    @property
    def has_findings(self) -> bool:
        """Whether a problem has been found so far."""
        return bool(self._findings or self._survey.findings)

    def expect(self, *, files: int, segments: int) -> None:
        """Set how much will be read."""
        self._all_files, self._all_segments = files, segments

    def note_bytes(self, size_bytes: int) -> None:
        """Count stored bytes that were read."""
        self._counts = replace(self._counts, read_bytes=self._counts.read_bytes + size_bytes)

    def take(self, task: FileTask | WalTask, result: FileResult | WalResult) -> None:
        """Record a worker's result."""
        self._findings += result.findings
        if isinstance(task, FileTask) and isinstance(result, FileResult):
            self._take_file(task, result)
        elif isinstance(task, WalTask) and isinstance(result, WalResult):
            self._take_wal(task, result)

    def _take_file(self, task: FileTask, result: FileResult) -> None:
        self._files_done += 1
        if result.findings:
            self._state.add_damaged_file(task.backup.label, name=task.name, moment=self._now, identity=result.identity)
            return
        if not result.is_compared:
            self._state.remove_file(task.backup.label, name=task.name)
            return
        self._state.add_file(task.backup.label, name=task.name, moment=self._now)
        self._whole_files.add((task.backup.label, task.name))
        self._encrypted_archives += result.is_encrypted
        self._counts = replace(
            self._counts, archives=self._counts.archives + 1, files=self._counts.files + result.files
        )

    def _take_wal(self, task: WalTask, result: WalResult) -> None:
        self._segments_done += task.block.count
        self._state.add_wal(task.block, moment=self._now)
        for segment_range, version in result.unparsed:
            self._state.add_unparsed(segment_range, version=version)
        for name, identity in result.identities.items():
            self._state.add_damaged_segment(name, moment=self._now, identity=identity)
        self._encrypted_segments += result.encrypted
        whole = task.block.count - len(result.identities)
        self._counts = replace(self._counts, segments=self._counts.segments + whole)

    def pause(self) -> None:
        """Report the progress and save the state, if it is time to."""
        moment = time.monotonic()
        if moment - self._told >= _TELL_SECONDS:
            self._told = moment
            self._tell(self._progress())
        if moment - self._saved >= _SAVE_SECONDS:
            self.save()

    def save(self) -> None:
        """Save the state, so that another run can continue from it."""
        self._saved = time.monotonic()
        self._state_file.write(self._state)

    def _progress(self) -> VerifyProgress:
        return VerifyProgress(
            self._files_done,
            self._all_files,
            self._segments_done,
            self._all_segments,
            self._counts.read_bytes,
            len(self._findings) + len(self._survey.findings),
            time.monotonic() - self._started,
        )

    def note_missing(self, findings: Iterable[Finding]) -> None:
        """Record the missing files of backups, which were not among the files to read."""
        for finding in findings:
            if finding.kind in (ARCHIVE, MANIFEST) and finding.is_missing and finding.backup and finding.file:
                self._state.add_damaged_file(finding.backup, name=finding.file, moment=self._now, identity=None)

    def report(self, name: str, *, last: VerifySurvey, left: VerifyCounts) -> VerifyReport:
        """The report. ``last`` is a survey made after everything was read: retention may have removed what was read,
        and segments may have been archived."""
        findings = _distinct([*last.findings, *(each for each in self._findings if _still_counts(each, last))])
        with_impact = tuple(last.with_impact(each) for each in findings)
        bad = {label for finding in with_impact for label in (finding.backup, *finding.impact.unusable)}
        # Backups taken in the meantime were not selected.
        chosen = self._survey.chosen
        return VerifyReport(
            name=name,
            findings=with_impact,
            verified=replace(
                self._counts,
                backups=count_whole((each for each in chosen if each.label not in bad), files=self._whole_files),
            ),
            left=left,
            seconds=time.monotonic() - self._started,
            looked_at=len(chosen),
            never_verified=self._survey.never_verified(self._state),
            unparsed=self._state.unparsed.count(self._survey.needs.present),
            encrypted_archives=self._encrypted_archives,
            encrypted_segments=self._encrypted_segments,
            notes=(*self._state_file.problems, *doubtful_chains(chosen)),
        )


def count_whole(backups: Iterable[Backup], *, files: Container[tuple[str, str]]) -> int:
    """The count of backups whose files are all among these (label, name)."""
    return sum(all((each.label, name) in files for name in each.files) for each in backups)


def _still_counts(finding: Finding, last: VerifySurvey) -> bool:
    """Whether a finding still applies; missing files are reported by the last survey only."""
    if finding.is_missing and finding.code != "chain-broken":
        return False
    if finding.segment is not None:
        number = segment_number(finding.segment, size_bytes=last.wal.size.size_bytes)
        return number in last.needs.present.get(timeline_of(finding.segment), IntervalSet())
    return any(each.label == finding.backup for each in last.backups)


def _distinct(findings: Iterable[Finding]) -> list[Finding]:
    return list({(each.code, each.subject, each.message): each for each in findings}.values())


__all__ = ("VerifyRun", "count_whole")
