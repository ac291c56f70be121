# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Events in WAL that a recovery target can refer to: ends of transactions, and restore points."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from .lsn import Lsn

COMMIT = "commit"
ABORT = "abort"
RESTORE_POINT = "restore point"


@dataclass(frozen=True)
class WalEvent:
    """A record at ``lsn``: the end of transaction ``xid`` at time ``moment``, or the restore point ``name``."""

    lsn: Lsn
    kind: str
    xid: int = 0
    moment: datetime | None = None
    name: str = ""

    @property
    def ends_transaction(self) -> bool:
        """Whether recovery compares this record with a time or xid target."""
        return self.kind in (COMMIT, ABORT)


@dataclass(frozen=True)
class WalExtract:
    """The events of a range of WAL in the order of their positions.

    ``end`` is where valid WAL ends within the range; ``None`` when it continues after the range.
    """

    events: tuple[WalEvent, ...]
    end: Lsn | None = None

    @property
    def commits(self) -> tuple[WalEvent, ...]:
        """The events of committed transactions."""
        return tuple(event for event in self.events if event.kind == COMMIT)


__all__ = ("ABORT", "COMMIT", "RESTORE_POINT", "WalEvent", "WalExtract")
