# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The continuous ranges of archived segments, and the gaps between them."""

from __future__ import annotations

from .interval_set import IntervalSet
from .listing import StoredWal
from .segment_range import SegmentRange, ranges_of


def stored_ranges(stored: StoredWal) -> tuple[SegmentRange, ...]:
    """The continuous ranges of the stored segments, in order."""
    return ranges_of(stored.intervals)


def gaps_in(stored: StoredWal) -> tuple[SegmentRange, ...]:
    """The ranges missing between stored segments of one timeline, without those that retention removed."""
    return ranges_of(
        {
            timeline: IntervalSet.joined(intervals.holes(intervals.bounds[0], intervals.bounds[-1])).without(
                stored.expired.get(timeline, IntervalSet())
            )
            for timeline, intervals in stored.intervals.items()
            if intervals
        }
    )


__all__ = ("gaps_in", "stored_ranges")
