# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action of the module restore: plan, confirm, extract, stage, swap."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from .._core.restore.intent import intent_of
from .._core.restore.journal import RestoreJournal
from .._core.restore.plan import RestorePlan
from .._core.restore.presentation.plan_result import already_to_dict, changes_action, planned_to_dict
from .._core.restore.request import RestoreRequest
from .._io.encryption.age_identity import AgeIdentity
from .._io.encryption.identity_file import given_identity
from .._io.host.machine import hostname
from .._io.host.runner import SystemRunner
from .._io.repository.cluster_folder import ClusterFolder
from .._operations.restore.decision import RestoreCall, RestoreDecision
from .._operations.restore.forgotten_identity import lacks_identity
from .._operations.restore.journal import journal_path, write_journal
from .cluster import resolve_cluster, wanted_of
from .earlier_job import PRESENT, earlier_job
from .entry import Job, Outcome, Request
from .psycopg2_server import check_driver, connect
from .repository import everywhere_of, repository_of
from .restore_request import request_of

ROLLED_BACK = "rolled_back"


def restore(request: Request) -> Outcome:
    """Plan a restore, carry it out up to the start of the recovery, or bring the old cluster back."""
    runner, options = SystemRunner(), request.options
    if options["state"] == ROLLED_BACK:
        return _roll_back(request)
    # The recovery connects to the server, with this very Python, when the old one is stopped already.
    check_driver()
    wanted = request_of(options)
    earlier = earlier_job(request, wanted, see_through=_see_through)
    if earlier.unfinished is not None:
        _remember_identity(request, earlier.unfinished)
        path = journal_path(earlier.unfinished.directory)
        values = already_to_dict(wanted, earlier.unfinished, journal_path=path, hostname=hostname())
        return Outcome(True, values, warnings=earlier.warnings)
    # Not before: a job that was cut off is ended, and told, where the identity's file went with the host's memory.
    repository = repository_of(options, identity=_identity(options))
    folder = everywhere_of(options, repository=repository, name=wanted.name)
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
    values = planned_to_dict(decision.outcome, journal_path=decision.found.path, hostname=hostname())
    if decision.elsewhere is not None:
        values["configuration_directory"] = decision.elsewhere.configuration_directory
    outcome = Outcome(True, values, diff=_diff(values["plan_text"]), warnings=earlier.warnings)
    if options["state"] == PRESENT:
        _carry_out(request, decision, plan=decision.outcome, outcome=outcome, folder=folder)
    return _with_remarks(outcome, folder)


def _carry_out(
    request: Request, decision: RestoreDecision, *, plan: RestorePlan, outcome: Outcome, folder: ClusterFolder
) -> None:
    from .restore_run import carry_out

    def answer() -> None:
        request.answer(_with_remarks(outcome, folder))

    carry_out(request, decision, plan=plan, folder=folder, runner=SystemRunner(), answer=answer)


def _roll_back(request: Request) -> Outcome:
    from .rollback import roll_back_restore

    return roll_back_restore(request, runner=SystemRunner())


def _with_remarks(outcome: Outcome, folder: ClusterFolder) -> Outcome:
    """The outcome with what came from another repository than was planned."""
    return replace(outcome, warnings=(*outcome.warnings, *folder.remarks))


def _see_through(request: Request) -> None:
    from .restore_run import see_through

    see_through(request)


def _is_job(options: Mapping[str, Any]) -> bool:
    return options["state"] == ROLLED_BACK or (options["state"] == PRESENT and options["recovery"] is not None)


def guard_restore() -> int:
    """What the guard of a restore or rollback does; the exit code."""
    from .guard import guard

    return guard(RESTORE_JOB)


RESTORE_JOB = Job(is_wanted=_is_job, see_through=_see_through, guard=guard_restore)


def _already(request: Request, wanted: RestoreRequest, journal: RestoreJournal, *, journal_path: str) -> Outcome:
    """Nothing to restore; a recovery that waits at its target may be asked for another action."""
    changed = changes_action(wanted, journal)
    if changed and request.options["state"] == PRESENT and not request.check_mode:
        plan = replace(journal.plan, action=wanted.action, intent=intent_of(wanted))
        write_journal(journal.at(journal.phase, plan=plan))
    values = already_to_dict(wanted, journal, journal_path=journal_path, hostname=hostname())
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


__all__ = ("RESTORE_JOB", "guard_restore", "restore")
