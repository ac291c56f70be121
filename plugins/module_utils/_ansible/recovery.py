# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action of the module recovery: the request of a run, and what came of it as a result."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._core.postgres.cluster import Cluster
from .._core.postgres.session_settings import CHECK_SESSION, OWN_SESSION
from .._core.recovery.request import CheckAnswer
from .._core.restore.journal import reached_to_dict
from .._core.restore.pin import unpin_line
from .._io.host.runner import Runner, SystemRunner
from .._io.sql.server import Server
from .._operations.recovery.run import Connect, FinishedRecovery, RecoveryRun
from .._operations.recovery.staged_recovery import find_staged
from .cluster import resolve_cluster
from .entry import Outcome, Request
from .psycopg2_server import connect
from .repository import folder_of, repository_of
from .restore_request import recovery_request_of

REPORTED = "reported"


def recovery(request: Request) -> Outcome:
    """Bring a staged recovery to its end, or tell how it stands."""
    runner, options = SystemRunner(), request.options
    run = RecoveryRun(
        recovery_request_of(options),
        folder=folder_of(options, repository=repository_of(options)),
        runner=runner,
        connect=_connect_as(options["login_user"]),
        tell=request.log,
    )
    found, journal = find_staged(_directory(options, runner=runner))
    if options["state"] == REPORTED or run.has_ended(journal):
        return Outcome(False, _values(FinishedRecovery(journal)))
    if request.check_mode:
        return Outcome(True, {**_values(FinishedRecovery(journal)), "state": run.phase_after(journal)})
    return Outcome(True, _values(run.run(journal, found=found)))


def _directory(options: Mapping[str, Any], *, runner: Runner) -> str:
    given = options["restore_data_directory"] or options["data_directory"]
    return str(given) if given else resolve_cluster(options, runner=runner).data_directory


def _connect_as(login_user: str | None) -> Connect:
    def connected(
        cluster: Cluster,
        *,
        user: str | None = None,
        database: str | None = None,
        limited: bool = True,
        for_checks: bool = False,
    ) -> Server:
        return connect(
            cluster,
            login_user=user or login_user,
            database=database,
            session=CHECK_SESSION if for_checks else OWN_SESSION,
            **({} if limited else {"statement_timeout_seconds": 0}),
        )

    return connected


def _values(finished: FinishedRecovery) -> dict[str, Any]:
    journal = finished.journal
    return {
        "state": journal.phase,
        "data_directory": journal.directory,
        "port": journal.port,
        "reached": reached_to_dict(journal.reached) if journal.reached else None,
        "new_timeline": journal.new_timeline,
        "plan": journal.plan.to_dict(),
        "login_user": finished.login_role,
        "checks": [_answer_to_dict(answer) for answer in finished.answers],
        "seconds": round(finished.seconds, 1),
        "messages": _messages(finished),
    }


def _answer_to_dict(answer: CheckAnswer) -> dict[str, Any]:
    check = answer.check
    return {
        "sql": check.shown,
        "expect": check.expect,
        "got": answer.got,
        "role": answer.role,
        "waiting": answer.waiting,
    }


def _messages(finished: FinishedRecovery) -> list[str]:
    journal = finished.journal
    lines = [f"{'server':<13} {journal.phase}, in {journal.directory}, port {journal.port}"]
    if journal.reached:
        reached = reached_to_dict(journal.reached)
        after = f", last transaction of {reached['time']}" if reached["time"] else ""
        lines.append(f"{'reached':<13} {reached['lsn']} on timeline {reached['timeline']}{after}")
    if finished.login:
        lines.append(f"{'login':<13} {finished.login}")
    if journal.new_timeline is not None:
        lines.append(f"{'timeline':<13} {journal.new_timeline}")
    lines += [f"{'check':<13} {answer.phrase}" for answer in finished.answers]
    if journal.in_place and journal.pairs and not journal.source.is_lost:
        lines.append(f"{'kept':<13} {journal.pairs[-1].old}, for the playbook 'rollback'")
    if journal.in_place:
        lines.append(f"{'pinned':<13} {journal.plan.backup} and all WAL since, until: {unpin_line(journal)}")
    return lines


__all__ = ("recovery",)
