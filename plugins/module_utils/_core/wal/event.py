# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Events in WAL that decide where a recovery stops, or that it has to be prepared for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from .lsn import Lsn

COMMIT = "commit"
ABORT = "abort"
RESTORE_POINT = "restore point"

MINIMAL = "minimal"


@dataclass(frozen=True)
class WalEvent:
    """A record at ``lsn``: the end of transaction ``xid`` at time ``moment``, or the restore point ``name``.

    ``subtransactions`` are those that ended with the transaction; no record has any of them for its own number.
    """

    lsn: Lsn
    kind: str
    xid: int = 0
    moment: datetime | None = None
    name: str = ""
    subtransactions: tuple[int, ...] = ()

    @property
    def ends_transaction(self) -> bool:
        """Whether recovery compares this record with a time or xid target."""
        return self.kind in (COMMIT, ABORT)

    def ends(self, xid: int) -> bool:
        """Whether the transaction of this number (32 bits) ends here, on its own or as a subtransaction."""
        return self.ends_transaction and (self.xid == xid or xid in self.subtransactions)


@dataclass(frozen=True)
class ParameterChange:
    """The record of a server that started with other settings than before: from ``lsn`` on they are these.

    ``settings`` has the five that a hot standby must not have lower, under their names in the configuration.
    """

    lsn: Lsn
    wal_level: str
    settings: Mapping[str, int] = field(default_factory=dict)

    @property
    def ends_recovery(self) -> bool:
        """Whether every recovery ends here with an error: behind it the WAL does not have all changes."""
        return self.wal_level == MINIMAL


@dataclass(frozen=True)
class TablespaceCreation:
    """The record of a tablespace whose replay makes a link to ``location``; empty: inside the data directory."""

    lsn: Lsn
    oid: int
    location: str


@dataclass(frozen=True)
class TimelineBeginning:
    """The record of a promotion: when the timeline began."""

    lsn: Lsn
    timeline: int
    moment: datetime


@dataclass(frozen=True)
class Snapshot:
    """The record of the transactions that were running at a moment, with which a hot standby begins.

    One that is not ``is_whole`` lacks subtransactions. ``oldest_xid`` is the oldest transaction that was running,
    ``next_xid`` the next one to begin.
    """

    lsn: Lsn
    is_whole: bool
    oldest_xid: int = 0
    next_xid: int = 0


@dataclass(frozen=True)
class WalExtract:
    """The events of a range of WAL in the order of their positions, and what else a recovery has to know of it.

    ``end`` is where valid WAL ends within the range; ``None`` when it continues after the range.
    """

    events: tuple[WalEvent, ...]
    end: Lsn | None = None
    parameter_changes: tuple[ParameterChange, ...] = ()
    tablespaces: tuple[TablespaceCreation, ...] = ()
    beginnings: tuple[TimelineBeginning, ...] = ()
    snapshots: tuple[Snapshot, ...] = ()

    @property
    def commits(self) -> tuple[WalEvent, ...]:
        """The events of committed transactions."""
        return tuple(event for event in self.events if event.kind == COMMIT)


__all__ = (
    "ABORT",
    "COMMIT",
    "MINIMAL",
    "RESTORE_POINT",
    "ParameterChange",
    "Snapshot",
    "TablespaceCreation",
    "TimelineBeginning",
    "WalEvent",
    "WalExtract",
)
