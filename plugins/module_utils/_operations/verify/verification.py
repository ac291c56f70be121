# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Verifying the backups and the WAL of a cluster's folder, which is not changed but for the note of what was read."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from ..._core.errors import PitrError
from ..._core.verify.high_water import HighWater
from ..._core.verify.report import VerifyCounts, VerifyReport
from ..._core.verify.selection import BackupFile, VerifyRequest, select_files, select_wal
from ..._core.verify.state import VerifyState
from ..._core.wal.segment_range import SegmentRange
from ..._io.host.rate_limit import RateLimit
from ..._io.host.runner import Runner
from ..._io.host.worker_pool import Note, run_parallel
from ..._io.postgres.binaries import find_bin_directory
from ..._io.repository.cluster_folder import ClusterFolder, backup_directory
from ..._io.storage.file_identity import file_identity
from .lock import verify_lock
from .progress import VerifyProgress
from .run import VerifyRun, count_whole
from .scratch import scratch_directory
from .state_file import VerifyStateFile
from .survey import VerifySurvey, survey
from .tar_file import FileResult, FileTask, verify_file
from .wal import WalResult, WalTask, WalVerifier

# How much the copies of segments may take while they are parsed, all workers together.
_SCRATCH_BYTES = 512 * 1024 * 1024
# More in one block would leave some workers without any.
_MOST_SEGMENTS = 32
_MOST_JOBS = 4

Tell = Callable[[VerifyProgress], None]


def usual_jobs() -> int:
    """As many processes as this one has processors, four at most."""
    return min(_MOST_JOBS, len(os.sched_getaffinity(0)))


@dataclass(frozen=True)
class Verification:
    """One verification of ``folder``. ``bin_directory`` is where PostgreSQL's programs may lie, ``clock`` the host's;
    ``tell`` is called about every second with how far it is."""

    folder: ClusterFolder
    request: VerifyRequest
    runner: Runner
    bin_directory: str | None
    clock: Callable[[], datetime]
    tell: Tell

    def rehearse(self) -> VerifyReport:
        """What would be read, and what is wrong already by names, sizes and records; nothing is written.

        Raises what :meth:`run` raises.
        """
        self.request.check()
        started = time.monotonic()
        found = survey(self.folder, selection=self.request.backup)
        state_file = VerifyStateFile(self.folder.path)
        state = state_file.read(size=found.wal.size)
        state.forget_unparsed(self._programs(found))
        choice = _choose(found, request=self.request, state=state, now=self.clock())
        files = {(file.label, file.name) for file in choice.files}
        return VerifyReport(
            name=self.folder.name,
            findings=found.findings,
            verified=VerifyCounts(
                count_whole(found.chosen, files=files),
                archives=len(files),
                segments=choice.segment_count,
                read_bytes=sum(file.size_bytes for file in choice.files) + self._stored_bytes(choice),
            ),
            left=choice.left(found),
            seconds=time.monotonic() - started,
            looked_at=len(found.chosen),
            never_verified=found.never_verified(state),
            is_rehearsal=True,
            notes=tuple(state_file.problems),
        )

    def run(self) -> VerifyReport:
        """Read it.

        Raises InvalidInput (``backup-unknown``, ``option-out-of-range``), Unavailable (``verify-running``,
        ``repository-missing``, ``program-missing``, ``write-failed``, …). What is wrong with the content is in the
        report.
        """
        self.request.check()
        with verify_lock(self.folder.path, since=self.clock()) as is_alone:
            found = survey(self.folder, selection=self.request.backup)
            state_file = VerifyStateFile(self.folder.path)
            state = state_file.read(size=found.wal.size)
            now, programs = self.clock(), self._programs(found)
            state.forget_unparsed(programs)
            choice = _choose(found, request=self.request, state=state, now=now)
            _begin(state, survey=found, request=self.request, now=now)
            run = VerifyRun(found, state=state, state_file=state_file, now=now, tell=self.tell)
            run.expect(files=len(choice.files), segments=choice.segment_count)
            try:
                with scratch_directory(self.folder.path, is_alone=is_alone) as scratch:
                    newest = max((each.version for each in found.backups), default=0)
                    wal = WalVerifier(
                        self.folder, scratch=scratch, programs=programs, version=newest, runner=self.runner
                    )
                    self._read(choice, survey=found, run=run, wal=wal)
                last = survey(self.folder, selection=self.request.backup) if run.has_findings else found
                run.note_missing(last.findings)
                report = run.report(self.folder.name, last=last, left=choice.left(found))
                state.finished = self.clock()
                state.seen = HighWater.of((each.label for each in found.backups), wal=found.wal.runs)
            finally:
                run.save()
        return report

    def _read(self, choice: _Choice, *, survey: VerifySurvey, run: VerifyRun, wal: WalVerifier) -> None:
        rate = self.request.max_rate_kib
        pace = RateLimit(rate * 1024 / self.request.jobs if rate else None)
        results = run_parallel(
            self._tasks(choice, survey=survey),
            work=partial(_work, wal=wal, pace=pace),
            jobs=self.request.jobs,
            note=run.note_bytes,
            pause=run.pause,
        )
        with closing(results):
            for task, result in results:
                run.take(task, result)

    def _programs(self, survey: VerifySurvey) -> dict[int, str]:
        """Where PostgreSQL's programs lie, by version; a host that only keeps the repository may have none."""
        found = {}
        for version in {*survey.identity.versions, *(each.version for each in survey.backups)}:
            try:
                found[version] = find_bin_directory(version, preferred=[self.bin_directory], runner=self.runner)[0]
            except PitrError:
                continue
        return found

    def _tasks(self, choice: _Choice, *, survey: VerifySurvey) -> Iterator[FileTask | WalTask]:
        # The largest first, so that no worker is left alone with it at the end.
        by_label = {each.label: each for each in survey.backups}
        for file in sorted(choice.files, key=lambda each: -each.size_bytes):
            backup = by_label[file.label]
            directory = backup_directory(self.folder, file.label)
            yield FileTask(backup, directory, file.name, file.size_bytes, parent=by_label.get(backup.parent or ""))
        size = survey.wal.size
        block_count = max(1, min(_MOST_SEGMENTS, _SCRATCH_BYTES // self.request.jobs // size.size_bytes - 1))
        for stretch in choice.wal:
            for block in stretch.blocks(block_count):
                yield WalTask(
                    block,
                    size,
                    next_names=survey.next_names(block),
                    is_last=survey.wal.runs[block.timeline].last == block.end - 1,
                )

    def _stored_bytes(self, choice: _Choice) -> int:
        """What the chosen segments take in the repository."""
        size = self.folder.identity().segment_size
        total = 0
        for stretch in choice.wal:
            for block in stretch.blocks(1):
                path = self.folder.find_wal(block.first_name(size))
                # Retention may remove it between the two looks.
                identity = file_identity(path) if path else None
                total += identity.size_bytes if identity else 0
        return total


@dataclass(frozen=True)
class _Choice:
    files: tuple[BackupFile, ...]
    wal: tuple[SegmentRange, ...]

    @property
    def segment_count(self) -> int:
        return sum(each.count for each in self.wal)

    def left(self, survey: VerifySurvey) -> VerifyCounts:
        """What is not read this time."""
        return VerifyCounts(
            archives=len(survey.files) - len(self.files), segments=survey.needs.count - self.segment_count
        )


def _choose(survey: VerifySurvey, *, request: VerifyRequest, state: VerifyState, now: datetime) -> _Choice:
    cutoff = request.cutoff(state, now=now)
    percent = request.sample_percent
    return _Choice(
        select_files(survey.files, state=state, cutoff=cutoff, sample_percent=percent),
        select_wal(survey.needs.present, state=state, cutoff=cutoff, sample_percent=percent),
    )


def _begin(state: VerifyState, *, survey: VerifySurvey, request: VerifyRequest, now: datetime) -> None:
    """Note that a run begins; one that goes on where another was interrupted keeps that one's begin."""
    is_resumed = request.resumes(state)
    state.started = state.started if is_resumed else now
    state.finished = None
    state.selection = request.backup
    state.keep_only(labels=(each.label for each in survey.backups), wal=survey.wal.runs)


def _work(task: FileTask | WalTask, note: Note, *, wal: WalVerifier, pace: RateLimit) -> FileResult | WalResult:
    if isinstance(task, FileTask):
        return verify_file(task, note=note, pace=pace)
    return wal.verify(task, note=note, pace=pace)


__all__ = ("Tell", "Verification", "usual_jobs")
