# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What retention looks at, for tests: a full backup each week, or one backup each day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, timezone

from ansible_collections.pgfleet.pitr.plugins.module_utils._core.catalogue.catalogue import catalogue_of
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.catalogue.record import Backup
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.retention.decision import Retention, decide_retention
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.retention.policy import RetentionPolicy
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.retention.stock import Stock
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.archive import ArchivedWal
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.interval_set import IntervalSet
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.lsn import Lsn
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.segment import SegmentSize
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.timeline import TimelineHistory
from sample_backup import sample_backup

SIZE = SegmentSize(1 << 24)


NOW = datetime(2026, 11, 22, 12, tzinfo=timezone.utc)


def backup(label: str, days_ago: float, *, parent: str | None = None, timeline: int = 1) -> Backup:
    """A backup of the segment whose number is 100 less the days since it ended."""
    begin = int((100 - days_ago) * SIZE.size_bytes)
    return sample_backup(
        label,
        parent=parent,
        start_time=NOW - timedelta(days=days_ago, minutes=1),
        stop_time=NOW - timedelta(days=days_ago),
        start_lsn=Lsn(begin),
        stop_lsn=Lsn(begin + 1000),
        timeline=timeline,
        segment_size=SIZE,
        size_bytes=1000,
        stored_bytes=100,
    )


def stock_of(
    backups: Sequence[Backup],
    *,
    intervals: Mapping[int, IntervalSet] | None = None,
    histories: Sequence[TimelineHistory] = (),
    **more: object,
) -> Stock:
    """What there is; without more said, WAL of timeline 1 that was archived until now."""
    intervals = {1: IntervalSet((0, 100))} if intervals is None else intervals
    wal = ArchivedWal(intervals, {each.timeline: each for each in histories}, SIZE)
    found = catalogue_of(backups, wal=wal)
    archived = dict.fromkeys(wal.timelines(), NOW)
    return Stock(found.backups, found.usable, wal, **{"last_archived": archived, **more})  # type: ignore[arg-type]


def decide(stock: Stock, **rules: int) -> Retention:
    """The decisions; of the rules only those given are in force."""
    return decide_retention(stock, policy=RetentionPolicy(**{"keep_full": 1, "keep_days": 0, **rules}), now=NOW)


WEEKLY = [backup(f"w{week}", days) for week, days in enumerate((29, 22, 15, 8, 1), start=1)]


# A full backup each week, and an incremental one on each day between.
DAILY = [
    backup(f"b{day:02}", 28 - day, parent=f"b{day - 1:02}" if day % 7 else None)
    for day in range(28)
]  # fmt: skip
