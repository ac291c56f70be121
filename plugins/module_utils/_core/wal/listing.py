# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The WAL files in the archive of one cluster: segments as intervals of numbers, others by name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from .file_name import SEGMENT, segment_name, segment_number, timeline_of, wal_file_kind
from .interval_set import IntervalSet
from .segment import SegmentSize


@dataclass(frozen=True)
class StoredWal:
    """``intervals`` has the numbers of the segments by timeline, ``others`` the sorted names of all other WAL files.

    ``expired`` has the numbers of segments that retention has removed, which do not count as missing.
    """

    intervals: Mapping[int, IntervalSet]
    others: tuple[str, ...]
    size: SegmentSize
    expired: Mapping[int, IntervalSet] = field(default_factory=dict)

    @classmethod
    def of(cls, names: Iterable[str], *, size: SegmentSize) -> StoredWal:
        """From names without the suffix of their compression."""
        numbers: dict[int, list[int]] = {}
        others = []
        for name in names:
            if wal_file_kind(name) == SEGMENT:
                number = segment_number(name, size_bytes=size.size_bytes)
                numbers.setdefault(timeline_of(name), []).append(number)
            else:
                others.append(name)
        return cls(
            {timeline: IntervalSet.of(found) for timeline, found in numbers.items()}, tuple(sorted(others)), size
        )

    def has(self, name: str) -> bool:
        """Whether the WAL file with this name is stored."""
        if wal_file_kind(name) != SEGMENT:
            return name in self.others
        return segment_number(name, size_bytes=self.size.size_bytes) in self.intervals.get(
            timeline_of(name), IntervalSet()
        )

    def timelines(self) -> tuple[int, ...]:
        """The timelines that have files, in order."""
        return tuple(sorted({*self.intervals, *(timeline_of(name) for name in self.others)}))

    def names(self) -> Iterator[str]:
        """The names of all files by timeline; a million of them takes a second."""
        yield from self.others
        for timeline, intervals in sorted(self.intervals.items()):
            for first, end in intervals:
                for number in range(first, end):
                    yield segment_name(number, timeline=timeline, size_bytes=self.size.size_bytes)


__all__ = ("StoredWal",)
