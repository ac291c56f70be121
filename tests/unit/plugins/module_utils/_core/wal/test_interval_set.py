# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs behave as the sets of numbers that they stand for."""

from __future__ import annotations

import random

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.interval_set import IntervalSet

SETS = [sorted(random.Random(seed).sample(range(20), seed % 15)) for seed in range(60)]


@pytest.mark.parametrize("numbers", SETS)
def test_runs_are_the_set(numbers: list[int]) -> None:
    intervals = IntervalSet.of(reversed(numbers))
    assert [number for first, end in intervals for number in range(first, end)] == numbers
    assert (intervals.count, intervals.last, bool(intervals)) == (
        len(numbers),
        max(numbers, default=None),
        bool(numbers),
    )
    for number in range(-1, 22):
        assert (number in intervals) == (number in numbers)
        assert intervals.next_from(number) == min((each for each in numbers if each >= number), default=None)
        assert intervals.end_from(number) == next(each for each in range(number, 30) if each not in numbers)


@pytest.mark.parametrize("numbers", SETS)
def test_stretches_within_bounds(numbers: list[int]) -> None:
    intervals = IntervalSet.of(numbers)
    for first, end in ((0, 20), (3, 11), (7, 7), (19, 25), (12, 13)):
        wanted = set(range(first, end))
        assert {one for part in intervals.between(first, end) for one in range(*part)} == wanted & {*numbers}
        assert {one for part in intervals.holes(first, end) for one in range(*part)} == wanted - {*numbers}


def test_runs_join_and_are_taken_away() -> None:
    assert IntervalSet.joined([(7, 9), (1, 3), (3, 5), (4, 4), (8, 12)]) == IntervalSet((1, 5, 7, 12))
    assert IntervalSet((1, 5, 7, 12)).without(IntervalSet((0, 2, 4, 8))) == IntervalSet((2, 4, 8, 12))
    assert IntervalSet((1, 5)).without(IntervalSet()) == IntervalSet((1, 5))
    assert IntervalSet((1, 5)).without(IntervalSet((0, 9))) == IntervalSet()
