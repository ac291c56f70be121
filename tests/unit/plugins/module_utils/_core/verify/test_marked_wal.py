# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Segments with marks."""

from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.verify.marked_wal import MarkedWal
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.interval_set import IntervalSet
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.segment_range import SegmentRange


@pytest.fixture
def wal() -> MarkedWal[str]:
    """Segments 0 to 9 are marked with a, 5 to 7 with b as well, those of timeline 2 with b."""
    marked: MarkedWal[str] = MarkedWal()
    marked.add(SegmentRange(1, 0, 5), mark="a")
    marked.add(SegmentRange(1, 5, 8), mark="b")
    marked.add(SegmentRange(1, 5, 10), mark="a")
    marked.add(SegmentRange(2, 3, 4), mark="b")
    return marked


def test_adjacent_ranges_with_one_mark_are_one(wal: MarkedWal[str]) -> None:
    assert list(wal.ranges()) == [
        ("a", SegmentRange(1, 0, 10)),
        ("b", SegmentRange(1, 5, 8)),
        ("b", SegmentRange(2, 3, 4)),
    ]
    assert {mark: each.bounds for mark, each in wal.of_timeline(1).items()} == {"a": (0, 10), "b": (5, 8)}
    assert wal.of_timeline(9) == {}


def test_removal_takes_every_mark(wal: MarkedWal[str]) -> None:
    wal.remove(SegmentRange(1, 5, 9))
    wal.remove(SegmentRange(2, 0, 9))
    wal.remove(SegmentRange(7, 0, 9))
    assert list(wal.ranges()) == [("a", SegmentRange(1, 0, 5)), ("a", SegmentRange(1, 9, 10))]


def test_marks_are_counted_and_kept_for_the_segments_that_exist(wal: MarkedWal[str]) -> None:
    present = {1: IntervalSet((4, 7))}
    assert wal.count(present) == 3 + 2
    wal.keep_only(present)
    assert list(wal.ranges()) == [("a", SegmentRange(1, 4, 7)), ("b", SegmentRange(1, 5, 7))]
