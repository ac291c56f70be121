# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What retention decided, as data and as a table."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.instant import format_instant
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.retention.plan import (
    ExpirePlan,
    RemoveBackup,
    RemoveStaleFiles,
    RemoveWal,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.retention.report import (
    expire_summary,
    expire_text,
    expire_to_dict,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.segment import Segment
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.segment_range import SegmentRange
from sample_stock import NOW, SIZE, WEEKLY, backup, decide, stock_of


@pytest.mark.parametrize(
    ("days_ago", "rules", "since"),
    [
        pytest.param((0.5, 0.2), {"keep_days": 7}, 0.5, id="younger than the rule asks for"),
        pytest.param((9, 2), {"keep_days": 3}, 3, id="as the rule asks for"),
        pytest.param((2, 1), {"keep_full": 2}, 2, id="as many as asked for"),
    ],
)
def test_what_is_promised_does_not_begin_before_the_first_backup(
    days_ago: tuple[float, ...], rules: dict[str, int], since: float
) -> None:
    retention = decide(stock_of([backup(f"b{days}", days) for days in days_ago]), **rules)
    plan = ExpirePlan(retention, stale=(), backups=(), wal=(), removable_wal={}, unwanted_wal={})
    begin = NOW - timedelta(days=since)
    assert expire_to_dict(plan, name="db1")["window"]["since"] == format_instant(begin)
    assert f"retains the recovery window since {begin:%Y-%m-%d %H:%M:%S}Z (" in expire_text(plan, name="db1", done=True)


def test_one_segment_is_named_once() -> None:
    one, two = Segment(1, 0, SIZE), Segment(1, 1, SIZE)
    step = RemoveWal(1, (SegmentRange(1, 0, 1),), SIZE, ("00000000",), 1, 100)
    plan = ExpirePlan(decide(stock_of(WEEKLY)), stale=(), backups=(), wal=(step,), removable_wal={}, unwanted_wal={})
    assert f"  remove  WAL {one}, 1 segment\n" in expire_text(plan, name="db1", done=True)
    assert str(step) == f"remove WAL of timeline 1: {one}, 1 file, 100 B"
    assert SegmentRange(1, 0, 2).in_words(SIZE) == f"{one} to {two}"


def test_table_and_form() -> None:
    stock = stock_of(WEEKLY[-3:])
    retention = decide(stock)
    wal = SegmentRange(1, 0, 99)
    plan = ExpirePlan(
        retention=retention,
        stale=(RemoveStaleFiles(".expired-x", 5),),
        backups=tuple(RemoveBackup(each.backup.label, 100, each.reason) for each in retention.removed),
        wal=(RemoveWal(1, (wal,), SIZE, ("00000000",), 99, 9900),),
        removable_wal={},
        unwanted_wal={},
    )
    text = expire_text(plan, name="db1", done=True)
    assert text.splitlines()[0] == "db1: retains the recovery window since 2026-11-21 12:00:00Z (keep_full 1)"
    assert [line.split()[:2] for line in text.splitlines()[1:4]] == [
        ["remove", "w3"],
        ["remove", "w4"],
        ["keep", "w5"],
    ]
    assert text.splitlines()[4:] == [
        "  remove  WAL 000000010000000000000000 to 000000010000000000000062, 99 segments",
        "  remove  .expired-x, left by an interrupted run",
        "  9.87 KiB freed",
    ]
    summary = expire_summary(plan, name="db1", done=False).splitlines()
    assert summary[:2] == text.splitlines()[1:3]
    assert summary[2:] == [
        "db1: 1 backup kept, 2 backups and 99 WAL segments to be removed, 9.87 KiB to be freed; "
        "retains the recovery window since 2026-11-21 12:00:00Z (keep_full 1)"
    ]
    left = "  left    .expired-x, which could not be removed completely; the next run continues"
    plan = replace(plan, left=(".expired-x",))
    assert left in expire_text(plan, name="db1", done=True).splitlines()
    assert left in expire_summary(plan, name="db1", done=True).splitlines()
    data = expire_to_dict(plan, name="db1")
    assert [each["label"] for each in data["removed"]] == ["w3", "w4"]
    assert data["freed_bytes"] == 5 + 200 + 9900
    assert data["wal_removed"][0]["ranges"][0]["count"] == 99
    assert str(plan.steps[1]).startswith("remove backup w3, 100 B: it ended before")
