# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A staged recovery brought to its end: start, follow, prove, check, promote."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass

from ..._core.errors import Failed
from ..._core.recovery.request import CheckAnswer, RecoveryRequest
from ..._core.restore.journal import FOLLOWING, PAUSED, PROMOTED, STOPPED, RestoreJournal
from ..._core.restore.recovery_proof import prove
from ..._core.target.recovery_target import PAUSE, PROMOTE, SHUTDOWN
from ..._io.host.kept_identity import KeptIdentity
from ..._io.host.runner import Runner
from ..._io.postgres.server_log import LogMark, ServerLog
from ..._io.postgres.service.service import STARTED, Service
from ..._io.repository.cluster_folder import ClusterFolder
from ..._io.repository.registering import register_writer
from ..restore.configuration.recovery_staging import restage_action
from ..restore.failed_restore import roll_back_failed
from ..restore.guarded import go_on_guarded
from ..restore.journal import write_journal
from .check_sessions import CheckSessions, Connect
from .client_access import ClientAccess
from .copy_links import check_own_links
from .following import Following
from .own_login import OwnLogin, superusers_at_target
from .promotion import open_server, wait_for_history
from .sql_checks import SqlChecks
from .watch import OPEN, RecoveryEnd, RecoveryWatch
from .watch import STOPPED as SERVER_STOPPED

# What the restore is when a recovery with this action is over.
PHASES = {PROMOTE: PROMOTED, PAUSE: PAUSED, SHUTDOWN: STOPPED}
_START_SECONDS = 120


@dataclass(frozen=True)
class FinishedRecovery:
    """How the restore stands afterwards, and what the checks got.

    ``login_role`` is whom the server was asked as, where that was not our usual role; ``login`` says so, and why.
    """

    journal: RestoreJournal
    answers: tuple[CheckAnswer, ...] = ()
    seconds: float = 0.0
    login: str = ""
    login_role: str | None = None


@dataclass(frozen=True)
class _Attempt:
    """What one run follows and asks its server with."""

    watch: RecoveryWatch
    checks: SqlChecks
    access: ClientAccess


@dataclass(frozen=True)
class RecoveryRun:
    """What a recovery is run with; ``tell`` is told of progress."""

    request: RecoveryRequest
    folder: ClusterFolder
    runner: Runner
    connect: Connect
    tell: Callable[[str], None] = lambda _line: None

    def phase_after(self, journal: RestoreJournal) -> str:
        """What the restore will be when its recovery is over."""
        return FOLLOWING if journal.plan.standby else PHASES[self._action(journal)]

    def has_ended(self, journal: RestoreJournal) -> bool:
        """Whether there is nothing left to do."""
        return journal.phase in (self.phase_after(journal), PROMOTED)

    def run(self, journal: RestoreJournal) -> FinishedRecovery:
        """Bring the recovery to its end; whatever fails is rolled back where the request says so.

        Whoever calls it holds the lock of the journal. Raises Failed and Unavailable of every step.
        """
        go_on_guarded(journal.directory)
        try:
            if journal.plan.standby:
                return FinishedRecovery(self._followed(journal))
            return self._to_its_end(_restaged(journal, action=self._action(journal)))
        except BaseException as error:
            raise roll_back_failed(
                journal,
                error,
                folder=self.folder,
                runner=self.runner,
                wanted=self.request.rolls_back_on_failure,
                seconds=self.request.start_timeout_seconds,
            ) from error

    def _followed(self, journal: RestoreJournal) -> RestoreJournal:
        following = self._following(journal).until_open()
        # It streams from here on: a host that only follows must not be able to read the archive.
        KeptIdentity(journal.directory).drop()
        return _written(following)

    def _following(self, journal: RestoreJournal) -> Following:
        request = self.request
        return Following(
            journal,
            connect=self.connect,
            runner=self.runner,
            seconds=request.stall_timeout_seconds,
            limit_seconds=request.timeout_seconds or math.inf,
        )

    def _action(self, journal: RestoreJournal) -> str:
        return self.request.action or journal.plan.action

    def _to_its_end(self, journal: RestoreJournal) -> FinishedRecovery:
        request, began = self.request, time.monotonic()
        others = superusers_at_target(journal)
        login = OwnLogin(self.connect, others=others)
        access = ClientAccess(journal, (*journal.restored.login_roles(request.login_user), *others))
        mark = ServerLog(journal.restored, runner=self.runner).mark(now_seconds=time.time())
        may_stop = not journal.hot_standby and self._action(journal) != PROMOTE
        self._start(journal, access, may_stop=may_stop)
        watch = self._watch(journal, access, login=login, mark=mark)
        sessions = CheckSessions(login, access=access, own=lambda: watch.server, given=request.checks_user)
        attempt = _Attempt(watch, SqlChecks(sessions.open), access)
        try:
            end = watch.until_end(
                stall_seconds=request.stall_timeout_seconds,
                timeout_seconds=request.timeout_seconds,
                may_stop=may_stop,
                tell=self.tell,
            )
            self._check(journal, attempt, end)
            finished = self._finish(journal, attempt, end)
        finally:
            watch.close()
        seconds = time.monotonic() - began
        return FinishedRecovery(finished, attempt.checks.answers(), seconds, login.phrase, login.role)

    def _check(self, journal: RestoreJournal, attempt: _Attempt, end: RecoveryEnd) -> None:
        """Prove the point reached, and ask the user's checks. Raises Failed."""
        action = self._action(journal)
        prove(end.reached, plan=journal.plan, wal_end=journal.wal_end)
        if end.state == OPEN and action != PROMOTE:
            raise _opened(end, action=action)
        # A server that stopped at its target cannot be asked.
        if end.state != SERVER_STOPPED:
            attempt.access.check(attempt.watch.server)
            attempt.checks.ask(self.request.checks, in_recovery=end.state != OPEN)

    def _watch(self, journal: RestoreJournal, access: ClientAccess, *, login: OwnLogin, mark: LogMark) -> RecoveryWatch:
        return RecoveryWatch(
            access.cluster,
            connect=lambda: login(access.cluster, limited=False),
            runner=self.runner,
            mark=mark,
            timeline=journal.plan.timeline,
            lets_in=journal.hot_standby,
        )

    def _start(self, journal: RestoreJournal, access: ClientAccess, *, may_stop: bool) -> None:
        """Start the server. One that is meant to stop at its target may be through before anybody sees its process."""
        service = Service(journal.restored, runner=self.runner)
        if access.close() and service.is_running():
            service.reload()
        try:
            service.start(timeout_seconds=_START_SECONDS, until=STARTED)
        except Failed as error:
            if error.code != "server-start-failed":
                raise
            if not may_stop:
                raise Failed(error.message, code="recovery-failed", hint=error.hint) from error

    def _finish(self, journal: RestoreJournal, attempt: _Attempt, end: RecoveryEnd) -> RestoreJournal:
        action = self._action(journal)
        if action == PROMOTE:
            return self._promote(journal, attempt, end)
        if action == SHUTDOWN and end.state != SERVER_STOPPED:
            attempt.watch.close()
            service = Service(journal.restored, runner=self.runner)
            service.stop(timeout_seconds=self.request.start_timeout_seconds)
        elif end.state != SERVER_STOPPED:
            attempt.access.open(attempt.watch.server)
        return _written(journal.at(PHASES[action], reached=end.reached, new_timeline=None))

    def _promote(self, journal: RestoreJournal, attempt: _Attempt, end: RecoveryEnd) -> RestoreJournal:
        """Open the server; clients come in when nothing can fail any more, for then their commits stay."""
        check_own_links(journal)
        # Whoever goes on with it after a crash knows that this point was proven.
        journal = _written(journal.at(journal.phase, reached=end.reached))
        if journal.plan.successor:
            # Before the new timeline's history is archived.
            register_writer(self.folder, cluster=journal.restored)
        service = Service(journal.restored, runner=self.runner)
        server = attempt.watch.server
        timeline = open_server(server, journal, service=service, timeout_seconds=self.request.start_timeout_seconds)
        attempt.checks.ask_waiting()
        if journal.in_place:
            wait_for_history(self.folder, timeline=timeline, timeout_seconds=self.request.archive_timeout_seconds)
        attempt.access.open(server)
        return _written(journal.at(PROMOTED, reached=end.reached, new_timeline=timeline))

    def finish_opened(self, journal: RestoreJournal) -> FinishedRecovery:
        """End a restore whose server had left its recovery, at the proven point, before its job was cut off.

        Nothing is rolled back here: clients may have come in when it started again, and have committed since. Raises
        Failed and Unavailable.
        """
        go_on_guarded(journal.directory)
        request, began = self.request, time.monotonic()
        others = superusers_at_target(journal)
        login = OwnLogin(self.connect, others=others)
        access = ClientAccess(journal, (*journal.restored.login_roles(request.login_user), *others))
        service = Service(journal.restored, runner=self.runner)
        service.start(timeout_seconds=request.start_timeout_seconds)
        with closing(login(access.cluster)) as server:
            timeline = open_server(server, journal, service=service, timeout_seconds=request.start_timeout_seconds)
            if journal.in_place:
                wait_for_history(self.folder, timeline=timeline, timeout_seconds=request.archive_timeout_seconds)
            access.open(server)
        finished = _written(journal.at(PROMOTED, reached=journal.reached, new_timeline=timeline))
        return FinishedRecovery(finished, (), time.monotonic() - began, login.phrase, login.role)


def _opened(end: RecoveryEnd, *, action: str) -> Failed:
    return Failed(
        f"the server opened at {end.reached.lsn} instead of doing '{action}' at the target",
        code="recovery-opened",
        hint="It was promoted by somebody else, or it could not let anybody in before: its log says which.",
    )


def _restaged(journal: RestoreJournal, *, action: str) -> RestoreJournal:
    """Without hot standby a server that was told to stop at its target would stop there again and again."""
    if action != PROMOTE or journal.server_action != SHUTDOWN:
        return journal
    settings = restage_action(journal.directory, staged=journal.staged, action=PROMOTE)
    return _written(journal.at(journal.phase, staged=settings))


def _written(journal: RestoreJournal) -> RestoreJournal:
    write_journal(journal)
    return journal


__all__ = ("Connect", "FinishedRecovery", "RecoveryRun")
