# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sets of integers stored as intervals: a million consecutive segment numbers are one interval."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class IntervalSet:
    """A set of integers stored as disjoint, non-adjacent half-open intervals.

    ``bounds`` has the start and the end of each interval, in order: (3, 5, 9, 10) is {3, 4, 9}. A number is in the set
    if the count of bounds not greater than it is odd.
    """

    bounds: tuple[int, ...] = ()

    @classmethod
    def of(cls, numbers: Iterable[int]) -> IntervalSet:
        """A set of numbers given in any order.

        >>> IntervalSet.of([9, 3, 4]).bounds
        (3, 5, 9, 10)
        """
        return cls.joined((number, number + 1) for number in numbers)

    @classmethod
    def joined(cls, pairs: Iterable[tuple[int, int]]) -> IntervalSet:
        """The union of intervals (first, end), in any order, which may overlap or be adjacent."""
        bounds: list[int] = []
        for first, end in sorted(pairs):
            if first >= end:
                continue
            if bounds and first <= bounds[-1]:
                bounds[-1] = max(bounds[-1], end)
            else:
                bounds += (first, end)
        return cls(tuple(bounds))

    def __iter__(self) -> Iterator[tuple[int, int]]:
        """Each interval as (first, end)."""
        return zip(self.bounds[::2], self.bounds[1::2])

    def __contains__(self, number: int) -> bool:
        return bisect_right(self.bounds, number) % 2 == 1

    def __bool__(self) -> bool:
        return bool(self.bounds)

    @property
    def count(self) -> int:
        """The count of numbers in the set."""
        return sum(end - first for first, end in self)

    @property
    def last(self) -> int | None:
        """The greatest number; ``None`` for an empty set."""
        return self.bounds[-1] - 1 if self.bounds else None

    def end_from(self, number: int) -> int:
        """The first number from this one on that is not in the set."""
        place = bisect_right(self.bounds, number)
        return self.bounds[place] if place % 2 else number

    def next_from(self, number: int) -> int | None:
        """The first number from this one on that is in the set; ``None`` without one."""
        place = bisect_right(self.bounds, number)
        if place % 2:
            return number
        return self.bounds[place] if place < len(self.bounds) else None

    def between(self, first: int, end: int) -> Iterator[tuple[int, int]]:
        """The intervals clipped to ``first`` to ``end - 1``."""
        place = bisect_right(self.bounds, first) // 2 * 2
        while place < len(self.bounds) and self.bounds[place] < end:
            yield max(first, self.bounds[place]), min(end, self.bounds[place + 1])
            place += 2

    def holes(self, first: int, end: int) -> Iterator[tuple[int, int]]:
        """The intervals of ``first`` to ``end - 1`` that are not in the set."""
        for present_first, present_end in self.between(first, end):
            if first < present_first:
                yield first, present_first
            first = present_end
        if first < end:
            yield first, end

    def without(self, other: IntervalSet) -> IntervalSet:
        """The numbers that are not in the other set."""
        return IntervalSet(tuple(bound for first, end in self for hole in other.holes(first, end) for bound in hole))


__all__ = ("IntervalSet",)
