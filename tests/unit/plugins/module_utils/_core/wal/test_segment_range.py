# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import InvalidInput
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.segment import SegmentSize
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.segment_range import (
    SegmentRange,
    intervals_by_timeline,
    ranges_of,
)

SIZE = SegmentSize(16 * 1024 * 1024)


def test_names_and_numbers() -> None:
    segment_range = SegmentRange.named("0000000200000001000000FE", "000000020000000200000001", size=SIZE)

    assert segment_range == SegmentRange(2, 510, 514)
    assert (segment_range.first_name(SIZE), segment_range.last_name(SIZE)) == (
        "0000000200000001000000FE",
        "000000020000000200000001",
    )
    assert segment_range.count == 4
    with pytest.raises(InvalidInput):
        SegmentRange.named("x", "y", size=SIZE)


@pytest.mark.parametrize(
    ("first", "end", "count", "expected"),
    [
        pytest.param(3, 4, 8, [(3, 4)], id="one"),
        pytest.param(3, 20, 8, [(3, 8), (8, 16), (16, 20)], id="blocks begin at multiples"),
        pytest.param(8, 16, 8, [(8, 16)], id="a whole block"),
        pytest.param(5, 8, 1, [(5, 6), (6, 7), (7, 8)], id="single segments"),
    ],
)
def test_blocks(first: int, end: int, count: int, expected: list[tuple[int, int]]) -> None:
    assert [(each.first, each.end) for each in SegmentRange(1, first, end).blocks(count)] == expected


def test_runs_join_what_touches() -> None:
    intervals = intervals_by_timeline(
        [SegmentRange(2, 5, 6), SegmentRange(1, 3, 5), SegmentRange(1, 1, 3), SegmentRange(1, 9, 10)]
    )

    assert ranges_of(intervals) == (SegmentRange(1, 1, 5), SegmentRange(1, 9, 10), SegmentRange(2, 5, 6))
