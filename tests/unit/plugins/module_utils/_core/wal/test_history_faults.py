# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.archive import ArchivedWal
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.history_faults import (
    history_asked_for,
    history_faults,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.interval_set import IntervalSet
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.segment import SegmentSize
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.timeline import TimelineHistory


def wal(*timelines: int, known: tuple[int, ...] = ()) -> ArchivedWal:
    histories = {timeline: TimelineHistory(timeline) for timeline in known}
    return ArchivedWal({timeline: IntervalSet((3, 5)) for timeline in timelines}, histories, SegmentSize(1 << 20))


@pytest.mark.parametrize(
    ("archived", "damaged", "expected"),
    [
        pytest.param(wal(), {}, {}, id="nothing"),
        pytest.param(wal(1), {}, {}, id="the first timeline has none"),
        pytest.param(wal(1, 2, known=(2, 3)), {}, {}, id="all there, and one without WAL"),
        pytest.param(wal(1, 2, 3, known=(3,)), {}, {2: "is missing"}, id="missing"),
        pytest.param(wal(1, 2), {2: "it is empty"}, {2: "it is empty"}, id="damaged"),
        pytest.param(wal(1, 2, known=(2,)), {2: "it is empty"}, {2: "it is empty"}, id="known from elsewhere"),
        pytest.param(wal(1), {4: "it is empty"}, {4: "it is empty"}, id="damaged, without WAL"),
    ],
)
def test_faults(archived: ArchivedWal, damaged: dict[int, str], expected: dict[int, str]) -> None:
    found = history_faults(archived, damaged=damaged)
    assert list(found) == list(expected)
    assert all(expected[timeline] in sentence for timeline, sentence in found.items())


@pytest.mark.parametrize(
    ("first", "last", "known", "faulty", "expected"),
    [
        pytest.param(1, 1, (), (), None, id="one timeline"),
        pytest.param(1, 1, (), (2,), 2, id="the next number"),
        pytest.param(1, 1, (2,), (3,), 3, id="the one after the next"),
        pytest.param(1, 1, (), (3,), None, id="2 is free, so 3 is never asked for"),
        pytest.param(2, 2, (), (2,), 2, id="its own"),
        pytest.param(3, 3, (3,), (2,), None, id="one before the backup"),
        pytest.param(1, 3, (3,), (2,), 2, id="on the way"),
        pytest.param(1, 4, (4,), (), None, id="numbers that are not there"),
    ],
)
def test_what_a_recovery_asks_for(
    first: int, last: int, known: tuple[int, ...], faulty: tuple[int, ...], expected: int | None
) -> None:
    faults = dict.fromkeys(faulty, "bad")
    assert history_asked_for(wal(1, known=known), first=first, last=last, faults=faults) == expected
