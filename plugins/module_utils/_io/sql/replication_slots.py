# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asking a server about the replication slot that WAL is streamed by, and making or dropping it."""

from __future__ import annotations

from ..._core.streaming.slot import CreateSlot, SlotStep, SlotUse
from .server import Server


def slot_use(server: Server, name: str) -> SlotUse | None:
    """The slot as it is; ``None``: there is none. Raises what :meth:`Server.rows` raises."""
    found = server.rows(
        "SELECT s.slot_type::text, s.active, coalesce(r.application_name, ''), coalesce(r.flush_lsn::text, ''),"
        " pg_catalog.pg_wal_lsn_diff(CASE WHEN pg_catalog.pg_is_in_recovery()"
        " THEN pg_catalog.pg_last_wal_replay_lsn() ELSE pg_catalog.pg_current_wal_insert_lsn() END,"
        " s.restart_lsn)::bigint, coalesce(s.wal_status, '')"
        " FROM pg_catalog.pg_replication_slots s LEFT JOIN pg_catalog.pg_stat_replication r ON r.pid = s.active_pid"
        " WHERE s.slot_name = %(name)s",
        {"name": name},
    )
    if not found:
        return None
    kind, is_active, used_by, flushed, kept_bytes, status = found[0]
    kept = None if kept_bytes is None else max(0, int(kept_bytes))
    return SlotUse(str(kind), bool(is_active), str(used_by), str(flushed), kept, str(status))


def slot_limit_bytes(server: Server) -> int | None:
    """``max_slot_wal_keep_size``; ``None``: slots may keep all that there is room for."""
    megabytes = int(server.setting("max_slot_wal_keep_size") or -1)
    return None if megabytes < 0 else megabytes << 20


def apply_slot_step(server: Server, step: SlotStep) -> None:
    """Carry out one step. Raises Failed (``sql-failed``)."""
    if isinstance(step, CreateSlot):
        server.rows("SELECT pg_catalog.pg_create_physical_replication_slot(%(name)s, true)::text", {"name": step.name})
        return
    server.rows("SELECT pg_catalog.pg_drop_replication_slot(%(name)s)::text", {"name": step.name})


def flushed_since(server: Server, name: str, *, position: str) -> bool:
    """Whether the slot's receiver has flushed WAL up to this position."""
    found = server.rows(
        "SELECT coalesce(r.flush_lsn >= %(position)s::pg_lsn, false) FROM pg_catalog.pg_replication_slots s"
        " JOIN pg_catalog.pg_stat_replication r ON r.pid = s.active_pid WHERE s.slot_name = %(name)s",
        {"name": name, "position": position},
    )
    return bool(found and found[0][0])


__all__ = ("apply_slot_step", "flushed_since", "slot_limit_bytes", "slot_use")
