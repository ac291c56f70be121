# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What retention decides and says, rule by rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.catalogue.catalogue import catalogue_of
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.catalogue.pin import Pin
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.catalogue.record import Backup
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Damaged, InvalidInput
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.instant import format_instant
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.retention.decision import Retention, decide_retention
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.retention.plan import (
    ExpirePlan,
    RemoveBackup,
    RemoveStaleFiles,
    RemoveWal,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.retention.policy import RetentionPolicy, check_policy
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.retention.report import (
    expire_summary,
    expire_text,
    expire_to_dict,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.retention.stock import Stock
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.archive import ArchivedWal
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.expired import (
    format_expired,
    joined,
    parse_expired,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.interval_set import IntervalSet
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.lsn import Lsn
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.segment import Segment, SegmentSize
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.segment_range import SegmentRange
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
    runs: Mapping[int, IntervalSet] | None = None,
    histories: Sequence[TimelineHistory] = (),
    **more: object,
) -> Stock:
    """What there is; without more said, WAL of timeline 1 that was archived until now."""
    runs = {1: IntervalSet((0, 100))} if runs is None else runs
    wal = ArchivedWal(runs, {each.timeline: each for each in histories}, SIZE)
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
        "w3": (("held",), "a restore reads it at the moment"),
        "w4": (
            ("full", "window"),
            "one of the newest full backups (keep_full 2); "
            "the moments since 2026-11-14 12:00:00Z on timeline 1 are recovered from it (keep_full 2)",
        ),
        "bad": (
            ("unusable",),
            "it can't be restored as things are; it goes when the window (keep_full 2) has passed it",
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


def test_nothing_goes_while_nothing_can_be_restored() -> None:
    found = decide(stock_of(WEEKLY, runs={1: IntervalSet((0, 60))}))
    assert found.removed == () and found.window is None
    assert found.kept[0].reason == "no backup can be restored at the moment, so nothing is removed"
    assert found.expired_wal({1: IntervalSet((0, 60))}) == {}


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
    stock = stock_of(backups, runs=BOTH, histories=[FORK], last_archived=last)
    found = decide(stock, keep_days=5)
    assert {timeline: runs.bounds for timeline, runs in found.expired_wal(stock.wal.runs).items()} == expired


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
    found = decide(stock).expired_wal(stock.wal.runs)
    assert found.get(1, IntervalSet()).bounds == expired


def test_calendar_backups_keep_what_makes_them_consistent() -> None:
    stock = stock_of(WEEKLY)
    found = decide(stock, keep_monthly=2)
    assert found.expired_wal(stock.wal.runs)[1].bounds == (0, 78, 79, 99)
    assert found.unwanted_wal({1: IntervalSet((50, 60, 90, 100))})[1].bounds == (50, 78, 79, 99)


@pytest.mark.parametrize("rules", [{"keep_full": 0}, {"keep_days": -1}, {"keep_yearly": 100_001}])
def test_policies_that_make_no_sense_are_refused(rules: dict[str, int]) -> None:
    with pytest.raises(InvalidInput) as caught:
        check_policy(RetentionPolicy(**rules))
    assert caught.value.code == "option-out-of-range"


def test_the_list_of_removed_wal_reads_back() -> None:
    expired = {1: IntervalSet((3, 5, 9, 10)), 2: IntervalSet((260, 300))}
    assert parse_expired(format_expired(expired, size=SIZE), size=SIZE) == expired
    assert joined(expired, {1: IntervalSet((5, 9)), 3: IntervalSet((1, 2))}) == {
        1: IntervalSet((3, 10)),
        2: expired[2],
        3: IntervalSet((1, 2)),
    }
    for text in ("", "[]", '{"format": 2, "ranges": []}', '{"format": 1, "ranges": [{"first_segment": "x"}]}'):
        with pytest.raises(Damaged):
            parse_expired(text, size=SIZE)


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
    plan = ExpirePlan(retention, leftovers=(), backups=(), wal=(), removable_wal={}, unwanted_wal={})
    begin = NOW - timedelta(days=since)
    assert expire_to_dict(plan, name="db1")["window"]["since"] == format_instant(begin)
    assert f"since {begin:%Y-%m-%d %H:%M:%S}Z stays" in expire_text(plan, name="db1", done=True)


def test_one_segment_is_named_once() -> None:
    one, two = Segment(1, 0, SIZE), Segment(1, 1, SIZE)
    step = RemoveWal(1, (SegmentRange(1, 0, 1),), SIZE, ("00000000",), 1, 100)
    plan = ExpirePlan(
        decide(stock_of(WEEKLY)), leftovers=(), backups=(), wal=(step,), removable_wal={}, unwanted_wal={}
    )
    assert f"  remove  WAL {one}, 1 segment\n" in expire_text(plan, name="db1", done=True)
    assert str(step) == f"remove WAL of timeline 1: {one}, 1 file, 100 B"
    assert SegmentRange(1, 0, 2).in_words(SIZE) == f"{one} to {two}"


def test_table_and_form() -> None:
    stock = stock_of(WEEKLY[-3:])
    retention = decide(stock)
    wal = SegmentRange(1, 0, 99)
    plan = ExpirePlan(
        retention=retention,
        leftovers=(RemoveStaleFiles(".expired-x", 5),),
        backups=tuple(RemoveBackup(each.backup.label, 100, each.reason) for each in retention.removed),
        wal=(RemoveWal(1, (wal,), SIZE, ("00000000",), 99, 9900),),
        removable_wal={},
        unwanted_wal={},
    )
    text = expire_text(plan, name="db1", done=True)
    assert text.splitlines()[0] == "db1: what can be reached since 2026-11-21 12:00:00Z stays reachable (keep_full 1)"
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
        "what can be reached since 2026-11-21 12:00:00Z stays reachable (keep_full 1)"
    ]
    left = "  left    .expired-x, not all of which could be removed; the next run goes on"
    plan = replace(plan, left=(".expired-x",))
    assert left in expire_text(plan, name="db1", done=True).splitlines()
    assert left in expire_summary(plan, name="db1", done=True).splitlines()
    form = expire_to_dict(plan, name="db1")
    assert [each["label"] for each in form["removed"]] == ["w3", "w4"]
    assert form["freed_bytes"] == 5 + 200 + 9900
    assert form["wal_removed"][0]["ranges"][0]["count"] == 99
    assert str(plan.steps[1]).startswith("remove backup w3, 100 B: it ended before")
