# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Queries to a server that is in recovery or has just been promoted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ..._core.errors import Failed
from ..._core.redaction import redacted
from ..._core.wal.lsn import Lsn
from ..._io.sql.server import Server

_PROGRESS = """
SELECT pg_is_in_recovery(), pg_last_wal_replay_lsn()::text, pg_last_xact_replay_timestamp(),
       CASE WHEN pg_is_in_recovery() THEN pg_get_wal_replay_pause_state() ELSE 'not in recovery' END
"""


@dataclass(frozen=True)
class Progress:
    """How far a server has come; ``lsn`` is ``None`` while nothing was replayed."""

    in_recovery: bool
    lsn: Lsn | None
    moment: datetime | None
    paused: bool


def progress_of(server: Server) -> Progress:
    """How far the server has come."""
    in_recovery, lsn, moment, pause = server.one(_PROGRESS)
    return Progress(bool(in_recovery), Lsn.parse(lsn) if lsn else None, moment, pause == "paused")


def timeline_of_insertion(server: Server) -> int:
    """The timeline that the open server writes on."""
    return int(str(server.one("SELECT pg_walfile_name(pg_current_wal_insert_lsn())")[0])[:8], 16)


def settle(server: Server) -> None:
    """Let the server read its configuration again, and make its new timeline the one that a restart begins with."""
    server.one("SELECT pg_reload_conf()")
    server.rows("CHECKPOINT")


def answer_of(server: Server, statement: str, *, lock_timeout_seconds: int, role: str | None = None) -> str | None:
    """The one value that a statement gives in a read-only transaction, as text; ``None`` for NULL.

    A superuser's connection takes ``role`` for the transaction, as its session's: fewer statements lead back from that
    than from SET ROLE. Raises Failed (``check-failed``), Unavailable (``lock-timeout``).
    """
    server.rows("BEGIN TRANSACTION READ ONLY")
    server.rows(f"SET LOCAL lock_timeout = '{lock_timeout_seconds}s'")
    if role is not None:
        server.rows(f"SET LOCAL SESSION AUTHORIZATION {role}")
    found = server.rows(statement)
    if len(found) != 1 or len(found[0]) != 1:
        raise Failed(
            f"the check gives {len(found)} rows instead of one value: {redacted(statement)}",
            code="check-failed",
            hint="Write each check so that it selects one value, such as SELECT count(*) FROM t.",
        )
    value = found[0][0]
    if isinstance(value, bool):
        return "t" if value else "f"
    return None if value is None else str(value)


__all__ = ("Progress", "answer_of", "progress_of", "settle", "timeline_of_insertion")
