# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a user asked of a recovery that is staged, and the questions that its server has to answer."""

from __future__ import annotations

from dataclasses import dataclass

from ..redaction import redacted


@dataclass(frozen=True)
class SqlCheck:
    """A statement that selects one value, and that value as text."""

    sql: str
    expect: str
    database: str = "postgres"

    @property
    def shown(self) -> str:
        """The statement without its secrets."""
        return redacted(self.sql)


@dataclass(frozen=True)
class CheckAnswer:
    """What a check got (``None``: NULL, or no answer yet).

    ``role`` is the one that it ran as. ``waiting``: it met a lock of a transaction that has not ended at the target,
    and is asked once the server is open.
    """

    check: SqlCheck
    got: str | None = None
    role: str | None = None
    waiting: bool = False

    @property
    def phrase(self) -> str:
        """The answer in words."""
        sql = self.check.shown
        if self.waiting:
            return f"waits for the promotion, as a transaction that has not ended locks what it reads: {sql}"
        return f"{self.got} as expected: {sql}"


@dataclass(frozen=True)
class RecoveryRequest:
    """How a recovery is to end.

    ``login_user`` is the role that the recovery itself logs in as (``None``: the usual ones), ``checks_user`` the one
    that the checks run as (``None``: one that fits).
    ``action`` is what happens at the target (``None``: what the restore was asked for). ``timeout_seconds`` is for the
    whole recovery (0: no limit), ``stall_timeout_seconds`` for standing still, ``start_timeout_seconds`` for the
    promotion and for the start of the old server after a failure, ``archive_timeout_seconds`` for the new timeline's
    history.
    """

    action: str | None = None
    checks: tuple[SqlCheck, ...] = ()
    checks_user: str | None = None
    login_user: str | None = None
    timeout_seconds: int = 0
    stall_timeout_seconds: int = 300
    start_timeout_seconds: int = 300
    archive_timeout_seconds: int = 120
    rolls_back_on_failure: bool = True


__all__ = ("CheckAnswer", "RecoveryRequest", "SqlCheck")
