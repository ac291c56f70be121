# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sees through what a killed job had begun: to the hand-over, or back to the old cluster."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ..._core.errors import Failed
from ..._core.restore.job_record import RECOVERY, ROLLBACK, RUNNING, JobRecord
from ..._core.restore.journal import SWAPPED, RestoreJournal
from ..._io.postgres.data_directory import has_signal_file
from ..restore.failed_restore import roll_back_failed
from ..restore.guarded import go_on_guarded
from ..restore.job_file import find_job, run_recorded
from ..restore.journal import find_journal
from ..restore.late_stop import end_late_stop
from ..restore.lock import restore_lock
from ..restore.pin import release_rolled_back
from ..restore.rollback import roll_back
from .result import finished_to_dict
from .run import FinishedRecovery, RecoveryRun

# The second is an error of the system in it, such as that of a disk.
_TRIED_AGAIN = ("undo-failed", "job-crashed")
# Until the kernel has ended the killed process and what it had begun.
_LOCK_SECONDS = 30


@dataclass(frozen=True)
class SeeThrough:
    """What a killed job is ended with; a server may take ``stop_timeout_seconds`` to stop.

    ``new_run`` makes the recovery with the repository's folder of that cluster, which is not the host's own for a copy
    of another one. ``tries_again``: a rollback that failed in the middle as well.
    """

    new_run: Callable[[str], RecoveryRun]
    stop_timeout_seconds: float
    tries_again: bool = False

    def end(self, data_directory: str) -> None:
        """Bring the job on this data directory to its end; nothing happens where none was killed.

        Raises what the recovery or the rollback raises, and Failed (``job-killed``) for the restore that was rolled
        back.
        """
        with restore_lock(data_directory, wait_seconds=_LOCK_SECONDS):
            record = find_job(data_directory)
            if record is not None and (record.is_running or (self.tries_again and is_undone_in_part(record))):
                mine = replace(record, process=os.getpid(), state=RUNNING, failure={})
                run_recorded(mine, lambda: self._ended(record), values_of=_values)

    def _ended(self, record: JobRecord) -> FinishedRecovery | None:
        journal, run = find_journal(record.directory).journal, self.new_run(record.cluster)
        if journal is None or (
            record.kind != ROLLBACK and journal.is_finished and not _is_due(record, journal, run=run)
        ):
            return self._without_work(record, journal)
        go_on_guarded(record.directory)
        if record.is_running and is_opened(journal):
            return run.finish_opened(journal)
        if record.is_running and record.kind != ROLLBACK and (journal.phase == SWAPPED or journal.is_waiting):
            return run.run(journal)
        if record.kind == ROLLBACK:
            roll_back(journal, folder=run.folder, runner=run.runner, timeout_seconds=self.stop_timeout_seconds)
            release_rolled_back(run.folder, journal)
            return None
        end_late_stop(journal, runner=run.runner, timeout_seconds=self.stop_timeout_seconds)
        raise roll_back_failed(
            journal,
            Failed("a process of the restore was killed", code="job-killed", hint="The system's log may say why."),
            folder=run.folder,
            runner=run.runner,
            wanted=run.request.rolls_back_on_failure,
            seconds=self.stop_timeout_seconds,
        )

    def _without_work(self, record: JobRecord, journal: RestoreJournal | None) -> FinishedRecovery | None:
        """It had come to its end, or had changed nothing yet."""
        if journal is not None and journal.started == record.started:
            go_on_guarded(record.directory)
            return FinishedRecovery(journal)
        if record.kind == ROLLBACK:
            return None
        raise Failed(
            "a process of the restore was killed before the server was stopped",
            code="job-killed",
            hint="The cluster runs on as before. Run it again.",
        )


def is_opened(journal: RestoreJournal) -> bool:
    """Whether its server has left the recovery, at the proven point, and the restore has not come to its end."""
    is_due = journal.phase == SWAPPED or journal.is_waiting
    return (
        is_due and not journal.plan.standby and journal.reached is not None and not has_signal_file(journal.directory)
    )


def is_undone_in_part(record: JobRecord) -> bool:
    """Whether a rollback failed in the middle, so that nothing runs until it is tried again."""
    journal = find_journal(record.directory).journal
    is_its_own = journal is not None and journal.started == record.started and not journal.is_finished
    return is_its_own and record.failure.get("code") in _TRIED_AGAIN


def _is_due(record: JobRecord, journal: RestoreJournal, *, run: RecoveryRun) -> bool:
    """Whether the recovery of a finished restore was to go on, such as that of a paused one."""
    return record.kind == RECOVERY and not run.has_ended(journal)


def _values(finished: FinishedRecovery | None) -> Mapping[str, Any]:
    return {} if finished is None else finished_to_dict(finished)


__all__ = ("SeeThrough", "is_opened", "is_undone_in_part")
