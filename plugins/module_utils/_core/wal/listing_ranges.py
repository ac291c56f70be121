# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which archived segments are there without a break, and which are missing between."""

from __future__ import annotations

from .interval_set import IntervalSet
from .listing import StoredWal
from .segment_range import SegmentRange, ranges_of


def stored_ranges(stored: StoredWal) -> tuple[SegmentRange, ...]:
    """The unbroken ranges of what is stored, by timeline and place."""
    return ranges_of(stored.runs)


def gaps_in(stored: StoredWal) -> tuple[SegmentRange, ...]:
    """The segments that are missing between stored ones of their timeline, and that retention did not remove."""
    return ranges_of(
        {
            timeline: IntervalSet.joined(runs.holes(runs.bounds[0], runs.bounds[-1])).without(
                stored.expired.get(timeline, IntervalSet())
            )
            for timeline, runs in stored.runs.items()
            if runs
        }
    )


__all__ = ("gaps_in", "stored_ranges")
