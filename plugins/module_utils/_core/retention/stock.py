# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The input of retention: a cluster's backups and WAL, with pins and holds."""

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
    """The backups (oldest first), the labels of those that can be restored, and the archived WAL.

    ``last_archived`` is when the last file of a timeline was archived, where that is known. ``held`` are labels of
    backups that are being read, ``damaged`` labels of those whose record can't be read.
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
        """The timelines with WAL, a history or a backup, in order."""
        return tuple(sorted({*self.wal.timelines(), *(backup.timeline for backup in self.backups)}))

    def leads(self, backup: Backup, *, timeline: int) -> bool:
        """Whether recovery from this backup can follow the path to the timeline."""
        return recoverable_end(backup, timeline=timeline, wal=self.wal) is not None

    def active_pins(self, label: str, *, now: datetime) -> tuple[Pin, ...]:
        """The pins of a backup that are in force."""
        return tuple(pin for pin in self.pins.get(label, ()) if pin.is_active(now))


__all__ = ("Stock",)
