# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which backups retention keeps, and what it says of each."""

from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.catalogue.pin import Pin
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.catalogue.record import Backup
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.interval_set import IntervalSet
from sample_stock import DAILY, NOW, WEEKLY, backup, decide, stock_of


@pytest.mark.parametrize(
    ("backups", "rules", "kept"),
    [
        pytest.param([], {}, "", id="nothing there"),
        pytest.param(WEEKLY[:1], {}, "w1", id="the only one, however old"),
        pytest.param(WEEKLY, {"keep_full": 1}, "w5", id="one full backup"),
        pytest.param(WEEKLY, {"keep_full": 3}, "w3 w4 w5", id="three full backups"),
        pytest.param(WEEKLY, {"keep_full": 9}, "w1 w2 w3 w4 w5", id="more than there are"),
        pytest.param(WEEKLY, {"keep_days": 7}, "w4 w5", id="seven days begin behind the second"),
        pytest.param(WEEKLY, {"keep_days": 8}, "w4 w5", id="a backup that ended when the window begins will do"),
        pytest.param(WEEKLY, {"keep_days": 9}, "w3 w4 w5", id="nine days begin before it"),
        pytest.param(WEEKLY, {"keep_days": 99}, "w1 w2 w3 w4 w5", id="more days than there are"),
        pytest.param(WEEKLY, {"keep_full": 2, "keep_days": 20}, "w2 w3 w4 w5", id="the longer of both"),
        pytest.param(WEEKLY, {"keep_monthly": 1}, "w5", id="this month"),
        pytest.param(WEEKLY, {"keep_monthly": 2}, "w2 w5", id="and the last one"),
        pytest.param(WEEKLY, {"keep_weekly": 2}, "w4 w5", id="two weeks"),
        pytest.param(WEEKLY, {"keep_daily": 4}, "w2 w3 w4 w5", id="days without one do not count"),
        pytest.param(WEEKLY, {"keep_yearly": 5}, "w5", id="one year only"),
        pytest.param(DAILY, {"keep_full": 1}, "b21 b22 b23 b24 b25 b26 b27", id="the newest chain"),
        pytest.param(
            DAILY, {"keep_days": 10}, "b14 b15 b16 b17 b18 " + " ".join(f"b{day}" for day in range(19, 28)),
            id="a window that begins within a chain keeps the links before",
        ),
        pytest.param(
            DAILY, {"keep_monthly": 2}, "b00 b01 b02 b03 b04 b05 b06 b21 b22 b23 b24 b25 b26 b27",
            id="a month's last backup with its links",
        ),
        pytest.param(
            [*WEEKLY[:4], backup("unusable", 0, parent="gone")], {"keep_full": 1}, "w4 unusable",
            id="one that can't be restored does not count, and stays within the window",
        ),
        pytest.param(
            [backup("unusable", 30, parent="gone"), *WEEKLY], {"keep_days": 7}, "w4 w5",
            id="one that can't be restored goes with the window",
        ),
    ],
)  # fmt: skip
def test_rules(backups: list[Backup], rules: dict[str, int], kept: str) -> None:
    decisions = decide(stock_of(backups), **rules)
    assert " ".join(each.backup.label for each in decisions.kept) == kept
    assert len(decisions.kept) + len(decisions.removed) == len(backups)
    assert all(each.reason for each in decisions.decisions)


def test_every_decision_says_why() -> None:
    backups = [*WEEKLY, backup("late", 0.5, parent="w5"), backup("bad", 3, parent="gone")]
    pins = {"w1": (Pin("audit", NOW),), "w2": (Pin("over", NOW, NOW),)}
    found = decide(stock_of(backups, pins=pins, held=frozenset({"w3"})), keep_days=6, keep_full=2)
    assert {each.backup.label: (each.rules, each.reason) for each in found.decisions} == {
        "w1": (("pinned",), "pinned until it is released: audit"),
        "w2": (
            (),
            "it ended before the window, which begins 2026-11-14 12:00:00Z (keep_full 2), and no other rule keeps it",
        ),
        "w3": (("held",), "a restore is reading it"),
        "w4": (
            ("full", "window"),
            "one of the newest full backups (keep_full 2); "
            "the moments since 2026-11-14 12:00:00Z on timeline 1 are recovered from it (keep_full 2)",
        ),
        "bad": (
            ("unusable",),
            "it can't be restored at present; it will be removed after the window (keep_full 2)",
        ),
        "w5": (
            ("full", "window", "parent"),
            "one of the newest full backups (keep_full 2); "
            "within the window that begins 2026-11-14 12:00:00Z (keep_full 2); 'late' builds on it",
        ),
        "late": (
            ("newest", "window"),
            "the newest backup that can be restored; within the window that begins 2026-11-14 12:00:00Z (keep_full 2)",
        ),
    }


def test_a_chain_stays_whole_when_a_clock_was_wrong_once() -> None:
    late = backup("p", 5, parent="g")
    backups = [backup("g", 60), late, backup("i", 58, parent="p"), *WEEKLY[-2:]]
    kept = decide(stock_of(backups, pins={"i": (Pin("audit", NOW),)})).kept
    assert {each.backup.label: each.reason for each in kept[:3]} == {
        "g": "'p' builds on it",
        "i": "pinned until it is released: audit",
        "p": "'i' builds on it",
    }
    assert [each.backup.label for each in decide(stock_of(backups)).removal_order] == ["w4", "i", "p", "g"]


def test_nothing_goes_while_nothing_can_be_restored() -> None:
    found = decide(stock_of(WEEKLY, intervals={1: IntervalSet((0, 60))}))
    assert found.removed == () and found.window is None
    assert found.kept[0].reason == "no backup can be restored at present, so nothing is removed"
    assert found.expired_wal({1: IntervalSet((0, 60))}) == {}
