# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which WAL retention keeps."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..catalogue.record import Backup
from ..wal.interval_set import IntervalSet
from .promised_window import PromisedWindow
from .stock import Stock

# Behind every number that a segment can have: positions have 64 bits, and segments at least 1 MiB.
_END = 1 << 45


def kept_wal(
    stock: Stock, *, window: PromisedWindow | None, kept: Iterable[Backup], open_ended: Iterable[Backup]
) -> dict[int, IntervalSet]:
    """The numbers of the segments that stay, by timeline; those not archived yet are among them.

    Each kept backup keeps what makes it consistent. Where a backup begins the window on a timeline, everything stays
    from its beginning on, along the way to that timeline; ``open_ended`` backups keep this on the way to each timeline.
    A timeline that matters and to which no backup leads yet keeps everything. Without a window all WAL stays.
    """
    if window is None:
        return {timeline: IntervalSet((0, _END)) for timeline in stock.timelines}
    pairs: dict[int, list[tuple[int, int]]] = {}
    for backup in kept:
        own = (backup.first_segment.number, backup.last_segment.number + 1)
        pairs.setdefault(backup.timeline, []).append(own)
    ways = [(timeline, backup) for timeline, backup in window.begins.items() if backup is not None]
    ways += [(timeline, each) for each in open_ended for timeline in _timelines_behind(stock, each)]
    for timeline, backup in ways:
        for part, first, end in _way(stock, timeline, first=backup.first_segment.number):
            pairs.setdefault(part, []).append((first, end))
    for timeline in (each for each, backup in window.begins.items() if backup is None):
        pairs.setdefault(timeline, []).append((0, _END))
    if any(not _has_before(stock, label) for label in stock.damaged):
        # What the unreadable record needs can't be told, and no backup before it says where that may begin.
        pairs.update({timeline: [(0, _END)] for timeline in stock.timelines})
    return {timeline: IntervalSet.joined(found) for timeline, found in pairs.items()}


def _has_before(stock: Stock, label: str) -> bool:
    return any(backup.label < label for backup in stock.restorable)


def _timelines_behind(stock: Stock, backup: Backup) -> Iterator[int]:
    for timeline in stock.timelines:
        if stock.wal.history(timeline).reaches(backup.stop_lsn, timeline=backup.timeline):
            yield timeline


def _way(stock: Stock, timeline: int, *, first: int) -> Iterator[tuple[int, int, int]]:
    """What recovery towards the timeline may read from the number ``first`` on: (timeline, first, end) of each part.

    A segment that holds a switch stays on both timelines: before the successor's is archived, the other has its part.
    """
    size = stock.wal.size
    for switch in stock.wal.history(timeline).ancestors:
        border = size.number_at(switch.lsn)
        if first <= border:
            yield switch.timeline, first, border + 1
            first = border
    yield timeline, first, _END


__all__ = ("kept_wal",)
