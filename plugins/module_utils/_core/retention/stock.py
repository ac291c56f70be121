# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What retention looks at: the backups of a cluster, its WAL, and what others want kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from ..catalogue.catalogue import recoverable_end
from ..catalogue.pin import Pin
from ..catalogue.record import FULL, Backup
from ..wal.archive import ArchivedWal


@dataclass(frozen=True)
class Stock:
    """The backups (oldest first), which of them can be restored, and the archived WAL.

    ``last_archived`` is when the last file of a timeline was archived; for a timeline that lacks it nothing is known.
    ``held`` are labels of backups that somebody reads now, ``damaged`` those whose records can't be read.
    """

    backups: tuple[Backup, ...]
    usable: frozenset[str]
    wal: ArchivedWal
    last_archived: Mapping[int, datetime] = field(default_factory=dict)
    pins: Mapping[str, tuple[Pin, ...]] = field(default_factory=dict)
    held: frozenset[str] = frozenset()
    damaged: tuple[str, ...] = ()

    @cached_property
    def restorable(self) -> tuple[Backup, ...]:
        """The backups that can be restored, oldest first."""
        return tuple(backup for backup in self.backups if backup.label in self.usable)

    @property
    def newest(self) -> Backup | None:
        """The newest backup that can be restored."""
        return self.restorable[-1] if self.restorable else None

    @property
    def fulls(self) -> tuple[Backup, ...]:
        """The full backups that can be restored, oldest first."""
        return tuple(backup for backup in self.restorable if backup.type == FULL)

    @property
    def timelines(self) -> tuple[int, ...]:
        """Every timeline with WAL, a history or a backup, in order."""
        return tuple(sorted({*self.wal.timelines(), *(backup.timeline for backup in self.backups)}))

    def leads(self, backup: Backup, *, timeline: int) -> bool:
        """Whether recovery from this backup can get onto the way to the timeline."""
        return recoverable_end(backup, timeline=timeline, wal=self.wal) is not None

    def active_pins(self, label: str, *, now: datetime) -> tuple[Pin, ...]:
        """The pins of a backup that hold at this moment."""
        return tuple(pin for pin in self.pins.get(label, ()) if pin.is_active(now))


__all__ = ("Stock",)
