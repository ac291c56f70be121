# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Timelines whose history files are missing or damaged."""

from __future__ import annotations

from collections.abc import Mapping

from .archive import ArchivedWal
from .timeline import TimelineHistory


def history_faults(wal: ArchivedWal, *, damaged: Mapping[int, str]) -> dict[int, str]:
    """The problems with the histories of the archive's timelines: by timeline, a sentence.

    ``damaged`` has the reasons why histories can't be read, by timeline.
    """
    faults = {}
    for timeline in sorted({*wal.intervals, *damaged}):
        name = TimelineHistory(timeline).file_name
        if timeline in damaged:
            faults[timeline] = f"the history '{name}' can't be read: {damaged[timeline]}"
        elif not wal.knows(timeline):
            faults[timeline] = f"the history '{name}' is missing, although WAL of timeline {timeline} is there"
    return faults


def history_asked_for(wal: ArchivedWal, *, first: int, last: int, faults: Mapping[int, str]) -> int | None:
    """The first timeline with a fault among those whose histories a recovery reads; ``None`` without one.

    Recovery from a backup on timeline ``first`` to timeline ``last`` reads all in between, and then one after the other
    until one is missing, to choose the number of the new timeline. Source: PostgreSQL, ``restoreTimeLineHistoryFiles``
    and ``findNewestTimeLine`` in ``src/backend/access/transam/timeline.c``.
    """
    found = min((timeline for timeline in faults if timeline >= first), default=None)
    if found is None or found <= last:
        return found
    # One by one only where there are histories: numbers of timelines have 32 bits.
    following = max(first, last + 1)
    while following in wal.histories and following not in faults:
        following += 1
    return following if following in faults else None


__all__ = ("history_asked_for", "history_faults")
