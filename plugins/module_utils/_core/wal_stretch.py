# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Neighbouring segments of one timeline."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from .segment import Segment, SegmentSize
from .wal_name import timeline_of
from .wal_runs import Runs


@dataclass(frozen=True, order=True)
class WalStretch:
    """The segments with the numbers ``first`` to ``behind - 1``."""

    timeline: int
    first: int
    behind: int

    @property
    def count(self) -> int:
        """How many segments it is."""
        return self.behind - self.first

    @classmethod
    def named(cls, first_segment: str, last_segment: str, *, size: SegmentSize) -> WalStretch:
        """From the names of the first and the last segment. Raises InvalidInput (``invalid-segment-name``)."""
        first, last = (Segment.parse(name, size=size).number for name in (first_segment, last_segment))
        return cls(timeline_of(first_segment), first, last + 1)

    def first_name(self, size: SegmentSize) -> str:
        """The name of the first segment."""
        return str(Segment(self.timeline, self.first, size))

    def last_name(self, size: SegmentSize) -> str:
        """The name of the last segment."""
        return str(Segment(self.timeline, self.behind - 1, size))

    def blocks(self, count: int) -> Iterator[WalStretch]:
        """The same in blocks of at most so many segments, which begin at multiples of that."""
        first = self.first
        while first < self.behind:
            behind = min(self.behind, (first // count + 1) * count)
            yield WalStretch(self.timeline, first, behind)
            first = behind


def stretches_of(runs: Mapping[int, Runs]) -> tuple[WalStretch, ...]:
    """Every run of every timeline, in order."""
    return tuple(WalStretch(timeline, first, behind) for timeline in sorted(runs) for first, behind in runs[timeline])


def runs_of(stretches: Iterable[WalStretch]) -> dict[int, Runs]:
    """The runs by timeline of stretches in any order, which may overlap."""
    pairs: dict[int, list[tuple[int, int]]] = {}
    for each in stretches:
        pairs.setdefault(each.timeline, []).append((each.first, each.behind))
    return {timeline: Runs.joined(found) for timeline, found in pairs.items()}


def common(one: Runs, other: Runs) -> Runs:
    """The numbers that both have.

    >>> common(Runs.of([1, 2, 3, 7]), Runs.of([2, 3, 4])).bounds
    (2, 4)
    """
    return Runs.joined(pair for first, behind in one for pair in other.between(first, behind))


__all__ = ("WalStretch", "common", "runs_of", "stretches_of")
