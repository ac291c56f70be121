# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the window begins that retention promises."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.catalogue.pin import Pin
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.retention.decision import decide_retention
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.retention.policy import RetentionPolicy
from sample_stock import NOW, WEEKLY, stock_of


@pytest.mark.parametrize(
    ("now_days", "archived_days", "kept", "reason"),
    [
        pytest.param(0, 0, "w4 w5", "keep_days 8", id="all well"),
        pytest.param(
            0, 2, "w3 w4 w5", "keep_days 8 before 2026-11-21 12:00:00Z, the time of the newest file", id="idle"
        ),
        pytest.param(6, 6, "w4 w5", "keep_days 8", id="a week without a backup"),
        pytest.param(
            365, 0, "w4 w5", "keep_days 8 before 2026-11-22 12:00:00Z, the time of the newest file", id="clock ahead"
        ),
        pytest.param(
            365, 365, "w3 w4 w5", "keep_days 8 before 2026-11-21 12:00:00Z, the end of the newest backup",
            id="clock ahead when WAL was archived, or no backups any more",
        ),
        pytest.param(-365, 0, "w1 w2 w3 w4 w5", "keep_days 8", id="clock behind"),
    ],
)  # fmt: skip
def test_days_are_not_counted_back_from_a_time_of_which_the_repository_knows_nothing(
    now_days: int, archived_days: int, kept: str, reason: str
) -> None:
    now = NOW + timedelta(days=now_days)
    archived = NOW + timedelta(days=archived_days if now_days else -archived_days)
    found = decide_retention(
        stock_of(WEEKLY, last_archived={1: archived}), policy=RetentionPolicy(keep_full=1, keep_days=8), now=now
    )
    assert " ".join(each.backup.label for each in found.kept) == kept
    assert found.window is not None and found.window.reason == reason


def test_a_pin_does_not_run_out_for_a_clock_that_is_ahead() -> None:
    stock = stock_of(WEEKLY, pins={"w1": (Pin("audit", NOW, NOW + timedelta(days=1)),)})
    for days, kept in ((0, True), (365, True)):
        found = decide_retention(stock, policy=RetentionPolicy(1, 0), now=NOW + timedelta(days=days))
        assert found.decisions[0].keep is kept
    archived = replace(stock, last_archived={1: NOW + timedelta(days=2)})
    assert not decide_retention(archived, policy=RetentionPolicy(1, 0), now=NOW + timedelta(days=2)).decisions[0].keep
