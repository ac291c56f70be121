# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Archived WAL as recovery reads it: along the timelines, with its gaps."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from .interval_set import IntervalSet
from .listing import StoredWal
from .lsn import Lsn
from .segment import SegmentSize
from .timeline import TimelineHistory


@dataclass(frozen=True)
class RecoveryPath:
    """The WAL that recovery to one timeline reads.

    ``parts`` are (timeline, first, end): the segments that are read from each timeline's files. ``intervals`` are the
    numbers of the segments that are there, of whatever timeline.
    """

    parts: tuple[tuple[int, int, int], ...]
    intervals: IntervalSet

    def split(self, first: int, end: int) -> Iterator[tuple[int, int, int]]:
        """The segments ``first`` to ``end - 1`` as (timeline, first, end) of each part."""
        for timeline, part_first, part_end in self.parts:
            if part_first < end and first < part_end:
                yield timeline, max(first, part_first), min(end, part_end)


@dataclass(frozen=True)
class ArchivedWal:
    """The segments that can be read, as intervals of their numbers by timeline, and the known histories.

    ``damaged`` are archived segments that are known to be unreadable; ``intervals`` does not have them. ``expired`` are
    those that retention has removed, which do not count as missing.
    """

    intervals: Mapping[int, IntervalSet]
    histories: Mapping[int, TimelineHistory]
    size: SegmentSize
    damaged: Mapping[int, IntervalSet] = field(default_factory=dict)
    expired: Mapping[int, IntervalSet] = field(default_factory=dict)

    @classmethod
    def of(
        cls, names: Iterable[str], *, histories: Mapping[int, TimelineHistory], segment_size: SegmentSize
    ) -> ArchivedWal:
        """From the names of the archive's files; those that are no segments are ignored."""
        return cls(StoredWal.of(names, size=segment_size).intervals, histories, segment_size)

    @classmethod
    def stored(
        cls, stored: StoredWal, *, histories: Mapping[int, TimelineHistory], damaged: Iterable[str] = ()
    ) -> ArchivedWal:
        """The stored segments without those whose names are ``damaged``."""
        bad = StoredWal.of((name for name in damaged if stored.has(name)), size=stored.size).intervals
        if not bad:
            return cls(stored.intervals, histories, stored.size, expired=stored.expired)
        intervals = {
            timeline: intervals.without(bad.get(timeline, IntervalSet()))
            for timeline, intervals in stored.intervals.items()
        }
        return cls(intervals, histories, stored.size, bad, stored.expired)

    def joined(self, names: Iterable[str]) -> ArchivedWal:
        """The same with further segments, which can be read from elsewhere."""
        more = StoredWal.of(names, size=self.size).intervals
        intervals = {
            timeline: IntervalSet.joined([*self.intervals.get(timeline, ()), *more.get(timeline, ())])
            for timeline in {*self.intervals, *more}
        }
        return ArchivedWal(intervals, self.histories, self.size, self.damaged, self.expired)

    def timelines(self) -> tuple[int, ...]:
        """The timelines with a segment or a history, in order."""
        return tuple(sorted({*self.intervals, *self.histories}))

    def knows(self, timeline: int) -> bool:
        """Whether a recovery can follow the timeline: every one but the first needs its history for that."""
        return timeline == 1 or timeline in self.histories

    def history(self, timeline: int) -> TimelineHistory:
        """The timeline's history; without an archived history file it is assumed to have no ancestors."""
        return self.histories.get(timeline, TimelineHistory(timeline))

    def path_parts(self, timeline: int, *, first: int, end: int) -> Iterator[tuple[int, int, int]]:
        """What recovery to ``timeline`` reads of the segments ``first`` to ``end - 1``, as (timeline, first, end).

        A segment that contains a switch belongs to the successor, from whose file recovery reads it.
        """
        for switch in self.history(timeline).ancestors:
            border = min(end, self.size.number_at(switch.lsn))
            if first < border:
                yield switch.timeline, first, border
                first = border
        if first < end:
            yield timeline, first, end

    def path_to(self, timeline: int) -> RecoveryPath:
        """The recovery path to the timeline, over all archived segments."""
        parts = tuple(self.path_parts(timeline, first=0, end=self._end_number()))
        present = (
            interval
            for part, first, end in parts
            for interval in self.intervals.get(part, IntervalSet()).between(first, end)
        )
        return RecoveryPath(parts, IntervalSet.joined(present))

    def missing_from(self, number: int, *, timeline: int) -> int:
        """The first number from ``number`` on whose segment recovery to ``timeline`` would not find."""
        # Past every archived segment, so that the last part always has a missing number.
        end = max(number, self._end_number()) + 1
        for part, first, border in self.path_parts(timeline, first=number, end=end):
            reached = self.intervals.get(part, IntervalSet()).end_from(first)
            if reached < border:
                return reached
        return end

    def continues_after(self, number: int, *, timeline: int) -> bool:
        """Whether the path to ``timeline`` has segments from ``number`` on, be they damaged or expired."""
        expired = max((intervals.bounds[-1] for intervals in self.expired.values() if intervals), default=0)
        end = max(number, self._end_number(), expired) + 1
        for part, first, border in self.path_parts(timeline, first=number, end=end):
            for every in (self.intervals, self.damaged, self.expired):
                found = every.get(part, IntervalSet()).next_from(first)
                if found is not None and found < border:
                    return True
        return False

    def last_archived(self, timeline: int) -> int | None:
        """The number of the timeline's last segment, damaged or not; ``None`` without one."""
        ends = (intervals.get(timeline, IntervalSet()).last for intervals in (self.intervals, self.damaged))
        return max((end for end in ends if end is not None), default=None)

    def has(self, first: Lsn, last: Lsn, *, timeline: int) -> bool:
        """Whether recovery to ``timeline`` can read every segment from one position to another."""
        number, end = self.size.number_at(first), self.size.number_at(last) + 1
        return all(
            self.intervals.get(part, IntervalSet()).end_from(start) >= border
            for part, start, border in self.path_parts(timeline, first=number, end=end)
        )

    def _end_number(self) -> int:
        every = (*self.intervals.values(), *self.damaged.values())
        return max((intervals.bounds[-1] for intervals in every if intervals), default=0)


__all__ = ("ArchivedWal", "RecoveryPath")
