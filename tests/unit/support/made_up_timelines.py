# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Three timelines of made-up WAL with commits and restore points, and the search of targets on them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

from ansible_collections.pgfleet.pitr.plugins.module_utils._core.catalogue.record import Backup
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.target.recovery_target import RecoveryTarget
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.target.search import TargetSearch
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.archive import ArchivedWal
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.event import (
    COMMIT,
    RESTORE_POINT,
    ParameterChange,
    TimelineBeginning,
    WalEvent,
    WalExtract,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.interval_set import IntervalSet
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.lsn import Lsn
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.segment import SegmentSize
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.segment_facts import SegmentFacts
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.timeline import TimelineHistory, TimelineSwitch
from sample_backup import sample_backup

SIZE = SegmentSize(1024 * 1024)
NOON = datetime(2026, 9, 15, 12, 0, tzinfo=timezone.utc)


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def lsn(segment: float) -> Lsn:
    return Lsn(int(segment * SIZE.size_bytes))


def commit(segment: float, *, xid: int, minutes: float) -> WalEvent:
    return WalEvent(lsn(segment), COMMIT, xid=xid, moment=at(minutes))


# Timeline 1 goes from segment 1 to 6. Timeline 2 left it at 4.5, written from minute 100 on; timeline 3 left it at 5.5.
HISTORIES = {
    2: TimelineHistory(2, (TimelineSwitch(1, lsn(4.5)),)),
    3: TimelineHistory(3, (TimelineSwitch(1, lsn(5.5)),)),
}
EVENTS = {
    1: [
        *(commit(number + 0.2, xid=10 + number, minutes=number * 10) for number in range(1, 7)),
        WalEvent(lsn(5.3), RESTORE_POINT, name="on one"),
        WalEvent(lsn(3.4), RESTORE_POINT, name="twice"),
        WalEvent(lsn(5.4), RESTORE_POINT, name="twice"),
    ],
    2: [commit(4.7, xid=15, minutes=100), commit(5.2, xid=30, minutes=110), commit(6.2, xid=31, minutes=120)],
    3: [commit(5.7, xid=16, minutes=200), commit(6.2, xid=40, minutes=210)],
}

# Records that recoveries meet; tests put some here.
CHANGES: list[ParameterChange] = []
BEGINNINGS: list[TimelineBeginning] = []
LAST_RECORD = lsn(6.4)


class MadeUpWal:
    """The events above; counts the segments that are read."""

    def __init__(self) -> None:
        self.read_count = 0

    def read(self, *, timeline: int, first: int, last: int) -> WalExtract:
        self.read_count += last - first + 1
        history = HISTORIES.get(timeline, TimelineHistory(timeline))
        found = [
            event
            for written_on, events in EVENTS.items()
            for event in events
            if history.contains(written_on)
            and history.timeline_at(event.lsn) == written_on
            and first <= SIZE.number_at(event.lsn) <= last
        ]
        return WalExtract(tuple(sorted(found, key=lambda event: event.lsn)), lsn(6.5) if last == 6 else None)

    def facts(self, *, timeline: int, first: int, last: int) -> tuple[SegmentFacts, ...]:
        """From the index, so nothing is read for them."""
        before = self.read_count
        found = tuple(
            replace(
                SegmentFacts.of(self.read(timeline=timeline, first=number, last=number)),
                parameter_changes=tuple(each for each in CHANGES if SIZE.number_at(each.lsn) == number),
                beginnings=tuple(each for each in BEGINNINGS if SIZE.number_at(each.lsn) == number),
            )
            for number in range(first, last + 1)
        )
        self.read_count = before
        return found

    def known_facts(self, *, timeline: int, first: int, last: int) -> tuple[SegmentFacts | None, ...]:
        return self.facts(timeline=timeline, first=first, last=last)

    def first_record(self, *, timeline: int, lsn: Lsn) -> Lsn | None:
        """The last record begins at 6.4, and ends where the WAL does."""
        return lsn if lsn <= LAST_RECORD else None


def backup(label: str, *, start: float, stop: float, minutes: float, timeline: int = 1) -> Backup:
    return sample_backup(
        label,
        start_time=at(minutes - 1),
        stop_time=at(minutes),
        start_lsn=lsn(start),
        stop_lsn=lsn(stop),
        timeline=timeline,
        segment_size=SIZE,
    )


FIRST = backup("first", start=1.05, stop=1.1, minutes=5)
SECOND = backup("second", start=3.05, stop=3.1, minutes=25)
ON_TWO = backup("on two", start=5.05, stop=5.1, minutes=105, timeline=2)


def search(
    *,
    without: tuple[tuple[int, int], ...] = (),
    expired: tuple[tuple[int, int], ...] = (),
    backups: tuple[Backup, ...] = (FIRST, SECOND),
    chosen: Backup | None = None,
) -> TargetSearch:
    numbers = {1: range(1, 7), 2: range(4, 7), 3: range(5, 7)}
    present = {
        timeline: IntervalSet.of(number for number in all_ if (timeline, number) not in (*without, *expired))
        for timeline, all_ in numbers.items()
    }
    removed = {timeline: IntervalSet.of(number for each, number in expired if each == timeline) for timeline in numbers}
    wal = ArchivedWal(present, HISTORIES, SIZE, expired=removed)
    if chosen is not None:
        return TargetSearch((chosen,), wal, MadeUpWal(), every=backups)
    return TargetSearch(backups, wal, MadeUpWal())


def wanted(target: dict[str, Any]) -> RecoveryTarget:
    ((kind, value),) = target.items()
    if kind == "time":
        value = at(value).isoformat()
    return RecoveryTarget.choose({kind: value})


THIRD = backup("third", start=5.25, stop=5.3, minutes=52)
