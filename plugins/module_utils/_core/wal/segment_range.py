# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ranges of consecutive segments of one timeline."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .file_name import timeline_of
from .interval_set import IntervalSet
from .segment import Segment, SegmentSize


@dataclass(frozen=True, order=True)
class SegmentRange:
    """The segments with the numbers ``first`` to ``end - 1``."""

    timeline: int
    first: int
    end: int

    @property
    def count(self) -> int:
        """The count of segments."""
        return self.end - self.first

    @classmethod
    def named(cls, first_segment: str, last_segment: str, *, size: SegmentSize) -> SegmentRange:
        """From the names of the first and the last segment. Raises InvalidInput (``invalid-segment-name``)."""
        first, last = (Segment.parse(name, size=size).number for name in (first_segment, last_segment))
        return cls(timeline_of(first_segment), first, last + 1)

    def first_name(self, size: SegmentSize) -> str:
        """The name of the first segment."""
        return str(Segment(self.timeline, self.first, size))

    def last_name(self, size: SegmentSize) -> str:
        """The name of the last segment."""
        return str(Segment(self.timeline, self.end - 1, size))

    def in_words(self, size: SegmentSize) -> str:
        """The names of the first and the last segment as text for people, or of the only one."""
        first, last = self.first_name(size), self.last_name(size)
        return first if first == last else f"{first} to {last}"

    def to_dict(self, size: SegmentSize) -> dict[str, Any]:
        """The range as it appears in results."""
        return {"first_segment": self.first_name(size), "last_segment": self.last_name(size), "count": self.count}

    def blocks(self, count: int) -> Iterator[SegmentRange]:
        """The range in blocks of at most ``count`` segments, which begin at multiples of it."""
        first = self.first
        while first < self.end:
            end = min(self.end, (first // count + 1) * count)
            yield SegmentRange(self.timeline, first, end)
            first = end


def ranges_of(intervals: Mapping[int, IntervalSet]) -> tuple[SegmentRange, ...]:
    """All intervals of all timelines, in order."""
    return tuple(
        SegmentRange(timeline, first, end) for timeline in sorted(intervals) for first, end in intervals[timeline]
    )


def intervals_by_timeline(ranges: Iterable[SegmentRange]) -> dict[int, IntervalSet]:
    """The intervals by timeline of ranges in any order, which may overlap."""
    pairs: dict[int, list[tuple[int, int]]] = {}
    for each in ranges:
        pairs.setdefault(each.timeline, []).append((each.first, each.end))
    return {timeline: IntervalSet.joined(found) for timeline, found in pairs.items()}


def common(one: IntervalSet, other: IntervalSet) -> IntervalSet:
    """The intersection of two sets.

    >>> common(IntervalSet.of([1, 2, 3, 7]), IntervalSet.of([2, 3, 4])).bounds
    (2, 4)
    """
    return IntervalSet.joined(pair for first, end in one for pair in other.between(first, end))


__all__ = ("SegmentRange", "common", "intervals_by_timeline", "ranges_of")
