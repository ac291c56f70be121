# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.interval_set import IntervalSet
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.listing import StoredWal
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.listing_ranges import gaps_in, stored_ranges
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.segment import SegmentSize

SIZE = SegmentSize(16 << 20)


def named(timeline: int, log: int, segment: int) -> str:
    return f"{timeline:08X}{log:08X}{segment:08X}"


@pytest.mark.parametrize(
    ("names", "ranges", "gaps"),
    [
        pytest.param([], [], [], id="nothing"),
        pytest.param([named(1, 0, 3)], [(3, 3)], [], id="one"),
        pytest.param([named(1, 0, 4), named(1, 0, 3), named(1, 0, 3)], [(3, 4)], [], id="any order, twice"),
        pytest.param([named(1, 0, 0xFF), named(1, 1, 0)], [(255, 256)], [], id="across logs"),
        pytest.param([named(1, 0, 1), named(1, 0, 5)], [(1, 1), (5, 5)], [(2, 4)], id="three missing"),
        pytest.param([named(1, 0, 1), named(2, 0, 5)], [(1, 1), (5, 5)], [], id="another timeline is no gap"),
        pytest.param(
            [named(1, 0, 1), "00000002.history", named(1, 0, 3) + ".partial", named(1, 0, 2) + ".00000028.backup"],
            [(1, 1)],
            [],
            id="other files do not count",
        ),
    ],
)
def test_stretches_and_what_is_missing_between(
    names: list[str], ranges: list[tuple[int, int]], gaps: list[tuple[int, int]]
) -> None:
    stored = StoredWal.of(names, size=SIZE)
    assert [(one.first, one.end - 1) for one in stored_ranges(stored)] == ranges
    assert [(one.first, one.end - 1) for one in gaps_in(stored)] == gaps


def test_what_retention_removed_is_not_missing() -> None:
    stored = StoredWal.of([named(1, 0, 1), named(1, 0, 6), named(2, 0, 1), named(2, 0, 3)], size=SIZE)
    known = replace(stored, expired={1: IntervalSet((0, 5)), 3: IntervalSet((2, 3))})
    assert [one.in_words(SIZE) for one in gaps_in(known)] == [named(1, 0, 5), named(2, 0, 2)]


def test_stretch_counts_its_segments() -> None:
    (segment_range,) = stored_ranges(StoredWal.of([named(1, 0, 1), named(1, 0, 2), named(1, 0, 3)], size=SIZE))
    assert (segment_range.count, segment_range.timeline) == (3, 1)
