# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""On which timeline a recovery target is meant, when the user named none."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ..errors import PitrError
from ..wal.lsn import Lsn
from .recovery_target import IMMEDIATE, LATEST, TIME, RecoveryTarget
from .refusals import may_lie_elsewhere, younger_timeline
from .search import StopPoint, TargetSearch


@dataclass(frozen=True)
class TimelineSelection:
    """Where the recovery goes, always by a timeline's number, and remarks on how it was chosen."""

    stop: StopPoint
    notes: tuple[str, ...] = ()


def select_timeline(search: TargetSearch, target: RecoveryTarget, *, current: int) -> TimelineSelection:
    """The target's stop point and timeline; where several are possible, the path to the ``current`` one wins.

    Raises the error of the current timeline when the target lies on none, and Refused (``timeline-ambiguous``) where
    the end of the WAL may be meant on a younger one.
    """
    if target.kind == LATEST:
        _check_youngest(search, current=current)
    if target.kind in (LATEST, IMMEDIATE):
        return TimelineSelection(search.on(current, target))
    others = [timeline for timeline in reversed(search.wal.timelines()) if timeline != current]
    try:
        stop = search.on(current, target)
    except PitrError as error:
        if not may_lie_elsewhere(error):
            raise
        return _elsewhere(search, target, current=current, others=others, error=error)
    if target.kind == TIME and not _is_on_own_part(search, stop):
        return _by_time(search, target, stop, others=others)
    notes = _also_elsewhere(search, target, current=current, others=others)
    return TimelineSelection(_on_ancestor(search, target, stop), notes)


def _check_youngest(search: TargetSearch, *, current: int) -> None:
    """Return when no timeline goes on from the current one.

    One that does is production's after a failover, and what was given up after a rollback that could not begin a new
    one. Nothing tells these apart, and the wrong one loses what was committed.
    """
    younger = [
        (timeline, switch)
        for timeline in search.wal.timelines()
        for switch in (search.wal.history(timeline).switch_from(current),)
        if switch is not None
    ]
    if younger:
        raise younger_timeline(*younger[-1], current=current)


def _elsewhere(
    search: TargetSearch, target: RecoveryTarget, *, current: int, others: list[int], error: PitrError
) -> TimelineSelection:
    is_earlier = _is_before(search, target, timeline=current)
    for timeline in others:
        stop = _try(search, target, timeline=timeline)
        if stop is not None and (target.kind != TIME or is_earlier or _is_alive(search, stop, current=current)):
            note = f"the target lies on timeline {timeline}, which the cluster left"
            return TimelineSelection(_on_ancestor(search, target, stop), (note,))
    raise error


def _is_before(search: TargetSearch, target: RecoveryTarget, *, timeline: int) -> bool:
    """Whether the target is a moment at which the timeline did not exist yet, and so cannot lie on it."""
    if target.moment is None:
        return False
    began = search.began(timeline)
    return began is not None and target.moment < began


def _by_time(search: TargetSearch, target: RecoveryTarget, stop: StopPoint, *, others: list[int]) -> TimelineSelection:
    """The moment lies before the first commit of the current timeline itself."""
    current = stop.timeline
    written_on = search.wal.history(current).timeline_at(_leaves_at(stop))
    same = _try(search, target, timeline=written_on) if written_on != current else None
    if same is not None and same.before == stop.before:
        # Up to here both ways are one, and the ancestor's own number needs nothing of its successors.
        return TimelineSelection(same)
    for timeline in others:
        other = _try(search, target, timeline=timeline)
        if other is not None and _is_alive(search, other, current=current):
            note = f"at that moment timeline {timeline} was current, which the cluster left later"
            return TimelineSelection(other, (note,))
    return TimelineSelection(_on_ancestor(search, target, stop))


def _leaves_at(stop: StopPoint) -> Lsn:
    """The last record that surely belongs to the wanted state."""
    return stop.before.lsn if stop.before is not None else stop.backup.stop_lsn


def _also_elsewhere(
    search: TargetSearch, target: RecoveryTarget, *, current: int, others: list[int]
) -> tuple[str, ...]:
    """Remarks on timelines beside the current one's way that have the target too."""
    found = [
        str(timeline)
        for timeline in others
        for stop in (_try(search, target, timeline=timeline),)
        if stop is not None and _is_alive(search, stop, current=current)
    ]
    if not found:
        return ()
    return (
        f"timeline {', '.join(sorted(found))} has this target too; the cluster's own is meant "
        "(pitr_restore_target_timeline chooses another)",
    )


def _on_ancestor(search: TargetSearch, target: RecoveryTarget, stop: StopPoint) -> StopPoint:
    """The same point by the number of the timeline that it was written on, which may be an ancestor's."""
    written_on = search.wal.history(stop.timeline).timeline_at(stop.lsn)
    if written_on == stop.timeline:
        return stop
    found = _try(search, target, timeline=written_on)
    if found is None or found.lsn != stop.lsn:
        return stop
    return replace(found, timeline=written_on)


def _is_on_own_part(search: TargetSearch, stop: StopPoint) -> bool:
    return stop.before is not None and _is_own(search, stop.before.lsn, timeline=stop.timeline)


def _is_own(search: TargetSearch, lsn: Lsn, *, timeline: int) -> bool:
    return search.wal.history(timeline).timeline_at(lsn) == timeline


def _is_alive(search: TargetSearch, stop: StopPoint, *, current: int) -> bool:
    """Whether the point lies between two ends of transactions that the path to ``current`` does not have."""
    if stop.before is None or not _is_own(search, stop.before.lsn, timeline=stop.timeline):
        # A restore point or position may be the only thing on its branch; a moment needs a commit there before it.
        return stop.backup.timeline == stop.timeline and _is_off(
            search, stop.lsn, timeline=stop.timeline, current=current
        )
    return _is_off(search, stop.before.lsn, timeline=stop.timeline, current=current)


def _is_off(search: TargetSearch, lsn: Lsn, *, timeline: int, current: int) -> bool:
    history = search.wal.history(current)
    if not history.contains(timeline):
        return True
    switch = history.switch_from(timeline)
    return switch is not None and lsn >= switch


def _try(search: TargetSearch, target: RecoveryTarget, *, timeline: int) -> StopPoint | None:
    try:
        return search.on(timeline, target)
    except PitrError:
        return None


__all__ = ("TimelineSelection", "select_timeline")
