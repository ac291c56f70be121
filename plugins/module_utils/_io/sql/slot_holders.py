# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asking a server which transaction holds back the WAL of logical slots whose receivers have everything.

A slot's ``restart_lsn`` stays before the first change of the oldest transaction that decoding has seen and that is not
ended, in whatever database. Source: ``SnapBuildProcessRunningXacts`` in src/backend/replication/logical/snapbuild.c.
"""

from __future__ import annotations

from dataclasses import replace

from ..._core.archiving.held_wal import ReplicationSlot
from ..._core.archiving.open_transaction import PREPARED, SESSION, UNKNOWN, OpenTransaction
from ..._core.wal.lsn import Lsn
from .server import Server

# The server notes every 15 seconds which transactions run, and a slot moves on by these notes. Source:
# LOG_SNAPSHOT_INTERVAL_MS in src/backend/postmaster/bgwriter.c.
_NOTED_SECONDS = 20


def with_holders(
    server: Server, slots: tuple[ReplicationSlot, ...], *, segment_bytes: int, written: Lsn | None
) -> tuple[ReplicationSlot, ...]:
    """The slots, with the transaction that holds back WAL where nothing else does; ``written`` is up to where there is.

    Raises what :meth:`Server.rows` raises.
    """
    late = {each.name for each in slots if not each.is_still and each.is_far_behind(segment_bytes=segment_bytes)}
    if not late or written is None:
        return slots
    confirmed = {name: written - position for name, position in _confirmed(server).items()}
    held = {name for name in late if name in confirmed and not _is_far(confirmed[name], segment_bytes)}
    holder = _oldest(server) if held else None
    return tuple(replace(each, holder=holder) if each.name in held else each for each in slots)


def _is_far(size_bytes: int, segment_bytes: int) -> bool:
    return ReplicationSlot("", size_bytes).is_far_behind(segment_bytes=segment_bytes)


def _confirmed(server: Server) -> dict[str, Lsn]:
    """Up to where the receivers of logical slots in use have everything."""
    found = server.rows(
        "SELECT slot_name::text, confirmed_flush_lsn::text FROM pg_catalog.pg_replication_slots"
        " WHERE slot_type = 'logical' AND active AND confirmed_flush_lsn IS NOT NULL"
    )
    return {str(name): Lsn.parse(str(position)) for name, position in found}


def _oldest(server: Server) -> OpenTransaction | None:
    """The oldest transaction with changes; ``None``: there is none that decoding could wait for."""
    if server.in_recovery():
        return OpenTransaction(UNKNOWN)
    found = server.rows(
        "SELECT * FROM (SELECT %(session)s AS kind, pg_catalog.age(backend_xid) AS xids,"
        " coalesce(extract(epoch FROM pg_catalog.clock_timestamp() - xact_start), 0)::float8, coalesce(datname, ''),"
        " coalesce(usename, ''), pid::bigint, coalesce(state, ''), '' FROM pg_catalog.pg_stat_activity"
        " WHERE backend_xid IS NOT NULL"
        " UNION ALL SELECT %(prepared)s, pg_catalog.age(transaction),"
        " extract(epoch FROM pg_catalog.clock_timestamp() - prepared)::float8, database, owner, 0, '', gid"
        " FROM pg_catalog.pg_prepared_xacts) AS open ORDER BY xids DESC LIMIT 1",
        {"session": SESSION, "prepared": PREPARED},
    )
    if not found:
        return None if _sees_all(server) else OpenTransaction(UNKNOWN)
    kind, _xids, seconds, database, role, pid, state, gid = found[0]
    if float(seconds) < _NOTED_SECONDS:
        return None
    return OpenTransaction(
        str(kind), float(seconds), str(database), str(role), pid=int(pid), state=str(state), gid=str(gid)
    )


def _sees_all(server: Server) -> bool:
    """Whether our role may see the transactions of others."""
    return bool(server.one("SELECT pg_catalog.pg_has_role('pg_read_all_stats', 'usage')")[0])


__all__ = ("with_holders",)
