# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Recovery windows: continuous ranges of positions that can be recovered."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from ..wal.lsn import Lsn
from ..wal.timeline import TimelineHistory, TimelineSwitch


@dataclass(frozen=True)
class Window:
    """Every position from ``start`` to ``end`` can be recovered, along ``timeline`` and its ancestors.

    ``start`` is the end of the backup with this label, ``end`` the end of the last archived segment before a gap.
    ``from_time`` is when the backup ended, ``to_time`` the time of the last commit before ``end`` (``None``: not looked
    up, or no commit since the backup). ``switches`` are the ends of ancestors within the window.
    """

    start: Lsn
    end: Lsn
    timeline: int
    backup: str
    from_time: datetime
    to_time: datetime | None = None
    switches: tuple[TimelineSwitch, ...] = ()

    def covers(self, lsn: Lsn) -> bool:
        """Whether the position is in the window, both ends included."""
        return self.start <= lsn <= self.end

    def until(self, moment: datetime | None) -> Window:
        """The same window with the time of its last commit."""
        return replace(self, to_time=moment)

    def path(self) -> Iterator[tuple[int, Lsn, Lsn]]:
        """Its timelines, oldest first, each with the positions where the window enters and leaves it."""
        start = self.start
        for switch in self.switches:
            yield switch.timeline, start, switch.lsn
            start = switch.lsn
        yield self.timeline, start, self.end


def switches_within(history: TimelineHistory, *, start: Lsn, end: Lsn) -> tuple[TimelineSwitch, ...]:
    """The ends of ancestors between two positions on the path to a timeline."""
    return tuple(switch for switch in history.ancestors if start < switch.lsn < end)


class WindowCover:
    """The windows that end on one timeline, to look up whether one of them contains a range."""

    def __init__(self, windows: Iterable[Window]) -> None:
        ordered = sorted({(each.start.value, -each.end.value) for each in windows})
        self._starts = [start for start, _end in ordered]
        self._ends: list[int] = []
        for _start, end in ordered:
            self._ends.append(max([-end, *self._ends[-1:]]))

    def contains(self, start: Lsn, end: Lsn) -> bool:
        """Whether one of them contains all of ``start`` to ``end``."""
        place = bisect_right(self._starts, start.value)
        return place > 0 and self._ends[place - 1] >= end.value


__all__ = ("Window", "WindowCover", "switches_within")
