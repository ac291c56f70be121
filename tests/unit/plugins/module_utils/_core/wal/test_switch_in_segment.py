# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.lsn import Lsn
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.segment import Segment, SegmentSize
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.switch_in_segment import (
    AGREES,
    DIFFERS,
    LEFT_BY_OTHERS,
    judge_difference,
    switch_offsets,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.timeline import TimelineHistory, TimelineSwitch

SEGMENT = Segment(1, 3, SegmentSize(1 << 24))


def history(timeline: int, *switches: tuple[int, str]) -> TimelineHistory:
    return TimelineHistory(timeline, tuple(TimelineSwitch(number, Lsn.parse(lsn)) for number, lsn in switches))


def test_only_switches_inside_the_segment_count() -> None:
    histories = [
        history(2, (1, "0/3000100")),
        history(3, (1, "0/3000100"), (2, "0/3000200")),
        history(4, (1, "0/3000000")),
        history(5, (1, "0/4000000")),
        history(6, (1, "0/2FFFFFF")),
        history(8, (7, "0/3000300")),
    ]
    assert switch_offsets(histories, segment=SEGMENT) == (0, 0x100)


@pytest.mark.parametrize(
    ("first", "own", "others", "expected"),
    [
        pytest.param(0x100, (0x100,), (0x100,), AGREES, id="behind the switch that it follows"),
        pytest.param(0x100, (0x100,), (), AGREES, id="before its history is archived"),
        pytest.param(0xFF, (0x100,), (0x100,), DIFFERS, id="before the switch"),
        pytest.param(0x100, (0x200,), (0x100,), AGREES, id="another one left it earlier, and has its own copy"),
        pytest.param(0x100, (), (0x100,), LEFT_BY_OTHERS, id="an old primary that went on"),
        pytest.param(0xFF, (), (0x100,), DIFFERS, id="another cluster that differs before"),
        pytest.param(0x100, (), (), DIFFERS, id="nobody left the timeline"),
    ],
)
def test_difference(first: int, own: tuple[int, ...], others: tuple[int, ...], expected: str) -> None:
    assert judge_difference(first, own=own, others=others) == expected
