# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""WAL segments with marks, such as the time when they were verified."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Generic, TypeVar

from ..wal.interval_set import IntervalSet
from ..wal.segment_range import SegmentRange, common

Mark = TypeVar("Mark")


class MarkedWal(Generic[Mark]):
    """Segments by timeline and mark, stored as intervals: what one run marks alike takes little room."""

    def __init__(self) -> None:
        self._intervals: dict[int, dict[Mark, IntervalSet]] = {}

    def of_timeline(self, timeline: int) -> Mapping[Mark, IntervalSet]:
        """The numbers of a timeline's segments by mark."""
        return self._intervals.get(timeline, {})

    def ranges(self) -> Iterator[tuple[Mark, SegmentRange]]:
        """All marked segments, as ranges with one mark each."""
        for timeline, by_mark in self._intervals.items():
            for mark, intervals in by_mark.items():
                for first, end in intervals:
                    yield mark, SegmentRange(timeline, first, end)

    def count(self, wal: Mapping[int, IntervalSet]) -> int:
        """The count of marks on these segments."""
        return sum(
            common(intervals, wal.get(timeline, IntervalSet())).count
            for timeline, by_mark in self._intervals.items()
            for intervals in by_mark.values()
        )

    def add(self, segment_range: SegmentRange, *, mark: Mark) -> None:
        """Mark segments; other marks that they have stay."""
        by_mark = self._intervals.setdefault(segment_range.timeline, {})
        pairs = [*by_mark.get(mark, IntervalSet()), (segment_range.first, segment_range.end)]
        by_mark[mark] = IntervalSet.joined(pairs)

    def remove(self, segment_range: SegmentRange) -> None:
        """Remove all marks of segments."""
        removed = IntervalSet.joined([(segment_range.first, segment_range.end)])
        by_mark = self._intervals.get(segment_range.timeline, {})
        self._replace(segment_range.timeline, {mark: intervals.without(removed) for mark, intervals in by_mark.items()})

    def keep_only(self, wal: Mapping[int, IntervalSet]) -> None:
        """Remove the marks of all segments but these."""
        for timeline, by_mark in list(self._intervals.items()):
            kept = wal.get(timeline, IntervalSet())
            self._replace(timeline, {mark: common(intervals, kept) for mark, intervals in by_mark.items()})

    def _replace(self, timeline: int, by_mark: Mapping[Mark, IntervalSet]) -> None:
        self._intervals[timeline] = {mark: intervals for mark, intervals in by_mark.items() if intervals}


__all__ = ("MarkedWal",)
