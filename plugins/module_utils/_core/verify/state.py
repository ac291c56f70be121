# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The state of verification: which segments and files were verified when, and which were damaged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from ..wal.file_name import segment_number, timeline_of
from ..wal.interval_set import IntervalSet
from ..wal.listing import StoredWal
from ..wal.segment import SegmentSize
from ..wal.segment_range import SegmentRange, common
from .damage import Damage, DamageRecord, FileIdentity
from .marked_wal import MarkedWal


@dataclass(frozen=True)
class HighWater:
    """The newest backup's label (empty without one), and the last segment's number by timeline, at a verification."""

    label: str = ""
    segments: Mapping[int, int] = field(default_factory=dict)

    @classmethod
    def of(cls, labels: Iterable[str], *, wal: Mapping[int, IntervalSet]) -> HighWater:
        """From the contents of the repository."""
        last = {timeline: number for timeline, intervals in wal.items() if (number := intervals.last) is not None}
        return cls(max(labels, default=""), last)

    def later(self, timeline: int, intervals: IntervalSet) -> IntervalSet:
        """Those of these segments that have been archived since."""
        begin = self.segments.get(timeline, -1) + 1
        return IntervalSet.joined(intervals.between(begin, (intervals.last or 0) + 1))


class VerifyState:
    """When segments of ``size`` and files of backups were found intact, and which were found damaged.

    ``started`` and ``finished`` are of the last run, with that ``selection``; ``finished`` is ``None`` while it runs,
    and after an interruption. ``high_water`` is of the last run that finished (``None``: none has). ``unparsed`` marks
    intact segments whose records could not be parsed with the major version whose programs were missing.
    """

    def __init__(self, size: SegmentSize) -> None:
        self.size = size
        self.started: datetime | None = None
        self.finished: datetime | None = None
        self.selection = ""
        self.high_water: HighWater | None = None
        self.verified: MarkedWal[datetime] = MarkedWal()
        self.unparsed: MarkedWal[int] = MarkedWal()
        self.files: dict[str, dict[str, datetime]] = {}
        self.damage = DamageRecord()

    def add_wal(self, segment_range: SegmentRange, *, moment: datetime) -> None:
        """Record that segments are intact."""
        self.remove_wal(segment_range)
        for name in [*self.damage.segments]:
            number = self._number(name)
            if timeline_of(name) == segment_range.timeline and segment_range.first <= number < segment_range.end:
                del self.damage.segments[name]
        self.verified.add(segment_range, mark=moment)

    def add_damaged_segment(self, name: str, *, moment: datetime, identity: FileIdentity | None) -> None:
        """Record that a segment can't be read; the next run reads it first."""
        number = self._number(name)
        self.remove_wal(SegmentRange(timeline_of(name), number, number + 1))
        self.damage.segments[name] = Damage(moment, identity)

    def damaged_wal(self, timeline: int) -> IntervalSet:
        """The numbers of the timeline's segments that were found damaged."""
        return IntervalSet.of(self._number(name) for name in self.damage.segments if timeline_of(name) == timeline)

    def add_unparsed(self, segment_range: SegmentRange, *, version: int) -> None:
        """Record that the records of intact segments could not be parsed without programs of this major version."""
        self.unparsed.add(segment_range, mark=version)

    def forget_unparsed(self, versions: Iterable[int]) -> None:
        """Forget segments whose records can be parsed now, with programs of these major versions."""
        present = frozenset(versions)
        for version, segment_range in list(self.unparsed.ranges()):
            if version in present:
                self.remove_wal(segment_range)

    def remove_wal(self, segment_range: SegmentRange) -> None:
        """Forget segments, so that the next run reads them first."""
        self.unparsed.remove(segment_range)
        self.verified.remove(segment_range)

    def wal_moments(self, timeline: int, intervals: IntervalSet) -> list[tuple[datetime | None, SegmentRange]]:
        """The segments as ranges that were verified at one time each (``None``: never)."""
        parts: list[tuple[datetime | None, IntervalSet]] = []
        known = IntervalSet()
        for moment, verified in self.verified.of_timeline(timeline).items():
            parts.append((moment, common(intervals, verified)))
            known = IntervalSet.joined([*known, *verified])
        parts.append((None, intervals.without(known)))
        return [(moment, SegmentRange(timeline, first, end)) for moment, part in parts for first, end in part]

    def add_file(self, label: str, *, name: str, moment: datetime) -> None:
        """Record that a backup's file is intact."""
        self.files.setdefault(label, {})[name] = moment
        self.damage.files.pop((label, name), None)

    def add_damaged_file(self, label: str, *, name: str, moment: datetime, identity: FileIdentity | None) -> None:
        """Record that a backup's file is damaged; the next run reads it first."""
        self.remove_file(label, name=name)
        self.damage.files[label, name] = Damage(moment, identity)

    def is_damaged_file(self, label: str, *, name: str) -> bool:
        """Whether a backup's file was found damaged."""
        return (label, name) in self.damage.files

    def remove_file(self, label: str, *, name: str) -> None:
        """Forget a backup's file."""
        self.files.get(label, {}).pop(name, None)

    def file_moment(self, label: str, *, name: str) -> datetime | None:
        """When a backup's file was last found intact; ``None``: never."""
        return self.files.get(label, {}).get(name)

    def keep_only(self, *, labels: Iterable[str], wal: Mapping[int, IntervalSet]) -> None:
        """Forget backups and segments that are no longer in the repository."""
        kept = frozenset(labels)
        self.files = {label: files for label, files in self.files.items() if label in kept}
        self.verified.keep_only(wal)
        self.unparsed.keep_only(wal)
        self.damage.keep_only(labels=kept, has_segment=StoredWal(wal, (), self.size).has)

    def _number(self, name: str) -> int:
        return segment_number(name, size_bytes=self.size.size_bytes)


__all__ = ("HighWater", "VerifyState")
