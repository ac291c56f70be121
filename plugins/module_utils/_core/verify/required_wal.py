# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The WAL that a verification covers: all that its backups and the windows from them need."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..catalogue.backup_index import BackupIndex
from ..catalogue.record import Backup
from ..wal.archive import ArchivedWal
from ..wal.interval_set import IntervalSet
from ..wal.segment_range import SegmentRange, common, intervals_by_timeline, ranges_of


@dataclass(frozen=True)
class RequiredWal:
    """Required segments by timeline: those that are archived, and those that are missing."""

    present: Mapping[int, IntervalSet]
    missing: Mapping[int, IntervalSet]

    @property
    def count(self) -> int:
        """The count of required segments that are archived."""
        return sum(intervals.count for intervals in self.present.values())

    def lacks(self, *, timeline: int, number: int) -> bool:
        """Whether this segment is required and missing."""
        return number in self.missing.get(timeline, IntervalSet())

    def gaps(self) -> tuple[SegmentRange, ...]:
        """The missing ranges."""
        return ranges_of(self.missing)


def required_wal(backups: Sequence[Backup], *, wal: ArchivedWal) -> RequiredWal:
    """The segments that recovery from any of these backups may read.

    From each backup's start to the last archived segment of every timeline that can be reached from it, and at least to
    the backup's own end.
    """
    needed, own = _needed(backups, wal=wal), _own(backups, wal=wal)
    present, missing = {}, {}
    for timeline, intervals in needed.items():
        there = wal.intervals.get(timeline, IntervalSet())
        present[timeline] = common(intervals, there)
        # Retention may remove WAL between backups, but none that a backup itself needs.
        wanted = intervals.without(wal.expired.get(timeline, IntervalSet()))
        missing[timeline] = IntervalSet.joined([*wanted, *own.get(timeline, IntervalSet())]).without(there)
    return RequiredWal(present, missing)


def _own(backups: Sequence[Backup], *, wal: ArchivedWal) -> dict[int, IntervalSet]:
    """The segments that the backups need to become consistent."""
    return intervals_by_timeline(
        SegmentRange(*part)
        for each in backups
        for part in wal.path_parts(each.timeline, first=each.first_segment.number, end=each.last_segment.number + 1)
    )


def _needed(backups: Sequence[Backup], *, wal: ArchivedWal) -> dict[int, IntervalSet]:
    reached = {timeline: last for timeline, intervals in wal.intervals.items() if (last := intervals.last) is not None}
    for backup in backups:
        reached[backup.timeline] = max(reached.get(backup.timeline, 0), backup.last_segment.number)
    index = BackupIndex(backups, size=wal.size)
    pairs: dict[int, list[tuple[int, int]]] = {}
    for timeline, last in reached.items():
        first = index.first_needed(wal.history(timeline))
        if first is not None:
            for part, start, end in wal.path_parts(timeline, first=first, end=last + 1):
                pairs.setdefault(part, []).append((start, end))
    return {timeline: IntervalSet.joined(found) for timeline, found in pairs.items()}


__all__ = ("RequiredWal", "required_wal")
