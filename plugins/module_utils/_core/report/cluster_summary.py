# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A cluster as people and programs see it, as values: text and JSON are made from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from ..archiving.archiver_state import ArchiverState
from ..catalogue.catalogue import Catalogue
from ..catalogue.gap import Gap
from ..catalogue.pin import Pin
from ..catalogue.record import Backup
from ..catalogue.running_backup import RunningBackup
from ..catalogue.window import Window
from .newest_window import newest_backup, newest_window


@dataclass(frozen=True)
class ClusterSummary:
    """One cluster as it was at ``seen_at``.

    The ``catalogue`` has its backups, windows and gaps, oldest first; the windows with the times of their last commits
    where they were looked up. ``pins`` are those of backups by label, ``damaged_backups`` labels with the reasons,
    ``segment_count`` counts archived WAL. ``running_backup`` is ``None`` while none is being taken, ``archiver`` when
    the server was not asked. ``attention`` has what needs attention, in sentences.
    """

    name: str
    system_identifier: str
    catalogue: Catalogue
    seen_at: datetime
    segment_count: int = 0
    pins: Mapping[str, tuple[Pin, ...]] = field(default_factory=dict)
    damaged_backups: tuple[tuple[str, str], ...] = ()
    running_backup: RunningBackup | None = None
    archiver: ArchiverState | None = None
    attention: tuple[str, ...] = ()

    @property
    def backups(self) -> tuple[Backup, ...]:
        """The backups, oldest first."""
        return self.catalogue.backups

    @property
    def windows(self) -> tuple[Window, ...]:
        """The windows, oldest first."""
        return self.catalogue.windows

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """The gaps in the archived WAL, oldest first."""
        return self.catalogue.gaps

    @property
    def newest_backup(self) -> Backup | None:
        """The newest backup that leads to the end of the newest window, ``None`` when there is none."""
        return newest_backup(self.catalogue)

    @property
    def newest_window(self) -> Window | None:
        """The window that ends last, ``None`` when nothing can be recovered."""
        return newest_window(self.catalogue)

    @property
    def recoverable_from(self) -> datetime | None:
        """The first moment that can be recovered."""
        return min((window.from_time for window in self.windows), default=None)

    @property
    def stored_bytes(self) -> int:
        """What all backups take in the repository."""
        return sum(backup.stored_bytes for backup in self.backups)

    def age_seconds(self, backup: Backup) -> int:
        """How long ago the backup ended, in whole seconds; 0 for one that is dated in the future."""
        return max(0, int((self.seen_at - backup.stop_time).total_seconds()))

    def chain_links(self, backup: Backup) -> int:
        """How many backups have to be read to restore this one; 0 when a link of its chain is missing."""
        chain = self.catalogue.chains.get(backup.label)
        return 0 if chain is None else chain.link_count

    def loss_by(self, gap: Gap) -> GapLoss:
        """What can't be recovered because of the gap."""
        ended = tuple(self.windows[place] for place in gap.ended)
        return GapLoss(ended, None if gap.resumed is None else self.windows[gap.resumed])


@dataclass(frozen=True)
class GapLoss:
    """The windows that end at a gap, and the first one that begins after it (``None``: none does)."""

    ended: tuple[Window, ...]
    resumed: Window | None

    @property
    def since(self) -> datetime | None:
        """The last moment before the gap that can be recovered; ``None`` when it is not known or there is none."""
        return max((window.to_time for window in self.ended if window.to_time is not None), default=None)

    @property
    def until(self) -> datetime | None:
        """The first moment after the gap that can be recovered, ``None`` when there is none."""
        return None if self.resumed is None else self.resumed.from_time


__all__ = ("ClusterSummary", "GapLoss")
