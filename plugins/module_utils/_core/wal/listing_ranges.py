# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which archived segments are there without a break, and which are missing between."""

from __future__ import annotations

from dataclasses import dataclass

from .interval_set import IntervalSet
from .listing import StoredWal
from .segment import Segment


@dataclass(frozen=True)
class ClosedSegmentRange:
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

    def in_words(self) -> str:
        """The first and the last one for people, or the only one."""
        return str(self.first) if self.first == self.last else f"{self.first} to {self.last}"


def stored_ranges(stored: StoredWal) -> tuple[ClosedSegmentRange, ...]:
    """The unbroken stretches of what is stored, by timeline and place."""
    return tuple(
        ClosedSegmentRange(Segment(timeline, first, stored.size), Segment(timeline, end - 1, stored.size))
        for timeline, runs in sorted(stored.runs.items())
        for first, end in runs
    )


def gaps_in(stored: StoredWal) -> tuple[ClosedSegmentRange, ...]:
    """The segments that are missing between stored ones of their timeline, and that retention did not remove."""
    return tuple(
        ClosedSegmentRange(Segment(timeline, first, stored.size), Segment(timeline, end - 1, stored.size))
        for timeline, runs in sorted(stored.runs.items())
        if runs
        for first, end in IntervalSet.joined(runs.holes(runs.bounds[0], runs.bounds[-1])).without(
            stored.expired.get(timeline, IntervalSet())
        )
    )


__all__ = ("ClosedSegmentRange", "gaps_in", "stored_ranges")
