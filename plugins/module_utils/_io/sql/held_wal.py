# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asking a server for what keeps its WAL."""

from __future__ import annotations

import time
from dataclasses import replace

from ..._core.archiving.held_wal import HeldWal, ReplicationSlot
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


def held_wal(server: Server, *, pause_seconds: float = _PAUSE_SECONDS) -> HeldWal:
    """What keeps WAL on the server. Raises what :meth:`Server.rows` raises."""
    from .slot_holders import with_holders

    sizes = _sizes(server)
    slot_limit = sizes["max_slot_wal_keep_size"]
    # Unknown before PostgreSQL 17.
    stuck = stuck_summarizer(server, pause_seconds=pause_seconds) if server.setting("summarize_wal") == "on" else None
    slots = _with_still(server, _slots(server), segment_bytes=sizes["wal_segment_size"], pause_seconds=pause_seconds)
    return HeldWal(
        stuck,
        with_holders(
            server, slots, segment_bytes=sizes["wal_segment_size"], written=_written(server) if slots else None
        ),
        segment_bytes=sizes["wal_segment_size"],
        keep_bytes=sizes["wal_keep_size"],
        slot_limit_bytes=None if slot_limit < 0 else slot_limit,
    )


def _sizes(server: Server) -> dict[str, int]:
    """The settings that say how much WAL is kept, in bytes; below zero: without a limit."""
    found = server.rows(
        "SELECT name, setting::bigint * CASE unit WHEN 'MB' THEN 1048576 ELSE 1 END FROM pg_catalog.pg_settings"
        " WHERE name IN ('wal_segment_size', 'wal_keep_size', 'max_slot_wal_keep_size')"
    )
    return {str(name): int(size) for name, size in found}


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


def _slots(server: Server) -> tuple[ReplicationSlot, ...]:
    found = server.rows(
        "SELECT slot_name::text, restart_lsn::text, active, coalesce(wal_status, '')"
        " FROM pg_catalog.pg_replication_slots ORDER BY 1"
    )
    written = _written(server) if found else None
    return tuple(
        ReplicationSlot(str(name), _held_bytes(kept, written=written), is_active=bool(active), wal_status=str(status))
        for name, kept, active, status in found
    )


def _with_still(
    server: Server, slots: tuple[ReplicationSlot, ...], *, segment_bytes: int, pause_seconds: float
) -> tuple[ReplicationSlot, ...]:
    """The slots, by two looks at those that somebody is connected to and that are far behind."""
    late = {each.name for each in slots if each.is_active and each.is_far_behind(segment_bytes=segment_bytes)}
    if not late:
        return slots
    before = _sent(server)
    time.sleep(pause_seconds)
    after = _sent(server)
    # One that was sent everything, and only has not confirmed it yet, is not still.
    written = _written(server)
    still = {
        name
        for name in late & set(before)
        if after.get(name) == before[name]
        and ReplicationSlot(name, _held_bytes(before[name], written=written)).is_far_behind(segment_bytes=segment_bytes)
    }
    return tuple(replace(each, is_still=each.name in still) for each in slots)


def _sent(server: Server) -> dict[str, str]:
    """How far the WAL was sent by slots in use, by name; nothing of those that our role may not see."""
    found = server.rows(
        "SELECT s.slot_name::text, r.sent_lsn::text FROM pg_catalog.pg_replication_slots AS s"
        " JOIN pg_catalog.pg_stat_replication AS r ON r.pid = s.active_pid WHERE r.sent_lsn IS NOT NULL"
    )
    return {str(name): str(sent) for name, sent in found}


def _held_bytes(kept: str | None, *, written: Lsn | None) -> int | None:
    return None if kept is None or written is None else max(0, written - Lsn.parse(str(kept)))


__all__ = ("held_wal", "stuck_summarizer")
