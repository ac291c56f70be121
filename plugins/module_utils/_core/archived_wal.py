# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Archived WAL as recovery sees it: along timelines, with what is missing on the way."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from .lsn import Lsn
from .segment import SegmentSize
from .stored_wal import StoredWal
from .timeline import TimelineHistory
from .wal_runs import Runs


@dataclass(frozen=True)
class Way:
    """The WAL on the way to one timeline.

    ``parts`` are (timeline, first, behind): whose file of which numbers recovery reads. ``runs`` are the numbers that
    are there, whosever they are.
    """

    parts: tuple[tuple[int, int, int], ...]
    runs: Runs

    def split(self, first: int, behind: int) -> Iterator[tuple[int, int, int]]:
        """The numbers ``first`` to ``behind - 1`` as (timeline, first, behind)."""
        for timeline, start, end in self.parts:
            if start < behind and first < end:
                yield timeline, max(first, start), min(behind, end)


@dataclass(frozen=True)
class ArchivedWal:
    """Which segments can be read: runs of their numbers by timeline, and the known histories.

    ``damaged`` are archived segments of which it is known that they can't be read; ``runs`` is without them. What
    retention has removed is ``expired``, and not missed.
    """

    runs: Mapping[int, Runs]
    histories: Mapping[int, TimelineHistory]
    size: SegmentSize
    damaged: Mapping[int, Runs] = field(default_factory=dict)
    expired: Mapping[int, Runs] = field(default_factory=dict)

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
        runs = {timeline: runs.without(bad.get(timeline, Runs())) for timeline, runs in stored.runs.items()}
        return cls(runs, histories, stored.size, bad, stored.expired)

    def joined(self, names: Iterable[str]) -> ArchivedWal:
        """The same with further segments, which can be read elsewhere."""
        more = StoredWal.of(names, size=self.size).runs
        runs = {
            timeline: Runs.joined([*self.runs.get(timeline, ()), *more.get(timeline, ())])
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

    def stretches(self, timeline: int, *, first: int, behind: int) -> Iterator[tuple[int, int, int]]:
        """The way to ``timeline`` over the numbers ``first`` to ``behind - 1``: (timeline, first, behind) of each part.

        The segment that holds a switch belongs to the successor, from whose file recovery reads it.
        """
        for switch in self.history(timeline).ancestors:
            border = min(behind, self.size.number_at(switch.lsn))
            if first < border:
                yield switch.timeline, first, border
                first = border
        if first < behind:
            yield timeline, first, behind

    def way(self, timeline: int) -> Way:
        """All that there is on the way to the timeline."""
        parts = tuple(self.stretches(timeline, first=0, behind=self._behind()))
        present = (run for part, first, behind in parts for run in self.runs.get(part, Runs()).between(first, behind))
        return Way(parts, Runs.joined(present))

    def missing_from(self, number: int, *, timeline: int) -> int:
        """The first number at or after ``number`` that recovery towards ``timeline`` would not find."""
        # Behind every archived segment, so that the last stretch always has a number that is missing.
        behind = max(number, self._behind()) + 1
        for part, first, border in self.stretches(timeline, first=number, behind=behind):
            reached = self.runs.get(part, Runs()).end_from(first)
            if reached < border:
                return reached
        return behind

    def goes_on(self, number: int, *, timeline: int) -> bool:
        """Whether segments at or after ``number`` on the way to ``timeline`` are there, damaged, or were removed."""
        expired = max((runs.bounds[-1] for runs in self.expired.values() if runs), default=0)
        behind = max(number, self._behind(), expired) + 1
        for part, first, border in self.stretches(timeline, first=number, behind=behind):
            for every in (self.runs, self.damaged, self.expired):
                found = every.get(part, Runs()).next_from(first)
                if found is not None and found < border:
                    return True
        return False

    def last_archived(self, timeline: int) -> int | None:
        """The number of the timeline's last segment, be it damaged; ``None`` when it has none."""
        ends = (runs.get(timeline, Runs()).last for runs in (self.runs, self.damaged))
        return max((end for end in ends if end is not None), default=None)

    def has(self, first: Lsn, last: Lsn, *, timeline: int) -> bool:
        """Whether every segment from one position to another can be read on the way to ``timeline``."""
        number, behind = self.size.number_at(first), self.size.number_at(last) + 1
        return all(
            self.runs.get(part, Runs()).end_from(start) >= border
            for part, start, border in self.stretches(timeline, first=number, behind=behind)
        )

    def _behind(self) -> int:
        every = (*self.runs.values(), *self.damaged.values())
        return max((runs.bounds[-1] for runs in every if runs), default=0)


__all__ = ("ArchivedWal", "Way")
