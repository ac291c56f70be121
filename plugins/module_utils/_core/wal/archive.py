# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Archived WAL as recovery sees it: along timelines, with what is missing on the way."""

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
    """The WAL on the way to one timeline.

    ``parts`` are (timeline, first, end): whose file of which numbers recovery reads. ``runs`` are the numbers that
    are there, whosever they are.
    """

    parts: tuple[tuple[int, int, int], ...]
    runs: IntervalSet

    def split(self, first: int, end: int) -> Iterator[tuple[int, int, int]]:
        """The numbers ``first`` to ``end - 1`` as (timeline, first, end)."""
        for timeline, part_first, part_end in self.parts:
            if part_first < end and first < part_end:
                yield timeline, max(first, part_first), min(end, part_end)


@dataclass(frozen=True)
class ArchivedWal:
    """Which segments can be read: runs of their numbers by timeline, and the known histories.

    ``damaged`` are archived segments of which it is known that they can't be read; ``runs`` is without them. What
    retention has removed is ``expired``, and not missed.
    """

    runs: Mapping[int, IntervalSet]
    histories: Mapping[int, TimelineHistory]
    size: SegmentSize
    damaged: Mapping[int, IntervalSet] = field(default_factory=dict)
    expired: Mapping[int, IntervalSet] = field(default_factory=dict)

    @classmethod
    def of(
        cls, names: Iterable[str], *, histories: Mapping[int, TimelineHistory], segment_size: SegmentSize
    ) -> ArchivedWal:
        """From the names of the archive; what is no segment is left out."""
        return cls(StoredWal.of(names, size=segment_size).runs, histories, segment_size)

    @classmethod
    def stored(
        cls, stored: StoredWal, *, histories: Mapping[int, TimelineHistory], damaged: Iterable[str] = ()
    ) -> ArchivedWal:
        """What is stored, without the segments whose names are ``damaged``."""
        bad = StoredWal.of((name for name in damaged if stored.has(name)), size=stored.size).runs
        if not bad:
            return cls(stored.runs, histories, stored.size, expired=stored.expired)
        runs = {timeline: runs.without(bad.get(timeline, IntervalSet())) for timeline, runs in stored.runs.items()}
        return cls(runs, histories, stored.size, bad, stored.expired)

    def joined(self, names: Iterable[str]) -> ArchivedWal:
        """The same with further segments, which can be read elsewhere."""
        more = StoredWal.of(names, size=self.size).runs
        runs = {
            timeline: IntervalSet.joined([*self.runs.get(timeline, ()), *more.get(timeline, ())])
            for timeline in {*self.runs, *more}
        }
        return ArchivedWal(runs, self.histories, self.size, self.damaged, self.expired)

    def timelines(self) -> tuple[int, ...]:
        """Every timeline with a segment or a history, in order."""
        return tuple(sorted({*self.runs, *self.histories}))

    def knows(self, timeline: int) -> bool:
        """Whether a recovery can get onto the timeline: every one but the first needs its history for that."""
        return timeline == 1 or timeline in self.histories

    def history(self, timeline: int) -> TimelineHistory:
        """The timeline's history; one whose file is not archived is taken to have no ancestors."""
        return self.histories.get(timeline, TimelineHistory(timeline))

    def stretches(self, timeline: int, *, first: int, end: int) -> Iterator[tuple[int, int, int]]:
        """The way to ``timeline`` over the numbers ``first`` to ``end - 1``: (timeline, first, end) of each part.

        The segment that holds a switch belongs to the successor, from whose file recovery reads it.
        """
        for switch in self.history(timeline).ancestors:
            border = min(end, self.size.number_at(switch.lsn))
            if first < border:
                yield switch.timeline, first, border
                first = border
        if first < end:
            yield timeline, first, end

    def path_to(self, timeline: int) -> RecoveryPath:
        """All that there is on the way to the timeline."""
        parts = tuple(self.stretches(timeline, first=0, end=self._behind()))
        present = (run for part, first, end in parts for run in self.runs.get(part, IntervalSet()).between(first, end))
        return RecoveryPath(parts, IntervalSet.joined(present))

    def missing_from(self, number: int, *, timeline: int) -> int:
        """The first number at or after ``number`` that recovery towards ``timeline`` would not find."""
        # Behind every archived segment, so that the last stretch always has a number that is missing.
        end = max(number, self._behind()) + 1
        for part, first, border in self.stretches(timeline, first=number, end=end):
            reached = self.runs.get(part, IntervalSet()).end_from(first)
            if reached < border:
                return reached
        return end

    def continues_after(self, number: int, *, timeline: int) -> bool:
        """Whether segments at or after ``number`` on the way to ``timeline`` are there, damaged, or were removed."""
        expired = max((runs.bounds[-1] for runs in self.expired.values() if runs), default=0)
        end = max(number, self._behind(), expired) + 1
        for part, first, border in self.stretches(timeline, first=number, end=end):
            for every in (self.runs, self.damaged, self.expired):
                found = every.get(part, IntervalSet()).next_from(first)
                if found is not None and found < border:
                    return True
        return False

    def last_archived(self, timeline: int) -> int | None:
        """The number of the timeline's last segment, be it damaged; ``None`` when it has none."""
        ends = (runs.get(timeline, IntervalSet()).last for runs in (self.runs, self.damaged))
        return max((end for end in ends if end is not None), default=None)

    def has(self, first: Lsn, last: Lsn, *, timeline: int) -> bool:
        """Whether every segment from one position to another can be read on the way to ``timeline``."""
        number, end = self.size.number_at(first), self.size.number_at(last) + 1
        return all(
            self.runs.get(part, IntervalSet()).end_from(start) >= border
            for part, start, border in self.stretches(timeline, first=number, end=end)
        )

    def _behind(self) -> int:
        every = (*self.runs.values(), *self.damaged.values())
        return max((runs.bounds[-1] for runs in every if runs), default=0)


__all__ = ("ArchivedWal", "RecoveryPath")
