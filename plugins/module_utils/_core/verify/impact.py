# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The impact of damage: which backups can't be restored, and where recovery ends."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..catalogue.record import Backup
from ..wal.archive import ArchivedWal
from ..wal.segment_range import SegmentRange
from .finding import Impact


def backup_impact(label: str, *, backups: Iterable[Backup]) -> Impact:
    """The impact of an unusable backup: the backup itself, and all that build on it."""
    lost = [label]
    children: dict[str | None, list[str]] = {}
    for backup in backups:
        children.setdefault(backup.parent, []).append(backup.label)
    for each in lost:
        lost += [child for child in children.get(each, []) if child not in lost]
    return Impact(unusable=tuple(lost))


def segment_impact(lost: SegmentRange, *, backups: Sequence[Backup], wal: ArchivedWal) -> Impact:
    """The impact of unreadable segments; ``backups`` are given oldest first."""
    # Descendants of the timeline read the segments, too, unless they left it before them.
    paths = [
        wal.history(timeline)
        for timeline in {*wal.timelines(), lost.timeline}
        if _is_on_way(lost, timeline=timeline, first=lost.first, end=lost.end, wal=wal)
    ]
    leading = [each for each in backups if any(path.reaches(each.stop_lsn, timeline=each.timeline) for path in paths)]
    before = [each for each in leading if each.last_segment.number < lost.first]
    after = [each for each in leading if each.first_segment.number >= lost.end]
    return Impact(
        unusable=tuple(each.label for each in leading if _needs(each, lost, wal=wal)),
        from_backup=before[-1].label if before else None,
        ends_at=str(wal.size.start_of(lost.first)) if before else None,
        resumes_with=after[0].label if after else None,
    )


def _needs(backup: Backup, lost: SegmentRange, *, wal: ArchivedWal) -> bool:
    first, end = backup.first_segment.number, backup.last_segment.number + 1
    return _is_on_way(lost, timeline=backup.timeline, first=first, end=end, wal=wal)


def _is_on_way(lost: SegmentRange, *, timeline: int, first: int, end: int, wal: ArchivedWal) -> bool:
    """Whether recovery to a timeline, over these segment numbers, reads any of the lost segments."""
    return any(
        part == lost.timeline and part_first < lost.end and lost.first < part_end
        for part, part_first, part_end in wal.path_parts(timeline, first=first, end=end)
    )


__all__ = ("backup_impact", "segment_impact")
