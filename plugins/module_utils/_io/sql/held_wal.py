# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asking a server for what holds back its WAL."""

from __future__ import annotations

import time

from ..._core.archiving.held_wal import IdleSlot, held_wal_sentences
from ..._core.wal.lsn import Lsn
from ..._core.wal.summarizer import SummarizerState
from .server import Server

_PAUSE_SECONDS = 1.0
# Where the server writes, or replays.
_WRITTEN = (
    "SELECT CASE WHEN pg_catalog.pg_is_in_recovery() THEN pg_catalog.pg_last_wal_replay_lsn()"
    " ELSE pg_catalog.pg_current_wal_insert_lsn() END::text"
)


def stuck_summarizer(server: Server, *, pause_seconds: float = _PAUSE_SECONDS) -> SummarizerState | None:
    """The state of a summarizer that does not move, by two looks where the first finds it late; ``None``: it does.

    Ask only a server with ``summarize_wal`` on. Raises what :meth:`Server.rows` raises.
    """
    before = _summarizer_state(server)
    if not before.is_late:
        return None
    time.sleep(pause_seconds)
    after = _summarizer_state(server)
    return after if after.is_stuck_since(before) else None


def held_wal(server: Server) -> tuple[str, ...]:
    """What stands still and holds back WAL, in sentences. Raises what :meth:`Server.rows` raises."""
    (segment_bytes,) = server.one("SELECT setting::bigint FROM pg_catalog.pg_settings WHERE name = 'wal_segment_size'")
    # Unknown before PostgreSQL 17.
    stuck = stuck_summarizer(server) if server.setting("summarize_wal") == "on" else None
    return held_wal_sentences(stuck, idle=_idle_slots(server), segment_bytes=int(segment_bytes))


def _summarizer_state(server: Server) -> SummarizerState:
    timeline, summarized, pending, redo, age_seconds = server.one(
        "SELECT summarized_tli::bigint, summarized_lsn::text, pending_lsn::text, redo_lsn::text,"
        " extract(epoch FROM pg_catalog.clock_timestamp() - checkpoint_time)::float8"
        " FROM pg_catalog.pg_get_wal_summarizer_state(), pg_catalog.pg_control_checkpoint()"
    )
    return SummarizerState(
        int(timeline),
        Lsn.parse(str(summarized)),
        Lsn.parse(str(pending)),
        redo=Lsn.parse(str(redo)),
        checkpoint_age_seconds=float(age_seconds),
        written=_written(server) or Lsn.parse(str(redo)),
    )


def _written(server: Server) -> Lsn | None:
    (written,) = server.one(_WRITTEN)
    return None if written is None else Lsn.parse(str(written))


def _idle_slots(server: Server) -> list[IdleSlot]:
    found = server.rows(
        "SELECT slot_name::text, restart_lsn::text FROM pg_catalog.pg_replication_slots"
        " WHERE NOT active AND restart_lsn IS NOT NULL ORDER BY 1"
    )
    written = _written(server) if found else None
    return [IdleSlot(str(name), max(0, written - Lsn.parse(str(kept)))) for name, kept in found if written is not None]


__all__ = ("held_wal", "stuck_summarizer")
