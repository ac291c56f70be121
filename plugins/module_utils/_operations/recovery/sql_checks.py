# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The user's own SQL checks of a recovered server.

A recovery that pauses before a commit has replayed the locks of that transaction, and holds them: before the commit of
DROP TABLE, nobody can read the very table that the restore is about. Such a check waits until the server is open.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ..._core.errors import Failed, Unavailable
from ..._core.restore.recovery_request import CheckAnswer, SqlCheck
from ..._io.postgres.server import LOCK_TIMEOUT, Server
from .queries import answer_of

_LOCK_SECONDS = 3


class SqlChecks:
    """Runs checks, remembers the answers, and which ones have to wait. ``connect`` opens a database by name."""

    def __init__(self, connect: Callable[[str], Server]) -> None:
        self._connect = connect
        self._answered: list[CheckAnswer] = []
        self._waiting: list[SqlCheck] = []

    def ask(self, checks: Iterable[SqlCheck], *, in_recovery: bool) -> None:
        """Ask each; ``in_recovery`` lets those that meet a lock wait. Raises Failed (``check-differs``)."""
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
        server = self._connect(check.database)
        try:
            got = answer_of(server, check.sql, lock_timeout_seconds=_LOCK_SECONDS)
        finally:
            server.close()
        self._answered.append(CheckAnswer(check, got))
        if got != check.expect:
            raise Failed(
                f"a check gave '{got}' instead of '{check.expect}': {check.sql}",
                code="check-differs",
                hint="Choose another target, or correct the check in 'pitr_restore_checks'.",
            )


__all__ = ("SqlChecks",)
