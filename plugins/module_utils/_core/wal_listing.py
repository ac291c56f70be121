# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which archived segments are there without a break, and which are missing between."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from .segment import Segment
from .stored_wal import StoredWal


@dataclass(frozen=True)
class SegmentRange:
    """Segments of one timeline that follow each other, from ``first`` to ``last``, both included."""

    first: Segment
    last: Segment

    @property
    def timeline(self) -> int:
        """The timeline of all of them."""
        return self.first.timeline

    @property
    def count(self) -> int:
        """How many segments it is."""
        return self.last.number - self.first.number + 1

    def __str__(self) -> str:
        return f"{self.first}-{self.last}"


def stored_ranges(stored: StoredWal) -> tuple[SegmentRange, ...]:
    """The unbroken stretches of what is stored, by timeline and place."""
    return tuple(
        SegmentRange(Segment(timeline, first, stored.size), Segment(timeline, behind - 1, stored.size))
        for timeline, runs in sorted(stored.runs.items())
        for first, behind in runs
    )


def gaps_between(ranges: Iterable[SegmentRange]) -> tuple[SegmentRange, ...]:
    """The segments that are missing between stretches of the same timeline."""
    gaps = []
    before: SegmentRange | None = None
    for current in ranges:
        if before is not None and before.timeline == current.timeline:
            size = current.first.size
            gaps.append(SegmentRange(before.last.next(), Segment(current.timeline, current.first.number - 1, size)))
        before = current
    return tuple(gaps)


__all__ = ("SegmentRange", "gaps_between", "stored_ranges")
