# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which WAL a verification looks at: all that its backups, and every window from them, need."""

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
    """Needed segments by timeline: those that are archived, and those that are not."""

    present: Mapping[int, IntervalSet]
    missing: Mapping[int, IntervalSet]

    @property
    def count(self) -> int:
        """How many segments are needed and archived."""
        return sum(runs.count for runs in self.present.values())

    def lacks(self, *, timeline: int, number: int) -> bool:
        """Whether this segment is needed and not archived."""
        return number in self.missing.get(timeline, IntervalSet())

    def gaps(self) -> tuple[SegmentRange, ...]:
        """The stretches that are missing."""
        return ranges_of(self.missing)


def required_wal(backups: Sequence[Backup], *, wal: ArchivedWal) -> RequiredWal:
    """What recovery from any of these backups may read.

    From each backup's start to the last archived segment of every timeline that can be reached from it, and at least
    to the backup's own end.
    """
    needed, own = _needed(backups, wal=wal), _own(backups, wal=wal)
    present, missing = {}, {}
    for timeline, runs in needed.items():
        there = wal.runs.get(timeline, IntervalSet())
        present[timeline] = common(runs, there)
        # Retention may remove what lies between backups, and nothing that a backup itself needs.
        wanted = runs.without(wal.expired.get(timeline, IntervalSet()))
        missing[timeline] = IntervalSet.joined([*wanted, *own.get(timeline, IntervalSet())]).without(there)
    return RequiredWal(present, missing)


def _own(backups: Sequence[Backup], *, wal: ArchivedWal) -> dict[int, IntervalSet]:
    """What the backups need to become consistent."""
    return intervals_by_timeline(
        SegmentRange(*part)
        for each in backups
        for part in wal.stretches(each.timeline, first=each.first_segment.number, end=each.last_segment.number + 1)
    )


def _needed(backups: Sequence[Backup], *, wal: ArchivedWal) -> dict[int, IntervalSet]:
    reached = {timeline: last for timeline, runs in wal.runs.items() if (last := runs.last) is not None}
    for backup in backups:
        reached[backup.timeline] = max(reached.get(backup.timeline, 0), backup.last_segment.number)
    index = BackupIndex(backups, size=wal.size)
    pairs: dict[int, list[tuple[int, int]]] = {}
    for timeline, last in reached.items():
        first = index.first_needed(wal.history(timeline))
        if first is not None:
            for part, start, end in wal.stretches(timeline, first=first, end=last + 1):
                pairs.setdefault(part, []).append((start, end))
    return {timeline: IntervalSet.joined(found) for timeline, found in pairs.items()}


__all__ = ("RequiredWal", "required_wal")
