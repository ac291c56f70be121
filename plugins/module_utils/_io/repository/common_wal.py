# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the WAL that two repositories both have is that of one history, before what either has is put together.

Histories that have parted do not meet again: where the last segment that both have is the same, all before it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..._core.errors import PitrError, Refused
from ..._core.wal.file_name import segment_name
from ..._core.wal.interval_set import IntervalSet
from ..._core.wal.listing import StoredWal
from ..._core.wal.segment import Segment
from ..._core.wal.segment_range import SegmentRange, common
from ..._core.wal.switch_in_segment import switch_offsets
from ..storage.port import Storage
from ..wal.divergence import stored_histories
from .same_history import check_segment

# So many are tried where some are damaged, which says nothing.
_TRIES = 3


def whole_timelines(stored: StoredWal) -> tuple[SegmentRange, ...]:
    """All that a listing has of each timeline, and what lies between."""
    return tuple(SegmentRange(number, 0, each.bounds[-1]) for number, each in stored.intervals.items() if each)


def check_common_wal(
    one: tuple[Storage, StoredWal], other: tuple[Storage, StoredWal], *, ranges: Iterable[SegmentRange]
) -> None:
    """Return when nothing speaks against taking these ranges from both. Raises Refused (``repositories-differ``).

    Compared are the last segment of a range that both have, and, where that is not the end of the range, the next one
    behind it.
    """
    storages = (one[0], other[0])
    for each in ranges:
        both = common(*(listed.intervals.get(each.timeline, IntervalSet()) for _storage, listed in (one, other)))
        if each.end - 1 not in both:
            behind = both.next_from(each.end)
            if behind is not None:
                _check(storages, one[1], SegmentRange(each.timeline, behind, behind + 1))
        for first, end in reversed(list(both.between(each.first, each.end))):
            if _check(storages, one[1], SegmentRange(each.timeline, max(first, end - _TRIES), end)):
                break


def _check(storages: tuple[Storage, Storage], listed: StoredWal, tried: SegmentRange) -> bool:
    """Whether one of these segments is the same in both, the newest first."""
    for number in reversed(range(tried.first, tried.end)):
        try:
            name = segment_name(number, timeline=tried.timeline, size_bytes=listed.size.size_bytes)
            if check_segment(*storages, name=name):
                return True
        except Refused:
            # What follows a switch is whole in the new timeline's segment, and is anybody's in this one. Histories are
            # read only here: there may be many, each a question to another host.
            if not any(_leave_in(storages, Segment(tried.timeline, number, listed.size))):
                raise
        except (PitrError, OSError):
            continue
    return False


def _leave_in(storages: Iterable[Storage], segment: Segment) -> Iterator[bool]:
    for storage in storages:
        yield bool(switch_offsets(stored_histories(storage, later_than=segment.timeline), segment=segment))


__all__ = ("check_common_wal", "whole_timelines")
