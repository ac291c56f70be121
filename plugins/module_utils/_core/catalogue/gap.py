# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Gaps: archived WAL that is missing or unreadable, and the windows that it separates."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from ..wal.archive import ArchivedWal
from ..wal.interval_set import IntervalSet
from ..wal.segment import Segment
from .window import Window

MISSING = "missing"
DAMAGED = "damaged"


@dataclass(frozen=True, order=True)
class Gap:
    """Segments of one timeline that are missing between archived ones, or damaged: names of the first and the last.

    ``ended`` has the indexes in the catalogue of the windows that end here, ``resumed`` that of the first one that
    begins after the gap (``None``: no window does, so nothing after the gap can be recovered).
    """

    first_segment: str
    last_segment: str
    reason: str = MISSING
    ended: tuple[int, ...] = field(default=(), compare=False)
    resumed: int | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Hole:
    """A range without readable WAL on the path to one timeline, as (timeline, first, end) of its parts.

    ``ended`` is the window that ends where it begins, ``following`` the first window after it.
    """

    parts: tuple[tuple[int, int, int], ...]
    ended: Window | None
    following: Window | None


def gaps_of(holes: Iterable[Hole], *, windows: tuple[Window, ...], wal: ArchivedWal) -> tuple[Gap, ...]:
    """The gaps that these holes make up, each once although many recovery paths may lead through it."""
    ends = {(each.start, each.end, each.timeline): place for place, each in enumerate(windows)}
    begins = {(each.start, each.backup): place for place, each in reversed(tuple(enumerate(windows)))}
    found: dict[tuple[int, str, int, int], Gap] = {}
    for hole in holes:
        ended = ends.get((hole.ended.start, hole.ended.end, hole.ended.timeline)) if hole.ended else None
        resumed = begins.get((hole.following.start, hole.following.backup)) if hole.following else None
        for timeline, reason, first, end in _pieces(hole, wal):
            key = (timeline, reason, first, end)
            before = found.get(key) or _gap(timeline, reason, first, end, wal=wal)
            found[key] = _joined(before, ended=() if ended is None else (ended,), resumed=resumed)
    return tuple(sorted(_without_parts(found)))


def _pieces(hole: Hole, wal: ArchivedWal) -> Iterator[tuple[int, str, int, int]]:
    for timeline, first, end in hole.parts:
        damaged = wal.damaged.get(timeline, IntervalSet())
        for part in damaged.between(first, end):
            yield (timeline, DAMAGED, *part)
        expired = wal.expired.get(timeline, IntervalSet())
        for part in IntervalSet.joined(damaged.holes(first, end)).without(expired):
            yield (timeline, MISSING, *part)


def _gap(timeline: int, reason: str, first: int, end: int, *, wal: ArchivedWal) -> Gap:
    return Gap(str(Segment(timeline, first, wal.size)), str(Segment(timeline, end - 1, wal.size)), reason)


def _joined(gap: Gap, *, ended: tuple[int, ...], resumed: int | None) -> Gap:
    following = [place for place in (gap.resumed, resumed) if place is not None]
    return replace(gap, ended=tuple(sorted({*gap.ended, *ended})), resumed=min(following, default=None))


def _without_parts(found: dict[tuple[int, str, int, int], Gap]) -> Iterator[Gap]:
    """Gaps without those that are the beginning of a longer one because their path leaves the timeline earlier."""
    longer: Gap | None = None
    reach = (0, "", 0)
    for (timeline, reason, _first, end), gap in sorted(found.items(), key=lambda item: (item[0][:3], -item[0][3])):
        if longer is not None and reach[:2] == (timeline, reason) and end <= reach[2]:
            longer = _joined(longer, ended=gap.ended, resumed=gap.resumed)
            continue
        if longer is not None:
            yield longer
        longer, reach = gap, (timeline, reason, end)
    if longer is not None:
        yield longer


__all__ = ("DAMAGED", "MISSING", "Gap", "Hole", "gaps_of")
