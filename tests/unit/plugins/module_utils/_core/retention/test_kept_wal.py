# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which WAL retention keeps."""

from __future__ import annotations

from datetime import timedelta

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.catalogue.pin import Pin
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.interval_set import IntervalSet
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.lsn import Lsn
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.timeline import TimelineHistory
from sample_stock import NOW, SIZE, WEEKLY, backup, decide, stock_of

FORK = TimelineHistory.parse(f"1\t{Lsn(95 * SIZE.size_bytes + 5000)}\twhy\n", timeline=2)


BOTH = {1: IntervalSet((0, 97)), 2: IntervalSet((95, 103))}


@pytest.mark.parametrize(
    ("left_days_ago", "expired"),
    [
        pytest.param(2, {1: (0, 92)}, id="left within the window: both ways from before it stay"),
        pytest.param(6, {1: (0, 92, 96, 97)}, id="left before: what follows the fork goes"),
    ],
)
def test_a_timeline_that_was_left(left_days_ago: int, expired: dict[int, tuple[int, ...]]) -> None:
    last = {1: NOW - timedelta(days=left_days_ago), 2: NOW}
    backups = [*WEEKLY[:4], backup("w5", 1, timeline=2)]
    stock = stock_of(backups, intervals=BOTH, histories=[FORK], last_archived=last)
    found = decide(stock, keep_days=5)
    assert {
        timeline: intervals.bounds for timeline, intervals in found.expired_wal(stock.wal.intervals).items()
    } == expired


@pytest.mark.parametrize(
    ("more", "expired"),
    [
        pytest.param({}, (0, 99), id="from the newest on"),
        pytest.param({"pins": {"w2": (Pin("audit", NOW),)}}, (0, 78), id="a pin keeps what is behind it"),
        pytest.param({"held": frozenset({"w3"})}, (0, 85), id="so does a restore"),
        pytest.param({"damaged": ("w4x",)}, (0, 92), id="an unreadable record keeps what is behind the one before"),
        pytest.param({"damaged": ("a",)}, (), id="or everything where none is before"),
    ],
)
def test_wal_by_need(more: dict[str, object], expired: tuple[int, ...]) -> None:
    stock = stock_of(WEEKLY, **more)
    found = decide(stock).expired_wal(stock.wal.intervals)
    assert found.get(1, IntervalSet()).bounds == expired


def test_calendar_backups_keep_what_makes_them_consistent() -> None:
    stock = stock_of(WEEKLY)
    found = decide(stock, keep_monthly=2)
    assert found.expired_wal(stock.wal.intervals)[1].bounds == (0, 78, 79, 99)
    assert found.unwanted_wal({1: IntervalSet((50, 60, 90, 100))})[1].bounds == (50, 78, 79, 99)
