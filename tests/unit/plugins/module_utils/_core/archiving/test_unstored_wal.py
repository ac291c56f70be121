# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.archiving.unstored_wal import (
    unstored_segments,
    unstored_sentence,
    without_current,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.interval_set import IntervalSet
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.listing import StoredWal
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.lsn import Lsn
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.segment import SegmentSize
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.timeline import TimelineHistory, TimelineSwitch

SIZE = SegmentSize(1 << 24)
# Timeline 2 begins in segment 5.
HISTORY = TimelineHistory(2, (TimelineSwitch(1, Lsn.parse("0/5000100")),))


def name(number: int, *, timeline: int = 1) -> str:
    return f"{timeline:08X}00000000{number:08X}"


NAMES = [*(name(number) for number in range(1, 6)), *(name(number, timeline=2) for number in (5, 6, 7))]


@pytest.mark.parametrize(
    ("stored", "expired", "expected"),
    [
        pytest.param([], [], [], id="nothing is stored yet"),
        pytest.param(
            [name(2)], [], [name(3), name(4), *NAMES[-3:]], id="all from the first stored one on, of its own path"
        ),
        pytest.param([*NAMES[:5], name(5, timeline=2)], [], NAMES[-2:], id="all but what it writes"),
        pytest.param([name(4)], [2, 3], NAMES[-3:], id="what retention removed stays removed"),
        pytest.param([name(9, timeline=7)], [], [], id="another history tells nothing"),
    ],
)
def test_what_only_pg_wal_has(stored: list[str], expired: list[int], expected: list[str]) -> None:
    listed = StoredWal.of(stored, size=SIZE)
    wal = StoredWal(listed.intervals, (), SIZE, {1: IntervalSet.of(expired)} if expired else {})
    found = unstored_segments([*NAMES, "00000002.history", name(5) + ".partial"], history=HISTORY, stored=wal)
    assert list(found) == expected


def test_the_segment_that_is_written_is_not_whole() -> None:
    assert without_current(NAMES[-3:], timeline=2) == (NAMES[-3], NAMES[-2])
    assert without_current([name(3)], timeline=2) == (name(3),)
    assert without_current([], timeline=2) == ()


def test_sentence_names_the_range() -> None:
    assert unstored_sentence([name(3)], data_directory="/pg").startswith(f"1 WAL segment ({name(3)}) is only in '/pg/")
    assert f"({name(3)} to {name(9)}) are only" in unstored_sentence([name(3), name(9)], data_directory="/pg")
