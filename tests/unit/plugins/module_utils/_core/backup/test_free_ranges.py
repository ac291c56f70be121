# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import random

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.backup.free_ranges import FreeRanges


@pytest.mark.parametrize(
    ("given_back", "size_bytes", "offset"),
    [
        pytest.param([], 1, 40, id="none"),
        pytest.param([(10, 10)], 10, 10, id="just enough"),
        pytest.param([(10, 10)], 4, 10, id="more than enough"),
        pytest.param([(10, 10)], 11, 40, id="too little"),
        pytest.param([(10, 10), (20, 10)], 20, 10, id="two that touch"),
        pytest.param([(20, 10), (10, 10)], 20, 10, id="the other way round"),
        pytest.param([(0, 10), (20, 10), (10, 10)], 30, 0, id="between two"),
        pytest.param([(0, 10), (20, 10)], 15, 40, id="two that do not touch"),
        pytest.param([(30, 10)], 15, 30, id="at the end, which moves"),
        pytest.param([(0, 10), (30, 10)], 10, 0, id="the first"),
        pytest.param([(0, 0)], 1, 40, id="nothing given back"),
    ],
)
def test_room_that_was_given_back_is_used_again(
    given_back: list[tuple[int, int]], size_bytes: int, offset: int
) -> None:
    ranges = FreeRanges()
    assert [ranges.take(10) for _each in range(4)] == [0, 10, 20, 30]
    for first, size in given_back:
        ranges.give_back(first, size)
    assert ranges.take(size_bytes) == offset


@pytest.mark.parametrize("seed", range(20))
def test_no_two_have_the_same_room_and_all_is_used_again(seed: int) -> None:
    chance, ranges = random.Random(seed), FreeRanges()
    taken: dict[int, int] = {}
    for _step in range(300):
        if taken and chance.random() < 0.5:
            offset = chance.choice([*taken])
            ranges.give_back(offset, taken.pop(offset))
        else:
            size = chance.randint(1, 50)
            offset = ranges.take(size)
            assert all(offset + size <= other or other + taken[other] <= offset for other in taken)
            taken[offset] = size
    most = max((offset + size for offset, size in taken.items()), default=0)
    for offset, size in taken.items():
        ranges.give_back(offset, size)
    assert ranges.take(max(most, 1)) == 0
