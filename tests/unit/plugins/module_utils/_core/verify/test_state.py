# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a state of verification knows."""

from __future__ import annotations

from ansible_collections.pgfleet.pitr.plugins.module_utils._core.verify.state import VerifyState
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.verify.state_text import format_state, parse_state
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.interval_set import IntervalSet
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.segment_range import SegmentRange
from verify_state import DAY_1, DAY_2, SIZE, moments


def test_wal_is_known_by_moments() -> None:
    state = VerifyState(SIZE)
    state.add_wal(SegmentRange(1, 3, 6), moment=DAY_1)
    state.add_wal(SegmentRange(1, 8, 10), moment=DAY_2)
    state.add_wal(SegmentRange(1, 5, 7), moment=DAY_2)
    state.add_wal(SegmentRange(2, 0, 99), moment=DAY_2)
    state.remove_wal(SegmentRange(1, 9, 10))

    assert moments(state, IntervalSet.joined([(2, 10)])) == [
        (None, 2, 3),
        (DAY_1, 3, 5),
        (DAY_2, 5, 7),
        (None, 7, 8),
        (DAY_2, 8, 9),
        (None, 9, 10),
    ]


def test_what_is_gone_is_forgotten() -> None:
    state = VerifyState(SIZE)
    state.add_wal(SegmentRange(1, 3, 9), moment=DAY_1)
    state.add_file("b1", name="base.tar", moment=DAY_1)
    state.add_file("b2", name="base.tar", moment=DAY_1)
    state.keep_only(labels=["b2"], wal={1: IntervalSet.joined([(5, 20)])})

    assert state.file_moment("b1", name="base.tar") is None
    assert state.file_moment("b2", name="base.tar") == DAY_1
    assert moments(state, IntervalSet.joined([(3, 9)])) == [(None, 3, 5), (DAY_1, 5, 9)]


def test_segments_that_were_not_parsed_are_known_and_read_again_by_who_can() -> None:
    state = VerifyState(SIZE)
    state.add_wal(SegmentRange(1, 0, 20), moment=DAY_1)
    state.add_unparsed(SegmentRange(1, 0, 10), version=15)
    state.add_unparsed(SegmentRange(1, 10, 14), version=18)
    state.add_wal(SegmentRange(1, 12, 13), moment=DAY_2)
    state.keep_only(labels=[], wal={1: IntervalSet((2, 20))})
    state = parse_state(format_state(state), size=SIZE)
    assert state.unparsed.count({1: IntervalSet((0, 30))}) == 11
    assert state.unparsed.count({1: IntervalSet((0, 3)), 2: IntervalSet((3, 9))}) == 1

    state.forget_unparsed([18, 17])

    assert moments(state, IntervalSet((2, 20))) == [
        (DAY_1, 2, 10),
        (None, 10, 12),
        (DAY_2, 12, 13),
        (None, 13, 14),
        (DAY_1, 14, 20),
    ]
    assert state.unparsed.count({1: IntervalSet((0, 30))}) == 8
