# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Verifying the backups and the WAL of a cluster's folder; only the state of verification is written."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from ..._core.catalogue.chain_faults import doubtful_chains
from ..._core.errors import PitrError
from ..._core.verify.report import VerifyCounts, VerifyReport
from ..._core.verify.selection import BackupFile, VerifyRequest, select_files, select_wal
from ..._core.verify.state import HighWater, VerifyState
from ..._core.wal.segment_range import SegmentRange
from ..._io.host.rate_limit import RateLimit
from ..._io.host.runner import Runner
from ..._io.host.worker_pool import Note, run_parallel
from ..._io.postgres.binaries import find_bin_directory
from ..._io.repository.cluster_folder import ClusterFolder
from ..._io.wal.lookup import stat_stored
from .lock import verify_lock
from .progress import VerifyProgress
from .run import VerifyRun, count_whole
from .scratch import scratch_directory
from .state_file import VerifyStateFile
from .survey import VerifySurvey, survey
from .tar_file import FileResult, FileTask, verify_file
from .wal import WalResult, WalTask, WalVerifier

# The space for copies of segments while they are parsed, for all workers together.
_SCRATCH_BYTES = 512 * 1024 * 1024
# Larger blocks would leave some workers without work.
_MOST_SEGMENTS = 32
_MOST_JOBS = 4

Tell = Callable[[VerifyProgress], None]


def default_jobs() -> int:
    """The count of processors available to this process, at most four."""
    return min(_MOST_JOBS, len(os.sched_getaffinity(0)))


@dataclass(frozen=True)
class Verification:
    """A verification of ``folder``. ``bin_directory`` is where PostgreSQL's programs may be, ``clock`` the host's
    clock; ``tell`` is called about every second with the progress."""

    folder: ClusterFolder
    request: VerifyRequest
    runner: Runner
    bin_directory: str | None
    clock: Callable[[], datetime]
    tell: Tell

    def rehearse(self) -> VerifyReport:
        """What would be read, and the problems in names, sizes and records; nothing is written.

        Raises what :meth:`run` raises.
        """
        self.request.check()
        started = time.monotonic()
        found = survey(self.folder, selection=self.request.backup)
        state_file = VerifyStateFile(self.folder.storage)
        state = state_file.read(size=found.wal.size)
        state.forget_unparsed(self._programs(found))
        selection = _select(found, request=self.request, state=state, now=self.clock())
        files = {(file.label, file.name) for file in selection.files}
        return VerifyReport(
            name=self.folder.name,
            findings=found.findings,
            verified=VerifyCounts(
                count_whole(found.chosen, files=files),
                archives=len(files),
                segments=selection.segment_count,
                read_bytes=sum(file.size_bytes for file in selection.files) + self._stored_bytes(selection),
            ),
            left=selection.left(found),
            seconds=time.monotonic() - started,
            looked_at=len(found.chosen),
            never_verified=found.never_verified(state),
            is_rehearsal=True,
            notes=(*state_file.problems, *doubtful_chains(found.chosen)),
        )

    def run(self) -> VerifyReport:
        """Read everything that is selected.

        Raises InvalidInput (``backup-unknown``, ``option-out-of-range``), Unavailable (``verify-running``,
        ``repository-missing``, ``program-missing``, ``write-failed``, …). Problems of the content are in the
        report.
        """
        self.request.check()
        with verify_lock(self.folder.storage, since=self.clock()) as is_alone:
            found = survey(self.folder, selection=self.request.backup)
            state_file = VerifyStateFile(self.folder.storage)
            state = state_file.read(size=found.wal.size)
            now, programs = self.clock(), self._programs(found)
            state.forget_unparsed(programs)
            selection = _select(found, request=self.request, state=state, now=now)
            _begin(state, survey=found, request=self.request, now=now)
            run = VerifyRun(found, state=state, state_file=state_file, now=now, tell=self.tell)
            run.expect(files=len(selection.files), segments=selection.segment_count)
            try:
                with scratch_directory(self.folder.path, is_alone=is_alone) as scratch:
                    newest = max((each.version for each in found.backups), default=0)
                    wal = WalVerifier(
                        self.folder, scratch=scratch, programs=programs, version=newest, runner=self.runner
                    )
                    self._read(selection, survey=found, run=run, wal=wal)
                last = survey(self.folder, selection=self.request.backup) if run.has_findings else found
                run.note_missing(last.findings)
                report = run.report(self.folder.name, last=last, left=selection.left(found))
                state.finished = self.clock()
                state.high_water = HighWater.of((each.label for each in found.backups), wal=found.wal.intervals)
            finally:
                run.save()
        return report

    def _read(self, selection: _Selection, *, survey: VerifySurvey, run: VerifyRun, wal: WalVerifier) -> None:
        rate = self.request.max_rate_kib
        rate_limit = RateLimit(rate * 1024 / self.request.jobs if rate else None)
        results = run_parallel(
            self._tasks(selection, survey=survey),
            work=partial(_work, wal=wal, folder=self.folder, rate_limit=rate_limit),
            jobs=self.request.jobs,
            note=run.note_bytes,
            pause=run.pause,
        )
        with closing(results):
            for task, result in results:
                run.take(task, result)

    def _programs(self, survey: VerifySurvey) -> dict[int, str]:
        """The directories of PostgreSQL's programs by version; a dedicated repository host may have none."""
        found = {}
        for version in {*survey.identity.versions, *(each.version for each in survey.backups)}:
            try:
                found[version] = find_bin_directory(version, preferred=[self.bin_directory], runner=self.runner)[0]
            except PitrError:
                continue
        return found

    def _tasks(self, selection: _Selection, *, survey: VerifySurvey) -> Iterator[FileTask | WalTask]:
        # The largest first, so that the workers finish at about the same time.
        by_label = {each.label: each for each in survey.backups}
        for file in sorted(selection.files, key=lambda each: -each.size_bytes):
            backup = by_label[file.label]
            yield FileTask(backup, file.name, file.size_bytes, parent=by_label.get(backup.parent or ""))
        size = survey.wal.size
        block_count = max(1, min(_MOST_SEGMENTS, _SCRATCH_BYTES // self.request.jobs // size.size_bytes - 1))
        for segment_range in selection.wal:
            for block in segment_range.blocks(block_count):
                yield WalTask(
                    block,
                    size,
                    next_names=survey.next_names(block),
                    is_last=survey.wal.intervals[block.timeline].last == block.end - 1,
                )

    def _stored_bytes(self, selection: _Selection) -> int:
        """The size of the selected segments in the repository."""
        size = self.folder.identity().segment_size
        total = 0
        for segment_range in selection.wal:
            for block in segment_range.blocks(1):
                found = stat_stored(self.folder.storage, name=block.first_name(size))
                # Retention may remove it meanwhile.
                total += found[1][0] if found else 0
        return total


@dataclass(frozen=True)
class _Selection:
    files: tuple[BackupFile, ...]
    wal: tuple[SegmentRange, ...]

    @property
    def segment_count(self) -> int:
        return sum(each.count for each in self.wal)

    def left(self, survey: VerifySurvey) -> VerifyCounts:
        """What is not read in this run."""
        return VerifyCounts(
            archives=len(survey.files) - len(self.files), segments=survey.needs.count - self.segment_count
        )


def _select(survey: VerifySurvey, *, request: VerifyRequest, state: VerifyState, now: datetime) -> _Selection:
    cutoff = request.cutoff(state, now=now)
    percent = request.sample_percent
    return _Selection(
        select_files(survey.files, state=state, cutoff=cutoff, sample_percent=percent),
        select_wal(survey.needs.present, state=state, cutoff=cutoff, sample_percent=percent),
    )


def _begin(state: VerifyState, *, survey: VerifySurvey, request: VerifyRequest, now: datetime) -> None:
    """Record the start of a run; one that resumes an interrupted run keeps that run's start."""
    is_resumed = request.resumes(state)
    state.started = state.started if is_resumed else now
    state.finished = None
    state.selection = request.backup
    state.keep_only(labels=(each.label for each in survey.backups), wal=survey.wal.intervals)


def _work(
    task: FileTask | WalTask, note: Note, *, wal: WalVerifier, folder: ClusterFolder, rate_limit: RateLimit
) -> FileResult | WalResult:
    if isinstance(task, FileTask):
        return verify_file(task, storage=folder.storage, note=note, rate_limit=rate_limit)
    return wal.verify(task, note=note, rate_limit=rate_limit)


__all__ = ("Tell", "Verification", "default_jobs")
