# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The WAL that retention keeps."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..catalogue.record import Backup
from ..wal.interval_set import IntervalSet
from .promised_window import PromisedWindow
from .stock import Stock

# Greater than any segment number: positions have 64 bits, and segments at least 1 MiB.
_END = 1 << 45


def kept_wal(
    stock: Stock, *, window: PromisedWindow | None, kept: Iterable[Backup], open_ended: Iterable[Backup]
) -> dict[int, IntervalSet]:
    """The numbers of the segments to keep, by timeline, including those that are not archived yet.

    For each kept backup, the segments that make it consistent. Where the window on a timeline starts with a backup,
    everything from its start on along the path to that timeline; for ``open_ended`` backups the same on the path to
    each timeline. Everything of a relevant timeline that no backup leads to yet. Without a window all WAL.
    """
    if window is None:
        return {timeline: IntervalSet((0, _END)) for timeline in stock.timelines}
    pairs: dict[int, list[tuple[int, int]]] = {}
    for backup in kept:
        own = (backup.first_segment.number, backup.last_segment.number + 1)
        pairs.setdefault(backup.timeline, []).append(own)
    paths = [(timeline, backup) for timeline, backup in window.begins.items() if backup is not None]
    paths += [(timeline, each) for each in open_ended for timeline in _timelines_reached_from(stock, each)]
    for timeline, backup in paths:
        for part, first, end in _path_parts(stock, timeline, first=backup.first_segment.number):
            pairs.setdefault(part, []).append((first, end))
    for timeline in (each for each, backup in window.begins.items() if backup is None):
        pairs.setdefault(timeline, []).append((0, _END))
    if any(not _has_before(stock, label) for label in stock.damaged):
        # What the unreadable backup needs is unknown, and no earlier backup limits where that may begin.
        pairs.update({timeline: [(0, _END)] for timeline in stock.timelines})
    return {timeline: IntervalSet.joined(found) for timeline, found in pairs.items()}


def _has_before(stock: Stock, label: str) -> bool:
    return any(backup.label < label for backup in stock.restorable)


def _timelines_reached_from(stock: Stock, backup: Backup) -> Iterator[int]:
    for timeline in stock.timelines:
        if stock.wal.history(timeline).reaches(backup.stop_lsn, timeline=backup.timeline):
            yield timeline


def _path_parts(stock: Stock, timeline: int, *, first: int) -> Iterator[tuple[int, int, int]]:
    """What recovery to the timeline may read from the number ``first`` on: (timeline, first, end) of each part.

    A segment that contains a switch is kept on both timelines: until the successor's is archived, the other has its
    part.
    """
    size = stock.wal.size
    for switch in stock.wal.history(timeline).ancestors:
        border = size.number_at(switch.lsn)
        if first <= border:
            yield switch.timeline, first, border + 1
            first = border
    yield timeline, first, _END


__all__ = ("kept_wal",)
