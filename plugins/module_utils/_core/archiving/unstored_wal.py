# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Segments that only a server's own pg_wal has, although the repository should have them.

A standby marks what it streams as archived, because its primary archives that. Where the primary could not before it
died, the standby that is promoted instead never archives those segments, and removes them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..wal.file_name import SEGMENT, wal_file_kind
from ..wal.interval_set import IntervalSet
from ..wal.listing import StoredWal
from ..wal.segment import Segment
from ..wal.timeline import TimelineHistory
from ..wording import count_text


def unstored_segments(names: Iterable[str], *, history: TimelineHistory, stored: StoredWal) -> tuple[str, ...]:
    """Those of the names that are segments of this history and that the repository never had, in order.

    Before the first segment that it has, or had before retention, nothing is missing.
    """
    first = _first_number(stored, history=history)
    if first is None:
        return ()
    found = []
    for name in names:
        if wal_file_kind(name) != SEGMENT or stored.has(name):
            continue
        segment = Segment.parse(name, size=stored.size)
        is_expired = segment.number in stored.expired.get(segment.timeline, IntervalSet())
        if segment.number >= first and not is_expired and _is_read(segment, history=history):
            found.append(name)
    return tuple(sorted(found))


def without_current(names: Iterable[str], *, timeline: int) -> tuple[str, ...]:
    """All but the last of the timeline, which the server still writes."""
    ordered = sorted(names)
    own = [name for name in ordered if int(name[:8], 16) == timeline]
    return tuple(name for name in ordered if name not in own[-1:])


def unstored_sentence(names: Sequence[str], *, data_directory: str) -> str:
    """What to do about such segments."""
    span, verb = (names[0], "is") if len(names) == 1 else (f"{names[0]} to {names[-1]}", "are")
    count = count_text(len(names), "WAL segment")
    return (
        f"{count} ({span}) {verb} only in '{data_directory}/pg_wal': a server does not archive what it streamed as a"
        " standby. Run the playbook 'archive' or 'backup', which store it, before the server removes it"
    )


def _is_read(segment: Segment, *, history: TimelineHistory) -> bool:
    """Whether a recovery along the history reads this segment; of a number that two timelines have, the later one."""
    return history.segment_at(segment.number, size=segment.size) == segment


def _first_number(stored: StoredWal, *, history: TimelineHistory) -> int | None:
    """The first segment that the repository has of this history, or had before retention."""
    every = (
        intervals.bounds[0]
        for kind in (stored.intervals, stored.expired)
        for timeline, intervals in kind.items()
        if intervals and history.contains(timeline)
    )
    return min(every, default=None)


__all__ = ("unstored_segments", "unstored_sentence", "without_current")
