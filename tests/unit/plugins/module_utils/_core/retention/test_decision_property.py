# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""After retention every kept backup and every promised moment is still recoverable, and nothing removable remains.

What was recoverable is asked of the catalogue's own rules before and after.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.catalogue.catalogue import (
    catalogue_of,
    recoverable_end,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.catalogue.record import Backup
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.retention.decision import Retention, decide_retention
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.retention.policy import RetentionPolicy
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.retention.stock import Stock
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.interval_set import IntervalSet
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.lsn import Lsn
from lived_world import SIZE, World

CATALOGUES = 3000


# One test for each share, so that they run beside each other.
SHARES = 4


def after(stock: Stock, retention: Retention) -> Stock:
    """What is left once everything is removed."""
    gone = retention.expired_wal(stock.wal.intervals)
    intervals = {
        timeline: intervals.without(gone.get(timeline, IntervalSet()))
        for timeline, intervals in stock.wal.intervals.items()
    }
    wal = replace(stock.wal, intervals={timeline: each for timeline, each in intervals.items() if each})
    found = catalogue_of([decision.backup for decision in retention.kept], wal=wal)
    return replace(stock, backups=found.backups, usable=found.usable, wal=wal)


def reaches(stock: Stock) -> dict[tuple[str, int], Lsn]:
    """How far each backup leads on the way to each timeline."""
    return {
        (backup.label, timeline): end
        for backup in stock.restorable
        for timeline in stock.timelines
        if (end := recoverable_end(backup, timeline=timeline, wal=stock.wal)) is not None
    }


def recoverable(stock: Stock, reach: dict[tuple[str, int], Lsn], *, timeline: int, lsn: Lsn) -> bool:
    """Whether any backup that ends before the position leads beyond it."""
    return any(backup.stop_lsn <= lsn <= reach.get((backup.label, timeline), Lsn(0)) for backup in stock.restorable)


def promised_since(stock: Stock, *, policy: RetentionPolicy, now: datetime) -> datetime:
    """The beginning of the promise, from the words of the documentation."""
    fulls = sorted((each.stop_time for each in stock.restorable if each.parent is None), reverse=True)
    by_count = fulls[min(policy.keep_full, len(fulls)) - 1] if fulls else stock.restorable[-1].stop_time
    return min(by_count, now - timedelta(days=policy.keep_days)) if policy.keep_days else by_count


def calendar_labels(stock: Stock, *, policy: RetentionPolicy) -> Iterator[str]:
    """The last backups of the newest periods, counted by hand."""
    forms = ((policy.keep_daily, "%Y%m%d"), (policy.keep_weekly, "%G%V"), (policy.keep_monthly, "%Y%m"))
    for count, form in (*forms, (policy.keep_yearly, "%Y")):
        last = {backup.stop_time.strftime(form): backup.label for backup in stock.restorable}
        yield from [last[period] for period in sorted(last, reverse=True)[:count]]


def begins_of(stock: Stock, *, since: datetime) -> dict[int, Backup | None]:
    """The backup that begins the window on each timeline of which something was archived since."""
    found = {}
    for timeline in stock.timelines:
        leading = [each for each in stock.restorable if stock.leads(each, timeline=timeline)]
        early = [each for each in leading if each.stop_time <= since]
        is_alive = stock.last_archived[timeline] >= since - timedelta(hours=1)
        if is_alive or timeline == stock.restorable[-1].timeline:
            found[timeline] = (early[-1:] or leading[:1] or [None])[0]
    return found


def unjustified(stock: Stock, *, policy: RetentionPolicy, now: datetime, begins: dict[int, Backup | None]) -> set[str]:
    """The backups that are there without a reason."""
    since = promised_since(stock, policy=policy, now=now)
    wanted = {each.label for each in stock.backups if each.stop_time > since} | {stock.restorable[-1].label}
    wanted |= {each.label for each in stock.fulls[-policy.keep_full :]} | set(calendar_labels(stock, policy=policy))
    wanted |= {label for label in stock.pins if stock.active_pins(label, now=now)} | stock.held
    wanted |= {each.label for each in begins.values() if each is not None}
    for label in stock.damaged:
        wanted |= {each.label for each in [each for each in stock.restorable if each.label < label][-1:]}
    for backup in reversed(stock.backups):
        wanted |= {backup.parent} if backup.label in wanted and backup.parent else set()
    return {each.label for each in stock.backups} - wanted


def useless_wal(stock: Stock, *, now: datetime, begins: dict[int, Backup | None]) -> list[tuple[int, int]]:
    """The archived segments that nothing needs."""
    every = [each for each in stock.backups if each.label in stock.held or stock.active_pins(each.label, now=now)]
    for label in stock.damaged:
        before = [each for each in stock.restorable if each.label < label]
        if not before:
            return []
        every.append(before[-1])
    paths = [(timeline, each) for timeline, each in begins.items() if each is not None]
    paths += [
        (timeline, each)
        for each in every
        for timeline in stock.timelines
        if stock.wal.history(timeline).reaches(each.stop_lsn, timeline=each.timeline)
    ]
    useless = []
    for timeline, intervals in stock.wal.intervals.items():
        for number in (number for first, end in intervals for number in range(first, end)):
            start = SIZE.start_of(number)
            own = any(
                each.timeline == timeline and each.first_segment.number <= number <= each.last_segment.number
                for each in stock.backups
            )
            on_way = any(
                number >= each.first_segment.number and stock.wal.history(to).reaches(start, timeline=timeline)
                for to, each in paths
            )
            if not own and not on_way and begins.get(timeline, timeline) is not None:
                useless.append((timeline, number))
    return useless


def test_chains_stay_whole_whatever_the_clock_said() -> None:
    removed_backups = removed_parents = 0
    for seed in range(500):
        world = World.lived(seed)
        times = [each.stop_time for each in world.backups]
        world.random.shuffle(times)
        world.backups = [replace(each, stop_time=time) for each, time in zip(world.backups, times)]
        stock, policy = world.stock(), world.policy()
        retention = decide_retention(stock, policy=policy, now=world.now)
        left = after(stock, retention)
        kept = {decision.backup.label for decision in retention.kept}
        assert left.usable == stock.usable & kept, seed
        removed_backups += len(retention.removed)

        gone: set[str] = set()
        for decision in retention.removal_order:
            assert decision.backup.parent not in gone, seed
            removed_parents += any(each.parent == decision.backup.label for each in stock.backups)
            gone.add(decision.backup.label)
        assert gone == {decision.backup.label for decision in retention.removed}, seed
    assert removed_backups > 300 and removed_parents > 30


@pytest.mark.parametrize("share", range(SHARES))
def test_what_is_promised_stays_and_what_is_removable_goes(share: int) -> None:
    removed_backups = removed_segments = promised_moments = 0
    for seed in range(share, CATALOGUES, SHARES):
        world = World.lived(seed)
        stock, policy, now = world.stock(), world.policy(), world.now
        retention = decide_retention(stock, policy=policy, now=now)
        if stock.newest is None:
            assert not retention.removed and not retention.expired_wal(stock.wal.intervals), seed
            continue
        left = after(stock, retention)
        removed_backups += len(retention.removed)
        removed_segments += sum(intervals.count for intervals in retention.expired_wal(stock.wal.intervals).values())

        kept = {decision.backup.label for decision in retention.kept}
        assert left.usable == stock.usable & kept, (seed, "a kept backup cannot be restored any more")

        since = promised_since(stock, policy=policy, now=now)
        before_reach, reach = reaches(stock), reaches(left)
        for moment, timeline, lsn in world.states:
            if moment >= since and recoverable(stock, before_reach, timeline=timeline, lsn=lsn):
                promised_moments += 1
                assert recoverable(left, reach, timeline=timeline, lsn=lsn), (seed, moment, timeline, str(lsn))
        for label in stock.held | {label for label in kept if stock.active_pins(label, now=now)}:
            for timeline in stock.timelines:
                key = (label, timeline)
                assert reach.get(key) == before_reach.get(key), (seed, "WAL behind a backup in use", key)

        again = decide_retention(left, policy=policy, now=now)
        assert not again.removed and not again.expired_wal(left.wal.intervals), (
            seed,
            "a second run finds more to remove",
        )
        begins = begins_of(left, since=since)
        assert unjustified(left, policy=policy, now=now, begins=begins) == set(), seed
        assert useless_wal(left, now=now, begins=begins) == [], seed
    assert removed_backups > 500 and removed_segments > 3000 and promised_moments > 3000
