# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A repository behind the first of several: what it lacks of the WAL that the first one has."""

from __future__ import annotations

from dataclasses import dataclass

from ..catalogue.window import Window
from ..wal.interval_set import IntervalSet
from ..wal.listing import StoredWal
from ..wal.segment import Segment
from .push_failure import PushFailure

# What is on its way while the two are listed.
_UNDER_WAY = 2


@dataclass(frozen=True)
class OtherRepository:
    """By ``name``; ``lacking_count`` segments, ``first_lacking`` the oldest, are in the first one and not in it.

    ``None``: that is not known, because of ``error`` or because the first one could not be read. What its own retention
    has removed does not count. ``failure`` is the last of storing there, of one that is not required. ``backup_count``
    counts its own backups (``None``: not known), ``window`` is the one that ends last of those that it has alone.
    """

    name: str
    is_required: bool = True
    lacking_count: int | None = None
    first_lacking: str | None = None
    failure: PushFailure | None = None
    error: str | None = None
    backup_count: int | None = None
    window: Window | None = None

    @property
    def is_behind(self) -> bool:
        """Whether it lacks more than what may be on its way."""
        return (self.lacking_count or 0) > _UNDER_WAY

    @classmethod
    def compared(
        cls, name: str, *, is_required: bool, first: StoredWal, own: StoredWal, failure: PushFailure | None = None
    ) -> OtherRepository:
        """By what both have."""
        count, oldest = 0, None
        for timeline, intervals in sorted(first.intervals.items()):
            there = (found.get(timeline, IntervalSet()) for found in (own.intervals, own.expired))
            lacking = intervals
            for each in there:
                lacking = lacking.without(each)
            if lacking and oldest is None:
                oldest = str(Segment(timeline, lacking.bounds[0], first.size))
            count += lacking.count
        return cls(name, is_required, count, oldest, failure)


__all__ = ("OtherRepository",)
