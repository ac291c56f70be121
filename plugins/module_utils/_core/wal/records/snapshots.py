# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The snapshots of running transactions in the output of ``pg_waldump``."""

from __future__ import annotations

import re

from ..event import Snapshot, WalExtract
from ..lsn import Lsn
from .waldump import end_of_wal, records_of

# The resource managers of what :func:`parse_snapshots` reads.
SNAPSHOT_RMGRS = ("Standby", "XLOG")
# Source: standby_desc_running_xacts in src/backend/access/rmgrdesc/standbydesc.c ("subxid ovf" until version 15).
_RUNNING = re.compile(
    r"RUNNING_XACTS nextXid ([0-9]{1,10}) latestCompletedXid [0-9]{1,10} oldestRunningXid ([0-9]{1,10})"
)
_OVERFLOWED = "; subxid ov"
# Only prepared transactions outlast it, and replay knows their subtransactions from what is on disk.
_SHUTDOWN = "CHECKPOINT_SHUTDOWN "


def parse_snapshots(stdout: str, *, stderr: str = "") -> WalExtract:
    """The snapshots in the output of one command; ``end`` is set if it reached the end of valid WAL."""
    found = (_snapshot(manager, lsn, description) for manager, _xid, lsn, description in records_of(stdout))
    return WalExtract(
        events=(), end=end_of_wal(stderr), snapshots=tuple(snapshot for snapshot in found if snapshot is not None)
    )


def _snapshot(manager: str, lsn: Lsn, description: str) -> Snapshot | None:
    if manager == "XLOG":
        return Snapshot(lsn, is_whole=True) if description.startswith(_SHUTDOWN) else None
    match = _RUNNING.match(description) if manager == "Standby" else None
    if match is None:
        return None
    return Snapshot(
        lsn,
        is_whole=_OVERFLOWED not in description,
        oldest_xid=int(match.group(2)),
        next_xid=int(match.group(1)),
    )


__all__ = ("SNAPSHOT_RMGRS", "parse_snapshots")
