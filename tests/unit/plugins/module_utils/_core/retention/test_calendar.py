# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which backups a calendar rule keeps."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.retention.calendar import calendar_picks, period_of
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.retention.policy import RetentionPolicy
from sample_backup import sample_backup


def picked(times: list[str], **rules: int) -> list[tuple[str, str]]:
    """The times of the backups that are kept, with the rules that keep them."""
    backups = [sample_backup(text, stop_time=datetime.fromisoformat(text + "+00:00")) for text in times]
    policy = RetentionPolicy(keep_full=1, keep_days=0, **rules)
    return [(backup.label, rule) for backup, rule, _reason in calendar_picks(backups, policy=policy)]


TWO_A_DAY = ["2026-11-20T01:00", "2026-11-20T13:00", "2026-11-21T01:00", "2026-11-23T01:00"]


@pytest.mark.parametrize(
    ("times", "rules", "expected"),
    [
        pytest.param(TWO_A_DAY, {}, [], id="no rule"),
        pytest.param([], {"keep_daily": 3}, [], id="no backup"),
        pytest.param(TWO_A_DAY, {"keep_daily": 1}, [("2026-11-23T01:00", "daily")], id="today's"),
        pytest.param(
            TWO_A_DAY,
            {"keep_daily": 3},
            [("2026-11-23T01:00", "daily"), ("2026-11-21T01:00", "daily"), ("2026-11-20T13:00", "daily")],
            id="days without a backup do not count, and the last one of a day is kept",
        ),
        pytest.param(
            TWO_A_DAY,
            {"keep_weekly": 2},
            [("2026-11-23T01:00", "weekly"), ("2026-11-21T01:00", "weekly")],
            id="weeks begin on Monday",
        ),
        pytest.param(
            ["2025-12-31T23:00", "2026-01-01T00:00"],
            {"keep_monthly": 2, "keep_yearly": 1},
            [("2026-01-01T00:00", "monthly"), ("2025-12-31T23:00", "monthly"), ("2026-01-01T00:00", "yearly")],
            id="one backup may be kept by several rules",
        ),
    ],
)
def test_backups_of_periods(times: list[str], rules: dict[str, int], expected: list[tuple[str, str]]) -> None:
    assert picked(times, **rules) == expected


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        pytest.param("daily", "2025-12-31", id="day"),
        pytest.param("weekly", "2026-W01", id="ISO week"),
        pytest.param("monthly", "2025-12", id="month"),
        pytest.param("yearly", "2025", id="year"),
    ],
)
def test_periods_are_those_of_utc(rule: str, expected: str) -> None:
    in_tokyo = datetime(2026, 1, 1, 7, tzinfo=timezone(timedelta(hours=9)))
    assert period_of(in_tokyo, rule=rule) == expected


def test_the_reason_names_period_and_rule() -> None:
    policy = RetentionPolicy(keep_full=1, keep_days=0, keep_daily=2)
    backup = sample_backup(stop_time=datetime(2026, 11, 22, tzinfo=timezone.utc))
    assert [reason for _backup, _rule, reason in calendar_picks([backup], policy=policy)] == [
        "the last one of 2026-11-22 (keep_daily 2)"
    ]
