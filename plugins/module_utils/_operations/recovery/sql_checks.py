# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The user's own SQL checks of a recovered server.

A recovery that pauses before a commit has replayed the locks of that transaction, and holds them: before the commit of
DROP TABLE, nobody can read the very table that the restore is about. Such a check waits until the server is open.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ..._core.errors import Failed, PitrError, Unavailable
from ..._core.recovery.request import CheckAnswer, SqlCheck
from ..._io.postgres.backend_deadline import backend_deadline
from ..._io.sql.server import LOCK_TIMEOUT, NOT_PERMITTED
from .check_sessions import CheckSession
from .queries import answer_of

_LOCK_SECONDS = 3


class SqlChecks:
    """Runs checks, remembers the answers, and which ones have to wait. ``open_session`` opens a database by name.

    ``deadline_seconds`` is how long a check may take that does not heed its statement_timeout.
    """

    def __init__(self, open_session: Callable[[str], CheckSession], *, deadline_seconds: float = 150) -> None:
        self._open_session = open_session
        self._deadline_seconds = deadline_seconds
        self._answered: list[CheckAnswer] = []
        self._waiting: list[SqlCheck] = []

    def ask(self, checks: Iterable[SqlCheck], *, in_recovery: bool) -> None:
        """Ask each; ``in_recovery`` lets those that meet a lock wait.

        Raises Failed (``check-differs``, ``check-not-permitted``, ``check-timeout``).
        """
        for check in checks:
            try:
                self._ask(check)
            except Unavailable as error:
                if error.code != LOCK_TIMEOUT or not in_recovery:
                    raise
                self._waiting.append(check)

    def ask_waiting(self) -> None:
        """Ask those that had to wait, on the open server."""
        waiting, self._waiting = self._waiting, []
        self.ask(waiting, in_recovery=False)

    def answers(self) -> tuple[CheckAnswer, ...]:
        """Each check with its answer; those that still wait come last."""
        return (*self._answered, *(CheckAnswer(check, waiting=True) for check in self._waiting))

    def _ask(self, check: SqlCheck) -> None:
        session = self._open_session(check.database)
        try:
            got = self._answer(check, session)
        finally:
            session.server.close()
        self._answered.append(CheckAnswer(check, got, session.role))
        if got != check.expect:
            raise Failed(
                f"a check gave '{got}' instead of '{check.expect}': {check.shown}",
                code="check-differs",
                hint="Choose another target, or correct the check in 'pitr_restore_checks'.",
            )

    def _answer(self, check: SqlCheck, session: CheckSession) -> str | None:
        role = session.role if session.takes_role else None
        pid = int(session.server.one("SELECT pg_catalog.pg_backend_pid()")[0])
        with backend_deadline(pid, seconds=self._deadline_seconds) as passed:
            try:
                return answer_of(session.server, check.sql, lock_timeout_seconds=_LOCK_SECONDS, role=role)
            except PitrError as error:
                if passed.is_set():
                    raise Failed(
                        f"a check did not end within {self._deadline_seconds:g} seconds: {check.shown}",
                        code="check-timeout",
                        hint="It ignored statement_timeout, so something that it calls catches the cancellation.",
                    ) from error
                if error.code == NOT_PERMITTED:
                    raise _not_permitted(check, session, error) from error
                raise


def _not_permitted(check: SqlCheck, session: CheckSession, error: PitrError) -> Failed:
    return Failed(
        f"the role '{session.role}' may not run a check: {error.message}",
        code="check-not-permitted",
        hint="Name in 'pitr_restore_checks_user' a role that could read it at the target; a superuser only where "
        f"nobody else can put code into the database. The check was: {check.shown}",
    )


__all__ = ("SqlChecks",)
