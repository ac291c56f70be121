# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sets of whole numbers as runs, for the numbers of segments: a million that follow each other are one run."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Runs:
    """Numbers in runs that neither overlap nor touch.

    ``bounds`` has the first number of each run and the one behind its last, in order: 3, 5, 9, 10 are 3, 4 and 9. So a
    number is in a run when an odd count of bounds is not greater.
    """

    bounds: tuple[int, ...] = ()

    @classmethod
    def of(cls, numbers: Iterable[int]) -> Runs:
        """From numbers in any order.

        >>> Runs.of([9, 3, 4]).bounds
        (3, 5, 9, 10)
        """
        return cls.joined((number, number + 1) for number in numbers)

    @classmethod
    def joined(cls, pairs: Iterable[tuple[int, int]]) -> Runs:
        """From pairs (first, behind) in any order, which may overlap or touch."""
        bounds: list[int] = []
        for first, behind in sorted(pairs):
            if first >= behind:
                continue
            if bounds and first <= bounds[-1]:
                bounds[-1] = max(bounds[-1], behind)
            else:
                bounds += (first, behind)
        return cls(tuple(bounds))

    def __iter__(self) -> Iterator[tuple[int, int]]:
        """Each run as (first, behind)."""
        return zip(self.bounds[::2], self.bounds[1::2])

    def __contains__(self, number: int) -> bool:
        return bisect_right(self.bounds, number) % 2 == 1

    def __bool__(self) -> bool:
        return bool(self.bounds)

    @property
    def count(self) -> int:
        """How many numbers there are."""
        return sum(behind - first for first, behind in self)

    @property
    def last(self) -> int | None:
        """The greatest number; ``None`` when there is none."""
        return self.bounds[-1] - 1 if self.bounds else None

    def end_from(self, number: int) -> int:
        """The first number from this one on that is not there."""
        place = bisect_right(self.bounds, number)
        return self.bounds[place] if place % 2 else number

    def next_from(self, number: int) -> int | None:
        """The first number from this one on that is there; ``None`` when none is."""
        place = bisect_right(self.bounds, number)
        if place % 2:
            return number
        return self.bounds[place] if place < len(self.bounds) else None

    def between(self, first: int, behind: int) -> Iterator[tuple[int, int]]:
        """The runs within ``first`` to ``behind - 1``, cut at both ends."""
        place = bisect_right(self.bounds, first) // 2 * 2
        while place < len(self.bounds) and self.bounds[place] < behind:
            yield max(first, self.bounds[place]), min(behind, self.bounds[place + 1])
            place += 2

    def holes(self, first: int, behind: int) -> Iterator[tuple[int, int]]:
        """What is missing within ``first`` to ``behind - 1``, each stretch as (first, behind)."""
        for start, end in self.between(first, behind):
            if first < start:
                yield first, start
            first = end
        if first < behind:
            yield first, behind

    def without(self, other: Runs) -> Runs:
        """The numbers that the other set does not have."""
        return Runs(tuple(bound for first, behind in self for hole in other.holes(first, behind) for bound in hole))


__all__ = ("Runs",)
