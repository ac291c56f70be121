# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Archived WAL along the timelines."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.archive import ArchivedWal
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.interval_set import IntervalSet
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.listing import StoredWal
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.timeline import TimelineHistory
from in_segments import FORK_IN_5, SIZE, history, position, wal

# Timeline 2 leaves 1 within segment 5, timeline 3 leaves 2 at the start of segment 7.
HISTORIES = {2: FORK_IN_5, 3: history(3, (1, 5.5), (2, 7))}
NAMES = [*wal(1, 2, 3, 4, 5, 6), *wal(2, 5, 6, 7), *wal(3, 7, 8)]


def archived(names: Iterable[str] = NAMES, **more: object) -> ArchivedWal:
    found = ArchivedWal.of(names, histories=HISTORIES, segment_size=SIZE)
    return ArchivedWal(found.intervals, HISTORIES, SIZE, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("timeline", "interval", "expected"),
    [
        pytest.param(1, (2, 9), [(1, 2, 9)], id="without ancestors"),
        pytest.param(2, (2, 9), [(1, 2, 5), (2, 5, 9)], id="the segment with the switch is the successor's"),
        pytest.param(3, (2, 9), [(1, 2, 5), (2, 5, 7), (3, 7, 9)], id="two switches"),
        pytest.param(3, (6, 7), [(2, 6, 7)], id="within one part"),
        pytest.param(9, (2, 4), [(9, 2, 4)], id="a timeline without history"),
    ],
)
def test_parts_of_a_path(timeline: int, interval: tuple[int, int], expected: list[tuple[int, int, int]]) -> None:
    first, end = interval
    assert list(archived().path_parts(timeline, first=first, end=end)) == expected
    assert list(archived().path_to(timeline).split(first, end)) == expected


def test_no_segments_are_no_parts() -> None:
    assert list(archived().path_parts(3, first=2, end=2)) == []


def test_a_path_has_the_segments_of_all_its_parts() -> None:
    path = archived().path_to(3)
    assert path.intervals.bounds == (2, 9)
    assert archived(wal(1, 2, 3, 6)).path_to(2).intervals.bounds == (2, 4)


@pytest.mark.parametrize(
    ("names", "timeline", "expected"),
    [
        pytest.param(NAMES, 1, 7, id="the end of the first timeline"),
        pytest.param(NAMES, 3, 9, id="the end of a descendant"),
        pytest.param([*wal(1, 2, 3, 4, 5), *wal(2, 6)], 2, 5, id="the switch is missing in the successor"),
        pytest.param([*wal(1, 2, 4)], 1, 3, id="a gap"),
        pytest.param([], 1, 2, id="nothing archived"),
    ],
)
def test_first_missing_segment(names: list[str], timeline: int, expected: int) -> None:
    assert archived(names).missing_from(2, timeline=timeline) == expected


@pytest.mark.parametrize(
    ("more", "number", "expected"),
    [
        pytest.param({}, 6, True, id="archived"),
        pytest.param({}, 7, False, id="past the end"),
        pytest.param({"damaged": {1: IntervalSet((8, 9))}}, 7, True, id="damaged"),
        pytest.param({"expired": {1: IntervalSet((8, 9))}}, 7, True, id="expired"),
        pytest.param({"expired": {2: IntervalSet((8, 9))}}, 7, False, id="on another timeline"),
    ],
)
def test_whether_a_path_continues(more: dict[str, object], number: int, *, expected: bool) -> None:
    assert archived(wal(1, 2, 3, 4, 5, 6), **more).continues_after(number, timeline=1) is expected


def test_damaged_segments_are_not_read_and_are_the_last_all_the_same() -> None:
    stored = StoredWal.of(wal(1, 2, 3, 4), size=SIZE)
    found = ArchivedWal.stored(stored, histories={}, damaged=[*wal(1, 4), *wal(1, 9)])
    assert found.intervals[1].bounds == (2, 4)
    assert found.damaged[1].bounds == (4, 5)
    assert (found.last_archived(1), found.last_archived(2)) == (4, None)


def test_segments_from_elsewhere_are_added() -> None:
    joined = archived(wal(1, 2, 3)).joined([*wal(1, 4), *wal(2, 6), "00000002.history"])
    assert {timeline: each.bounds for timeline, each in joined.intervals.items()} == {1: (2, 5), 2: (6, 7)}
    assert joined.histories is HISTORIES


@pytest.mark.parametrize(
    ("first", "last", "timeline", "expected"),
    [
        pytest.param(2.5, 4.5, 1, True, id="there"),
        pytest.param(1.5, 4.5, 1, False, id="the first is missing"),
        pytest.param(4.5, 5.5, 2, True, id="across a switch"),
        pytest.param(6.5, 8.5, 2, False, id="the last is missing"),
    ],
)
def test_whether_all_segments_are_there(first: float, last: float, timeline: int, *, expected: bool) -> None:
    assert archived().has(position(first), position(last), timeline=timeline) is expected


def test_timelines_that_can_be_followed() -> None:
    found = archived([*NAMES, *wal(4, 8)])
    assert found.timelines() == (1, 2, 3, 4)
    assert [each for each in found.timelines() if found.knows(each)] == [1, 2, 3]
    assert found.history(4) == TimelineHistory(4)
