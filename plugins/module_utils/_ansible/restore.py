# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action of the module restore: plan, confirm, extract, stage, swap."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timezone
from typing import Any

from .._core.instant import format_instant
from .._core.restore.job_record import RESTORE, JobRecord
from .._core.restore.journal import RestoreJournal
from .._core.restore.plan import RestorePlan
from .._core.restore.plan_result import already_to_dict, changes_action, planned_to_dict
from .._core.restore.request import RestoreRequest
from .._io.encryption.age_identity import AgeIdentity
from .._io.encryption.identity_file import given_identity
from .._io.host.runner import Runner, SystemRunner
from .._io.repository.cluster_folder import ClusterFolder
from .._operations.recovery.result import finished_to_dict
from .._operations.recovery.run import FinishedRecovery, RecoveryRun
from .._operations.recovery.see_through import SeeThrough
from .._operations.restore.decision import RestoreCall, RestoreDecision
from .._operations.restore.execution import RestoreExecution, make_places
from .._operations.restore.forgotten_identity import lacks_identity
from .._operations.restore.job_file import run_recorded
from .._operations.restore.journal import journal_path, write_journal
from .._operations.restore.lock import journal_lock
from .cluster import resolve_cluster, wanted_of
from .earlier_job import PRESENT, earlier_job
from .entry import Job, Outcome, Request
from .job_options import recovery_options
from .psycopg2_server import check_driver, connect
from .recovery import recovery_run, with_progress
from .repository import folder_of, repository_of
from .restore_request import request_of
from .rollback import check_confirmed, directory_of_job, roll_back_restore

ROLLED_BACK = "rolled_back"


def restore(request: Request) -> Outcome:
    """Plan a restore, carry it out up to the start of the recovery, or bring the old cluster back."""
    runner, options = SystemRunner(), request.options
    if options["state"] == ROLLED_BACK:
        return roll_back_restore(request, runner=runner)
    # The recovery connects to the server, with this very Python, when the old one is stopped already.
    check_driver()
    wanted = request_of(options)
    earlier = earlier_job(request, wanted, see_through=_see_through)
    if earlier.unfinished is not None:
        _remember_identity(request, earlier.unfinished)
        path = journal_path(earlier.unfinished.directory)
        return Outcome(True, already_to_dict(wanted, earlier.unfinished, journal_path=path), warnings=earlier.warnings)
    # Not before: a job that was cut off is ended, and told, where the identity's file went with the host's memory.
    repository = repository_of(options, identity=_identity(options))
    folder = folder_of(options, repository=repository, name=wanted.name)
    decision = RestoreCall(
        wanted,
        repository,
        config_directory=options["config_directory"],
        find_cluster=lambda: resolve_cluster(options, runner=runner),
        connect=lambda cluster: connect(cluster, login_user=options["login_user"]),
        runner=runner,
        cluster=wanted_of(options),
        data_directory=options["data_directory"],
        port=options["port"],
        again=options["again"],
        agent_path=options["agent_path"],
    ).decide()
    if isinstance(decision.outcome, RestoreJournal):
        _remember_identity(request, decision.outcome)
        return _already(request, wanted, decision.outcome, journal_path=decision.found.path)
    values = planned_to_dict(decision.outcome, journal_path=decision.found.path)
    if decision.elsewhere is not None:
        values["configuration_directory"] = decision.elsewhere.configuration_directory
    outcome = Outcome(True, values, diff=_diff(values["plan_text"]), warnings=earlier.warnings)
    if options["state"] == PRESENT:
        _carry_out(request, decision, decision.outcome, outcome=outcome, folder=folder, runner=runner)
    return outcome


def _carry_out(
    request: Request,
    decision: RestoreDecision,
    plan: RestorePlan,
    *,
    outcome: Outcome,
    folder: ClusterFolder,
    runner: Runner,
) -> None:
    if plan.request.in_place:
        check_confirmed(request, needed=plan.request.confirmation)
    if request.check_mode:
        return
    execution = _execution(request.options, decision, folder=folder, runner=runner)
    if decision.elsewhere is not None:
        make_places(decision.elsewhere)
    with journal_lock(plan.placement.directory, found=decision.found):
        if request.options["recovery"] is None:
            execution.run(plan)
            return
        record = _record(plan, started=execution.started)
        run = recovery_run(request, recovery_options(request.options), runner=runner, name=plan.request.name)
        recovery = with_progress(run, record)

        def to_the_end() -> FinishedRecovery:
            journal = execution.run(plan)
            request.answer(outcome)
            return recovery.run(journal)

        run_recorded(record, to_the_end, values_of=finished_to_dict)


def _record(plan: RestorePlan, *, started: str) -> JobRecord:
    wanted = plan.request
    return JobRecord(
        RESTORE, wanted.name, wanted.target, plan.placement.directory, process=os.getpid(), started=started
    )


def _see_through(request: Request) -> None:
    runner, directory = SystemRunner(), directory_of_job(request.options)
    options = recovery_options(request.options)

    def new_run(name: str) -> RecoveryRun:
        return recovery_run(request, options, runner=runner, name=name)

    if directory:
        SeeThrough(new_run, stop_timeout_seconds=request.options["stop_timeout_seconds"]).end(directory)


def _is_job(options: Mapping[str, Any]) -> bool:
    return options["state"] == ROLLED_BACK or (options["state"] == PRESENT and options["recovery"] is not None)


RESTORE_JOB = Job(is_wanted=_is_job, see_through=_see_through)


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


def _already(request: Request, wanted: RestoreRequest, journal: RestoreJournal, *, journal_path: str) -> Outcome:
    """Nothing to restore; a recovery that waits at its target may be asked for another action."""
    changed = changes_action(wanted, journal)
    if changed and request.options["state"] == PRESENT and not request.check_mode:
        write_journal(journal.at(journal.phase, plan=replace(journal.plan, action=wanted.action)))
    values = already_to_dict(wanted, journal, journal_path=journal_path)
    warning = f"nothing is restored: {values['plan_lines'][0]}"
    return Outcome(changed, values, warnings=() if journal.is_waiting else (warning,))


def _identity(options: Mapping[str, Any]) -> AgeIdentity | None:
    return given_identity(options["age_identity"], path=options["age_identity_file"])


def _remember_identity(request: Request, journal: RestoreJournal) -> None:
    if request.options["state"] == PRESENT and not request.check_mode and lacks_identity(journal):
        identity = _identity(request.options)
        if identity is not None:
            identity.keep_for(journal.directory)


def _diff(text: str) -> dict[str, str]:
    return {"before": "", "after": f"{text}\n", "after_header": "plan of the restore"}


__all__ = ("RESTORE_JOB", "restore")
