# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a planned restore does, up to the end of its recovery, and what ends one that was killed.

Imported by a run that restores; plans and rollbacks do without.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from typing import Any

from .._core.instant import format_instant
from .._core.restore.intent import intent_of
from .._core.restore.job_record import RESTORE, JobRecord
from .._core.restore.plan import RestorePlan
from .._io.host.runner import Runner, SystemRunner
from .._io.repository.cluster_folder import ClusterFolder
from .._operations.restore.decision import RestoreDecision
from .._operations.restore.execution import RestoreExecution
from .._operations.restore.job_file import run_recorded
from .._operations.restore.lock import journal_lock
from .._operations.restore.places import make_places
from .earlier_job import directory_of_job
from .entry import Request
from .job_options import recovery_options
from .rollback import check_confirmed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .._operations.recovery.run import FinishedRecovery, RecoveryRun


def carry_out(
    request: Request,
    decision: RestoreDecision,
    *,
    plan: RestorePlan,
    folder: ClusterFolder,
    runner: Runner,
    answer: Callable[[], None],
) -> None:
    """Restore, and recover where that was asked for, too; then the task is answered before the recovery begins."""
    if plan.request.in_place:
        check_confirmed(request, accepted=plan.request.confirmations)
    if request.check_mode:
        return
    execution = _execution(request.options, decision, folder=folder, runner=runner)
    if decision.elsewhere is not None:
        make_places(decision.elsewhere)
    with journal_lock(plan.placement.directory, found=decision.found):
        if request.options["recovery"] is None:
            execution.run(plan)
            return
        from .._operations.recovery.result import finished_to_dict
        from .recovery import recovery_run, with_progress

        record = _record(plan, started=execution.started)
        run = recovery_run(request, recovery_options(request.options), runner=runner, name=plan.request.name)
        recovery = with_progress(run, record)

        def to_the_end() -> FinishedRecovery:
            journal = execution.run(plan)
            answer()
            return recovery.run(journal)

        run_recorded(record, to_the_end, values_of=finished_to_dict)


def see_through(request: Request) -> None:
    """End a restore that was killed."""
    from .._operations.recovery.see_through import SeeThrough
    from .recovery import recovery_run

    runner, directory = SystemRunner(), request.directory or directory_of_job(request.options)
    options = recovery_options(request.options)

    def new_run(name: str) -> RecoveryRun:
        return recovery_run(request, options, runner=runner, name=name)

    if directory:
        SeeThrough(
            new_run,
            stop_timeout_seconds=request.options["stop_timeout_seconds"],
            tries_again=request.directory is not None,
        ).end(directory)


def _record(plan: RestorePlan, *, started: str) -> JobRecord:
    wanted = plan.request
    return JobRecord(
        RESTORE,
        wanted.name,
        wanted.target,
        plan.placement.directory,
        process=os.getpid(),
        started=started,
        intent=intent_of(wanted),
    )


def _execution(
    options: Mapping[str, Any], decision: RestoreDecision, *, folder: ClusterFolder, runner: Runner
) -> RestoreExecution:
    return RestoreExecution(
        cluster=decision.cluster,
        folder=folder,
        manifests=decision.manifests,
        earlier=decision.found.journal,
        runner=runner,
        agent_path=options["agent_path"],
        config_directory=options["config_directory"],
        started=format_instant(datetime.now(timezone.utc)),
        timeout_seconds=options["timeout_seconds"],
        stop_timeout_seconds=options["stop_timeout_seconds"],
        rolls_back_on_failure=options["undo_on_failure"],
        elsewhere=decision.elsewhere,
    )


__all__ = ("carry_out", "see_through")
