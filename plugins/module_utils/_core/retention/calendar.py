# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Calendar rules of retention: the last backup of each day, week, month or year."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timezone

from ..catalogue.record import Backup
from .policy import RetentionPolicy


def calendar_picks(backups: Sequence[Backup], *, policy: RetentionPolicy) -> Iterator[tuple[Backup, str, str]]:
    """The backups (given oldest first) that a calendar rule keeps: backup, rule and reason.

    Only periods with a backup count, and the last one of each is kept. Until a period is over that is the newest
    backup, so a shorter period never removes what a longer one will need.
    """
    wanted = {
        "daily": policy.keep_daily,
        "weekly": policy.keep_weekly,
        "monthly": policy.keep_monthly,
        "yearly": policy.keep_yearly,
    }
    for rule, count in wanted.items():
        periods: set[str] = set()
        for backup in reversed(backups):
            if len(periods) == count:
                break
            period = period_of(backup.stop_time, rule=rule)
            if period not in periods:
                periods.add(period)
                yield backup, rule, f"the last one of {period} (keep_{rule} {count})"


def period_of(moment: datetime, *, rule: str) -> str:
    """The name of the day, week, month or year (in UTC) that contains a time.

    >>> period_of(datetime(2027, 1, 1, tzinfo=timezone.utc), rule="weekly")
    '2026-W53'
    """
    moment = moment.astimezone(timezone.utc)
    if rule == "weekly":
        year, week, _day = moment.isocalendar()
        return f"{year}-W{week:02}"
    return moment.strftime({"daily": "%Y-%m-%d", "monthly": "%Y-%m", "yearly": "%Y"}[rule])


__all__ = ("calendar_picks", "period_of")
