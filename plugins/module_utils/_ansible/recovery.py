# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action of the module recovery: the request of a run, and what came of it as a result."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from .._core.postgres.cluster import Cluster
from .._core.postgres.session_settings import CHECK_SESSION, OWN_SESSION
from .._core.restore.job_record import RECOVERY, JobRecord
from .._core.restore.journal import RestoreJournal
from .._io.host.listener import is_followed
from .._io.host.runner import Runner, SystemRunner
from .._io.privilege.channel import error_of
from .._io.sql.server import Server
from .._operations.recovery.result import finished_to_dict
from .._operations.recovery.run import Connect, FinishedRecovery, RecoveryRun
from .._operations.recovery.see_through import SeeThrough
from .._operations.recovery.staged_recovery import find_staged
from .._operations.restore.job_file import JobProgress, remove_job, run_recorded
from .._operations.restore.job_wait import await_job
from .._operations.restore.journal import find_journal
from .._operations.restore.lock import is_at_work, journal_lock
from .cluster import resolve_cluster
from .entry import Job, Outcome, Request
from .psycopg2_server import connect
from .repository import everywhere_of, repository_of
from .restore_request import recovery_request_of

REPORTED = "reported"


def recovery(request: Request) -> Outcome:
    """Bring a staged recovery to its end, or tell how it stands; follow the job that is at it already."""
    runner, options = SystemRunner(), request.options
    directory = _directory(options, runner=runner)
    record = None
    if not request.check_mode and options["state"] != REPORTED:
        record = await_job(directory, seconds=options["follow_seconds"])
        if record is not None and record.is_running and is_at_work(directory):
            return Outcome(False, {"running": True, "progress": f"{record.progress or 'at work'}, {_aim(record)}"})
    values = _values_of_job(record, directory)
    found, journal = find_staged(directory)
    run = recovery_run(request, options, runner=runner, name=journal.plan.cluster)
    if values is not None and run.has_ended(journal):
        return Outcome(True, values)
    if options["state"] == REPORTED or run.has_ended(journal):
        return Outcome(False, finished_to_dict(FinishedRecovery(journal)))
    if request.check_mode:
        return Outcome(True, {**finished_to_dict(FinishedRecovery(journal)), "state": run.phase_after(journal)})
    with journal_lock(journal.directory, found=found):
        record = _record(journal)
        run = with_progress(run, record)
        finished = run_recorded(record, lambda: run.run(journal), values_of=finished_to_dict)
    return Outcome(True, finished_to_dict(finished))


def recovery_run(request: Request, options: Mapping[str, Any], *, runner: Runner, name: str) -> RecoveryRun:
    """The recovery that these options of the module recovery ask for, of the cluster ``name`` of the repository."""
    return RecoveryRun(
        recovery_request_of(options),
        folder=everywhere_of(options, repository=repository_of(options), name=name),
        runner=runner,
        connect=_connect_as(options["login_user"]),
        tell=request.log,
    )


def _see_through(request: Request) -> None:
    runner, options = SystemRunner(), request.options

    def new_run(name: str) -> RecoveryRun:
        return recovery_run(request, options, runner=runner, name=name)

    seconds = options["start_timeout_seconds"]
    SeeThrough(new_run, stop_timeout_seconds=seconds).end(request.directory or _directory(options, runner=runner))


def guard_recovery() -> int:
    """What the guard of a recovery does; the exit code."""
    from .guard import guard

    return guard(RECOVERY_JOB)


RECOVERY_JOB = Job(
    is_wanted=lambda options: options["state"] != REPORTED, see_through=_see_through, guard=guard_recovery
)


def with_progress(run: RecoveryRun, record: JobRecord) -> RecoveryRun:
    """The recovery that keeps in its record how far it is."""
    return replace(run, tell=JobProgress(record, also=run.tell).tell)


def _values_of_job(record: JobRecord | None, directory: str) -> Mapping[str, Any] | None:
    """What came of the job that was at work here; ``None`` where nobody has to be told. Raises what ended it.

    That of a restore before the one that waits here is of no more interest.
    """
    if record is None or record.is_running:
        return None
    journal = find_journal(directory).journal
    if journal is not None and journal.started != record.started:
        return None
    if is_followed():
        remove_job(record.directory)
    if record.failure:
        raise error_of(record.failure)
    return record.values


def _aim(record: JobRecord) -> str:
    return f"to {record.target.phrase}, since {record.started}"


def _record(journal: RestoreJournal) -> JobRecord:
    plan = journal.plan
    return JobRecord(
        RECOVERY,
        plan.cluster,
        plan.target,
        journal.directory,
        process=os.getpid(),
        started=journal.started,
        intent=plan.intent,
    )


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


__all__ = ("RECOVERY_JOB", "guard_recovery", "recovery", "recovery_run", "with_progress")
