# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Windows: unbroken stretches of recoverable moments."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from .lsn import Lsn
from .timeline import TimelineHistory


@dataclass(frozen=True)
class Window:
    """Every position from ``start`` to ``end`` can be recovered, along ``timeline`` and its ancestors.

    ``start`` is the end of the backup with this label, ``end`` the position behind the last archived segment without
    a gap behind it; ``from_time`` is when the backup ended, ``to_time`` the last commit before ``end`` (``None``:
    not looked up, or no commit since the backup).
    """

    start: Lsn
    end: Lsn
    timeline: int
    backup: str
    from_time: datetime
    to_time: datetime | None = None

    def covers(self, lsn: Lsn) -> bool:
        """Whether the position lies in the window (both ends count)."""
        return self.start <= lsn <= self.end

    def until(self, moment: datetime | None) -> Window:
        """The same window with the time of its last commit."""
        return replace(self, to_time=moment)


def is_contained(inner: Window, outer: Window, *, history: TimelineHistory) -> bool:
    """Whether every position of ``inner`` is one of ``outer``, whose timeline has this ``history``."""
    if inner.start < outer.start or inner.end > outer.end:
        return False
    return history.reaches(inner.end, timeline=inner.timeline)


__all__ = ("Window", "is_contained")
