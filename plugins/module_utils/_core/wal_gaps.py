# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which segments are missing between those that a repository has."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from .segment import Segment, SegmentSize
from .wal_name import SEGMENT, wal_file_kind


@dataclass(frozen=True)
class WalRange:
    """A run of segments of one timeline, both ends included."""

    first: Segment
    last: Segment

    @property
    def count(self) -> int:
        """How many segments there are in it."""
        return self.last.number - self.first.number + 1


def stored_ranges(names: Iterable[str], *, size: SegmentSize) -> tuple[WalRange, ...]:
    """The unbroken runs among the names of a repository's WAL files, by timeline and position."""
    ranges: list[WalRange] = []
    for name in sorted(name for name in names if wal_file_kind(name) == SEGMENT):
        segment = Segment.parse(name, size=size)
        if ranges and ranges[-1].last.next() == segment:
            ranges[-1] = WalRange(ranges[-1].first, segment)
        else:
            ranges.append(WalRange(segment, segment))
    return tuple(ranges)


def missing_ranges(names: Iterable[str], *, size: SegmentSize) -> tuple[WalRange, ...]:
    """The runs of segments that are missing between two stored ones of the same timeline."""
    stored = stored_ranges(names, size=size)
    return tuple(
        WalRange(before.last.next(), Segment(after.first.timeline, after.first.number - 1, size))
        for before, after in zip(stored, stored[1:])
        if before.last.timeline == after.first.timeline
    )


__all__ = ("WalRange", "missing_ranges", "stored_ranges")
