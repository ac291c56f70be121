# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What retention knows of backups, timelines and pins."""

from __future__ import annotations

from datetime import timedelta

from ansible_collections.pgfleet.pitr.plugins.module_utils._core.catalogue.pin import Pin
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.interval_set import IntervalSet
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.lsn import Lsn
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.timeline import TimelineHistory
from sample_stock import NOW, SIZE, WEEKLY, backup, stock_of


def test_only_backups_that_can_be_restored_count() -> None:
    stock = stock_of([*WEEKLY, backup("late", 0.5, parent="w5"), backup("broken", 0.2, parent="gone")])
    assert [each.label for each in stock.restorable] == ["w1", "w2", "w3", "w4", "w5", "late"]
    assert [each.label for each in stock.fulls] == ["w1", "w2", "w3", "w4", "w5"]
    assert stock.newest is not None and stock.newest.label == "late"
    assert stock_of([]).newest is None


def test_timelines_are_those_of_wal_histories_and_backups() -> None:
    stock = stock_of([*WEEKLY, backup("two", 0.5, timeline=2)], histories=[TimelineHistory(3)])
    assert stock.timelines == (1, 2, 3)


def test_a_backup_leads_to_the_timelines_that_fork_after_it() -> None:
    fork = TimelineHistory.parse(f"1\t{Lsn(90 * SIZE.size_bytes)}\twhy\n", timeline=2)
    stock = stock_of(WEEKLY, intervals={1: IntervalSet((0, 100)), 2: IntervalSet((90, 100))}, histories=[fork])
    assert [each.label for each in WEEKLY if stock.leads(each, timeline=2)] == ["w1", "w2", "w3"]
    assert all(stock.leads(each, timeline=1) for each in WEEKLY)


def test_pins_that_have_run_out_are_not_active() -> None:
    forever, over = Pin("audit", NOW), Pin("restore", NOW, NOW + timedelta(hours=1))
    stock = stock_of(WEEKLY, pins={"w1": (forever, over)})
    assert stock.active_pins("w1", now=NOW) == (forever, over)
    assert stock.active_pins("w1", now=NOW + timedelta(hours=1)) == (forever,)
    assert stock.active_pins("w2", now=NOW) == ()
