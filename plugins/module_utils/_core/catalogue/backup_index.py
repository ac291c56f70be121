# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An index of backups by timeline, to find those for a position in the WAL without a search through all."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from itertools import accumulate

from ..wal.segment import SegmentSize
from ..wal.timeline import TimelineHistory
from .record import Backup


class BackupIndex:
    """The backups of each timeline, ordered by their ends."""

    def __init__(self, backups: Iterable[Backup], *, size: SegmentSize) -> None:
        self._size_bytes = size.size_bytes
        self._backups: dict[int, list[Backup]] = {}
        for backup in sorted(backups, key=lambda each: (each.stop_lsn.value, each.label)):
            self._backups.setdefault(backup.timeline, []).append(backup)
        self._stops = {timeline: [each.stop_lsn.value for each in found] for timeline, found in self._backups.items()}
        self._lowest = {
            timeline: list(accumulate((self._first_number(each) for each in found), min))
            for timeline, found in self._backups.items()
        }

    def __bool__(self) -> bool:
        return bool(self._backups)

    def first_needed(self, history: TimelineHistory) -> int | None:
        """The first segment number that any backup on the path to a timeline needs; ``None`` without such a backup."""
        found = (self._lowest[timeline][count - 1] for timeline, count in self._leading(history))
        return min(found, default=None)

    def earliest(self, history: TimelineHistory, *, first: int, end: int) -> Backup | None:
        """The backup that ends first of those on the path to a timeline whose WAL is in ``first`` to ``end - 1``."""
        found = (
            self._earliest_of(timeline, count=count, first=first, end=end) for timeline, count in self._leading(history)
        )
        known = [backup for backup in found if backup is not None]
        return min(known, key=lambda each: each.stop_lsn.value, default=None)

    def _leading(self, history: TimelineHistory) -> Iterator[tuple[int, int]]:
        """Each timeline on the path that has backups, and how many of them are on the path."""
        for switch in history.ancestors:
            count = bisect_right(self._stops.get(switch.timeline, ()), switch.lsn.value)
            if count:
                yield switch.timeline, count
        if history.timeline in self._stops:
            yield history.timeline, len(self._stops[history.timeline])

    def _earliest_of(self, timeline: int, *, count: int, first: int, end: int) -> Backup | None:
        start_lsn, end_lsn = first * self._size_bytes, end * self._size_bytes
        place = bisect_left(self._stops[timeline], start_lsn, 0, count)
        while place < count and self._stops[timeline][place] <= end_lsn:
            backup = self._backups[timeline][place]
            # Backups that began before the interval are skipped; there are few.
            if self._first_number(backup) >= first:
                return backup
            place += 1
        return None

    def _first_number(self, backup: Backup) -> int:
        return backup.start_lsn.value // self._size_bytes


__all__ = ("BackupIndex",)
