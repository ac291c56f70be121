# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action of the module recovery: start, follow, prove, check, hand over."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .._core.errors import Failed, InvalidInput, Refused
from .._core.instant import format_instant
from .._core.restore.journal import PAUSED, PROMOTED, STOPPED, SWAPPED, RestoreJournal
from .._core.restore.pin import unpin_line
from .._core.restore.recovery_proof import Reached, prove
from .._core.target.recovery_target import PAUSE, PROMOTE, SHUTDOWN
from .._io.host.effective_user import acting_as
from .._io.host.runner import Runner, SystemRunner
from .._io.postgres.server import Server
from .._io.postgres.server_log import ServerLog
from .._io.postgres.service import STARTED, Service
from .._io.repository.cluster_folder import ClusterFolder
from .._operations.recovery.promotion import open_server, wait_for_history
from .._operations.recovery.sql_checks import CheckRun, check_phrase
from .._operations.recovery.watch import OPEN, RecoveryEnd, RecoveryWatch
from .._operations.recovery.watch import STOPPED as SERVER_STOPPED
from .._operations.restore.failed_restore import roll_back_and_tell
from .._operations.restore.journal import read_journal, write_journal
from .._operations.restore.lock import journal_lock
from .._operations.restore.recovery_staging import restage_action
from .cluster import resolve_cluster
from .entry import Outcome, Request
from .psycopg2_server import connect
from .repository import folder_of, repository_of

_ACTIONS = {"promoted": PROMOTE, "paused": PAUSE, "stopped": SHUTDOWN}
_PHASES = {PROMOTE: PROMOTED, PAUSE: PAUSED, SHUTDOWN: STOPPED}
_START_SECONDS = 120


def recovery(request: Request) -> Outcome:
    """Bring a staged recovery to its end, or tell how it stands."""
    runner = SystemRunner()
    folder = folder_of(request.options, repository=repository_of(request.options))
    journal = _journal(request.options, runner=runner)
    action = _ACTIONS.get(request.options["state"]) or journal.plan["action"]
    if request.options["state"] == "reported" or journal.phase == _PHASES[action] or journal.phase == PROMOTED:
        return Outcome(False, _values(journal, checks=(), seconds=0.0))
    if request.check_mode:
        return Outcome(True, {**_values(journal, checks=(), seconds=0.0), "state": _PHASES[action]})
    with acting_as(journal.source.os_user), journal_lock(journal.directory, expected=journal):
        try:
            return _Run(request, _restaged(journal, action=action), folder, runner, action).to_its_end()
        except BaseException as error:
            undo = request.options["undo_on_failure"]
            seconds = request.options["start_timeout_seconds"]
            raise roll_back_and_tell(
                journal, error, folder=folder, runner=runner, wanted=undo, seconds=seconds
            ) from error


def _restaged(journal: RestoreJournal, *, action: str) -> RestoreJournal:
    """Without hot standby a server that was told to stop at its target would stop there again and again."""
    if action != PROMOTE or journal.staged["recovery_target_action"] != SHUTDOWN:
        return journal
    settings = restage_action(journal.directory, staged=journal.staged, action=PROMOTE)
    changed = journal.at(journal.phase, staged=settings)
    write_journal(changed)
    return changed


@dataclass(frozen=True)
class _Run:
    request: Request
    journal: RestoreJournal
    folder: ClusterFolder
    runner: Runner
    action: str

    def to_its_end(self) -> Outcome:
        options, journal = self.request.options, self.journal
        began = time.monotonic()
        cluster = journal.restored
        mark = ServerLog(cluster, runner=self.runner).mark(now_seconds=time.time())
        may_stop = not journal.hot_standby and self.action != PROMOTE
        self._start(may_stop=may_stop)
        watch = RecoveryWatch(
            cluster,
            connect=lambda: connect(cluster, login_user=options["login_user"], statement_timeout_seconds=0),
            runner=self.runner,
            mark=mark,
            timeline=journal.plan["timeline"],
            lets_in=journal.hot_standby,
        )
        try:
            end = watch.until_end(
                stall_seconds=options["stall_timeout_seconds"],
                timeout_seconds=options["timeout_seconds"],
                may_stop=may_stop,
                tell=self.request.log,
            )
            prove(end.reached, plan=journal.plan, wal_end=journal.wal_end)
            asked = CheckRun(self._connect)
            # A server that stopped at its target cannot be asked.
            if end.state != SERVER_STOPPED:
                asked.ask(options["checks"], in_recovery=end.state != OPEN)
            finished = self._hand_over(watch, end, asked)
        finally:
            watch.close()
        return Outcome(True, _values(finished, checks=asked.answers(), seconds=time.monotonic() - began))

    def _start(self, *, may_stop: bool) -> None:
        """Start the server. One that is meant to stop at its target may be through before anybody sees its process."""
        try:
            Service(self.journal.restored, runner=self.runner).start(timeout_seconds=_START_SECONDS, until=STARTED)
        except Failed as error:
            if error.code != "server-start-failed":
                raise
            if not may_stop:
                raise Failed(error.message, code="recovery-failed", hint=error.hint) from error

    def _connect(self, database: str) -> Server:
        return connect(self.journal.restored, login_user=self.request.options["login_user"], database=database)

    def _hand_over(self, watch: RecoveryWatch, end: RecoveryEnd, asked: CheckRun) -> RestoreJournal:
        options = self.request.options
        reached = _reached_facts(end.reached)
        if end.state == OPEN or self.action == PROMOTE:
            timeline = open_server(watch.server, self.journal, timeout_seconds=options["start_timeout_seconds"])
            asked.ask_waiting()
            if self.journal.in_place:
                wait_for_history(self.folder, timeline=timeline, timeout_seconds=options["archive_timeout_seconds"])
            reached = {**reached, "new_timeline": timeline}
            return self._finished(PROMOTED, reached)
        if self.action == SHUTDOWN and end.state != SERVER_STOPPED:
            watch.close()
            Service(self.journal.restored, runner=self.runner).stop(timeout_seconds=options["start_timeout_seconds"])
        return self._finished(STOPPED if self.action == SHUTDOWN else _PHASES[PAUSE], reached)

    def _finished(self, phase: str, reached: Mapping[str, Any]) -> RestoreJournal:
        journal = self.journal.at(phase, reached=reached)
        write_journal(journal)
        return journal


def _journal(options: Mapping[str, Any], *, runner: Runner) -> RestoreJournal:
    directory = options["restore_data_directory"] or options["data_directory"]
    if not directory:
        directory = resolve_cluster(options, runner=runner).data_directory
    journal = read_journal(directory)
    if journal is None:
        raise InvalidInput(
            f"no restore is under way in '{directory}'",
            code="restore-missing",
            hint="Run the module restore before, and give this one the same directories.",
        )
    if journal.phase not in (SWAPPED, PROMOTED, PAUSED, STOPPED):
        raise Refused(
            f"the restore of '{directory}' was interrupted (it is {journal.phase})",
            code="restore-unfinished",
            hint="Bring the old cluster back with the playbook 'rollback', and begin again.",
        )
    return journal


def _reached_facts(reached: Reached) -> dict[str, Any]:
    return {
        "lsn": str(reached.lsn),
        "time": format_instant(reached.moment) if reached.moment else None,
        "timeline": reached.timeline,
    }


def _values(journal: RestoreJournal, *, checks: Sequence[Mapping[str, Any]], seconds: float) -> dict[str, Any]:
    reached = dict(journal.reached)
    timeline = reached.pop("new_timeline", None)
    return {
        "state": journal.phase,
        "data_directory": journal.directory,
        "port": journal.port,
        "reached": reached or None,
        "new_timeline": timeline,
        "plan": dict(journal.plan),
        "checks": [dict(check) for check in checks],
        "seconds": round(seconds, 1),
        "messages": _messages(journal, reached=reached, timeline=timeline, checks=checks),
    }


def _messages(
    journal: RestoreJournal, *, reached: Mapping[str, Any], timeline: int | None, checks: Sequence[Mapping[str, Any]]
) -> list[str]:
    lines = [f"{'server':<13} {journal.phase}, in {journal.directory}, port {journal.port}"]
    if reached:
        after = f", last transaction of {reached['time']}" if reached["time"] else ""
        lines.append(f"{'reached':<13} {reached['lsn']} on timeline {reached['timeline']}{after}")
    if timeline is not None:
        lines.append(f"{'timeline':<13} {timeline}")
    lines += [f"{'check':<13} {check_phrase(check)}" for check in checks]
    if journal.in_place and journal.pairs and not journal.source.is_lost:
        lines.append(f"{'kept':<13} {journal.pairs[-1].old}, for the playbook 'rollback'")
    if journal.in_place:
        lines.append(f"{'pinned':<13} {journal.plan['backup']} and all WAL since, until: {unpin_line(journal)}")
    return lines


__all__ = ("recovery",)
