# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asking a primary for its standbys and its replication slots."""

from __future__ import annotations

from ..._core.restore.standbys import Standby
from ..._core.wal.lsn import Lsn
from .server import Server

# A backup is no standby, and a walsender of logical decoding sends no WAL.
_STREAMING = (
    "SELECT r.application_name, coalesce(pg_catalog.host(r.client_addr), 'this host'),"
    " coalesce(r.flush_lsn, r.sent_lsn)::text FROM pg_catalog.pg_stat_replication r"
    " WHERE r.state IN ('catchup', 'streaming') AND coalesce(r.flush_lsn, r.sent_lsn) IS NOT NULL"
    " AND NOT EXISTS (SELECT FROM pg_catalog.pg_replication_slots s"
    " WHERE s.active_pid = r.pid AND s.slot_type = 'logical') ORDER BY 1, 2"
)
_UNUSED_SLOTS = (
    "SELECT slot_name::text, restart_lsn::text FROM pg_catalog.pg_replication_slots"
    " WHERE slot_type = 'physical' AND NOT active AND restart_lsn IS NOT NULL ORDER BY 1"
)
_SLOTS = "SELECT slot_name::text FROM pg_catalog.pg_replication_slots WHERE NOT temporary ORDER BY 1"


def standbys_of(server: Server) -> tuple[Standby, ...]:
    """Those that are connected, and slots of those that are not. Raises what :meth:`Server.rows` raises."""
    streaming = [Standby(str(name), str(place), Lsn.parse(str(lsn))) for name, place, lsn in server.rows(_STREAMING)]
    unused = [Standby(str(name), None, Lsn.parse(str(lsn))) for name, lsn in server.rows(_UNUSED_SLOTS)]
    return (*streaming, *unused)


def slots_of(server: Server) -> tuple[str, ...]:
    """The names of the replication slots that outlive their session. Raises what :meth:`Server.rows` raises."""
    return tuple(str(name) for (name,) in server.rows(_SLOTS))


__all__ = ("slots_of", "standbys_of")
