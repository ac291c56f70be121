# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a target lies, on a made-up WAL with three timelines, and how much of the WAL is read to find it."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.catalogue.record import Backup
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import PitrError
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.instant import format_instant
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.target.recovery_target import RecoveryTarget
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.target.search import TargetSearch
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.target.timeline_selection import select_timeline
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.archive import ArchivedWal
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.event import (
    COMMIT,
    RESTORE_POINT,
    WalEvent,
    WalExtract,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.interval_set import IntervalSet
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.lsn import Lsn
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.segment import SegmentSize
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


@pytest.mark.parametrize(
    ("current", "target", "timeline", "label", "before_xid"),
    [
        pytest.param(1, {"time": 35}, 1, "second", 13, id="one timeline"),
        pytest.param(1, {"time": 22}, 1, "first", 12, id="the backup that ends before"),
        pytest.param(2, {"time": 35}, 1, "second", 13, id="before the fork: the ancestor's own number"),
        pytest.param(2, {"time": 52}, 1, "second", 15, id="on the ancestor after the fork"),
        pytest.param(2, {"time": 115}, 2, "second", 30, id="on the current one"),
        pytest.param(3, {"time": 115}, 2, "second", 30, id="on one that is no ancestor"),
        pytest.param(3, {"time": 52}, 1, "second", 15, id="before the fork of the third"),
        pytest.param(2, {"time": 205}, 3, "second", 16, id="on a younger one"),
        pytest.param(2, {"xid": "15"}, 2, "second", 15, id="an xid of both: the current one's"),
        pytest.param(2, {"xid": "16"}, 3, "second", 16, id="an xid of two others: the newest"),
        pytest.param(2, {"name": "on one"}, 1, "second", 15, id="a name on the part that was left"),
        pytest.param(2, {"lsn": str(lsn(5.3))}, 2, "second", 30, id="a position of both: the current one's"),
        pytest.param(2, {"lsn": str(lsn(4.3))}, 1, "second", 14, id="a position before the fork"),
        pytest.param(2, {"latest": True}, 2, "second", 31, id="latest of the current one"),
        pytest.param(1, {"latest": True}, 1, "second", 16, id="latest after a rollback to the old one"),
        pytest.param(2, {"immediate": True}, 1, "second", None, id="immediate"),
    ],
)
def test_target_is_found_where_it_was_current(
    current: int, target: dict[str, Any], timeline: int, label: str, before_xid: int | None
) -> None:
    choice = select_timeline(search(), wanted(target), current=current)
    place = choice.place
    assert (place.timeline, place.backup.label) == (timeline, label)
    assert (place.before.xid if place.before else None) == before_xid
    assert place.after is None or place.after.lsn >= place.lsn


def wanted(target: dict[str, Any]) -> RecoveryTarget:
    ((kind, value),) = target.items()
    if kind == "time":
        value = at(value).isoformat()
    return RecoveryTarget.choose({f"target_{kind}": value})


@pytest.mark.parametrize(
    ("target", "code"),
    [
        pytest.param({"time": 1}, "target-before-first-backup", id="time before"),
        pytest.param({"time": 500}, "target-after-last-commit", id="time after"),
        pytest.param({"lsn": str(lsn(1.05))}, "target-before-first-backup", id="position before"),
        pytest.param({"lsn": str(lsn(9))}, "target-unreachable", id="position after"),
        pytest.param({"lsn": str(lsn(6.5))}, "target-unreachable", id="position at the end"),
        pytest.param({"xid": "9999"}, "target-unreachable", id="no such xid"),
        pytest.param({"name": "nowhere"}, "target-unreachable", id="no such name"),
    ],
)
def test_target_that_lies_nowhere_is_refused(target: dict[str, Any], code: str) -> None:
    with pytest.raises(PitrError) as caught:
        select_timeline(search(), wanted(target), current=2)
    assert caught.value.code == code


def test_name_twice_behind_one_backup_is_ambiguous() -> None:
    with pytest.raises(PitrError) as caught:
        search().on(1, wanted({"name": "twice"}))
    assert caught.value.code == "target-ambiguous"


def test_hole_is_named_and_never_taken_for_the_end() -> None:
    broken = search(without=((1, 5),))
    for target in ({"latest": True}, {"time": 62}, {"lsn": str(lsn(6.1))}):
        with pytest.raises(PitrError) as caught:
            broken.on(1, wanted(target))
        assert caught.value.code == "segment-missing"
        assert "000000010000000000000005" in str(caught.value)
    assert broken.on(1, wanted({"time": 35})).before == EVENTS[1][2]


def test_damage_at_the_end_of_the_archive_is_a_hole() -> None:
    present = search(without=((1, 5), (1, 6))).wal
    broken = TargetSearch(
        (FIRST, SECOND), ArchivedWal(present.runs, HISTORIES, SIZE, damaged={1: IntervalSet((5, 7))}), MadeUpWal()
    )
    for target in ({"latest": True}, {"time": 62}, {"lsn": str(lsn(5.1))}):
        with pytest.raises(PitrError, match="segment 000000010000000000000005 is damaged") as caught:
            broken.on(1, wanted(target))
        assert caught.value.code == "segment-missing"
    with pytest.raises(PitrError, match="from which segment 000000010000000000000005 is missing"):
        broken.on(1, wanted({"name": "on one"}))
    assert broken.on(1, wanted({"time": 35})).before == EVENTS[1][2]
    # The other ways leave timeline 1 before the damage.
    assert broken.on(2, wanted({"latest": True})).timeline == 2


THIRD = backup("third", start=5.25, stop=5.3, minutes=52)


@pytest.mark.parametrize(
    ("without", "target", "segment", "before", "after"),
    [
        pytest.param((4,), {"time": 45}, "4", (3.2, 30), (5.3, 52), id="a moment in the hole"),
        pytest.param((4,), {"time": 51}, "4", (3.2, 30), (5.3, 52), id="a moment behind it, before the next backup"),
        pytest.param((4,), {"lsn": str(lsn(4.5))}, "4", (3.2, 30), (5.3, 52), id="a position in the hole"),
        pytest.param((4,), {"lsn": str(lsn(5.2))}, "4", (3.2, 30), (5.3, 52), id="a position behind it"),
        pytest.param((3,), {"time": 26}, "3", (2.2, 20), (5.3, 52), id="in the WAL of the backup before"),
        pytest.param((2, 5), {"time": 51}, "5", (4.2, 40), None, id="two holes, and no usable backup behind"),
        pytest.param((1, 2, 3), {"time": 26}, "3", None, (5.3, 52), id="no usable backup before"),
        pytest.param((5,), {"latest": True}, "5", (4.2, 40), None, id="latest"),
        pytest.param((5,), {"immediate": True}, "5", (4.2, 40), None, id="immediate"),
    ],
)
def test_target_in_a_hole_is_refused_with_both_neighbours(
    without: tuple[int, ...],
    target: dict[str, Any],
    segment: str,
    before: tuple[float, float] | None,
    after: tuple[float, float] | None,
) -> None:
    broken = search(without=tuple((1, number) for number in without), backups=(FIRST, SECOND, THIRD))
    with pytest.raises(PitrError) as caught:
        broken.on(1, wanted(target))
    assert caught.value.code == "segment-missing"
    said = str(caught.value)
    assert f"segment 00000001000000000000000{segment} is missing" in said
    named = [f"{format_instant(at(minutes))}, LSN {lsn(place)} " for place, minutes in filter(None, (before, after))]
    assert all(text in said for text in named) and said.count("LSN ") == len(named), said
    assert ("nothing before it can be recovered" in said) == (before is None)
    assert ("no backup behind it can be used" in said) == (after is None)


@pytest.mark.parametrize(
    ("expired", "target", "before", "after"),
    [
        pytest.param((2,), {"time": 15}, "5", "25", id="between an archive and the window"),
        pytest.param((2,), {"lsn": str(lsn(2.5))}, "5", "25", id="a position there"),
        pytest.param((4, 5, 6), {"latest": True}, "25", None, id="nothing is behind"),
        pytest.param((4, 5, 6), {"time": 45}, "25", None, id="a moment that nothing is behind"),
    ],
)
def test_wal_that_retention_removed_is_not_called_missing(
    expired: tuple[int, ...], target: dict[str, Any], before: str, after: str | None
) -> None:
    with pytest.raises(PitrError) as caught:
        search(expired=tuple((1, number) for number in expired)).on(1, wanted(target))
    assert caught.value.code == "segment-expired"
    said = str(caught.value)
    assert f"retention has removed WAL segment 00000001000000000000000{expired[0]}" in said
    assert "missing" not in said and "another copy" not in caught.value.hint
    assert ("no backup behind it can be used" in said) == (after is None)
    assert after is None or format_instant(at(float(after))) in said


def test_end_of_a_backup_before_a_hole_is_named_as_it_is_reached() -> None:
    with pytest.raises(PitrError) as caught:
        search(expired=((1, 2),)).on(1, wanted({"time": 15}))
    # The commit of segment 1 lies behind the first backup; without one only the backup's own end is there.
    assert "'pitr_restore_target_lsn: 0/133333'" in caught.value.hint
    with pytest.raises(PitrError) as caught:
        search(expired=((1, 4),), backups=(FIRST, SECOND, backup("own", start=3.3, stop=3.4, minutes=33))).on(
            1, wanted({"time": 45})
        )
    assert "'pitr_restore_backup: own' with 'pitr_restore_target_immediate: true'" in caught.value.hint


@pytest.mark.parametrize(
    ("target", "code", "label"),
    [
        pytest.param({"time": 55}, "segment-expired", "third", id="a moment"),
        pytest.param({"time": 15}, "segment-expired", None, id="a moment in the hole"),
        pytest.param({"lsn": str(lsn(5.5))}, "segment-expired", "third", id="a position"),
        pytest.param({"latest": True}, "segment-expired", "third", id="the end"),
        pytest.param({"immediate": True}, None, None, id="its own end"),
        pytest.param({"xid": "16"}, "target-unreachable", "third", id="a transaction"),
    ],
)
def test_chosen_backup_hides_no_other(target: dict[str, Any], code: str | None, label: str | None) -> None:
    one = search(expired=((1, 2), (1, 3), (1, 4)), backups=(FIRST, THIRD), chosen=FIRST)
    if code is None:
        assert one.on(1, wanted(target)).backup is FIRST
        return
    with pytest.raises(PitrError) as caught:
        one.on(1, wanted(target))
    assert caught.value.code == code
    if code == "segment-expired":
        assert f"the first one behind it is {format_instant(THIRD.stop_time)}" in str(caught.value)
    else:
        assert "retention has removed segment 000000010000000000000002" in str(caught.value)
    assert ("from backup 'third'" in caught.value.hint) == (label is not None)


def test_target_before_the_chosen_backup_may_be_reached_from_another() -> None:
    with pytest.raises(PitrError, match="before the end of the chosen backup second") as caught:
        search(chosen=SECOND).on(1, wanted({"time": 15}))
    assert caught.value.code == "target-before-first-backup" and "from backup 'first'" in caught.value.hint


def test_neighbours_of_a_hole_can_be_reached() -> None:
    broken = search(without=((1, 4),), backups=(FIRST, SECOND, THIRD))
    assert broken.on(1, wanted({"lsn": str(lsn(3.2))})).before == EVENTS[1][2]
    assert broken.on(1, wanted({"lsn": str(lsn(5.3))})).backup is THIRD


def test_name_and_transaction_are_found_beside_a_hole() -> None:
    broken = search(without=((1, 5),), backups=(FIRST, SECOND, THIRD))
    assert broken.on(1, wanted({"xid": "12"})).backup is FIRST
    assert broken.on(1, wanted({"xid": "13"})).backup is SECOND
    with pytest.raises(PitrError, match="from which segment 000000010000000000000005 is missing") as caught:
        broken.on(1, wanted({"name": "on one"}))
    assert caught.value.code == "target-unreachable"


def test_name_within_a_backup_is_reached_from_an_older_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(EVENTS, 1, [*EVENTS[1], WalEvent(lsn(3.07), RESTORE_POINT, name="during")])
    found = search().on(1, wanted({"name": "during"}))
    assert (found.backup, found.lsn) == (FIRST, lsn(3.07))


def test_earliest_moment_is_that_of_a_usable_backup() -> None:
    with pytest.raises(PitrError, match="second") as caught:
        search(without=((1, 1),)).on(1, wanted({"time": 1}))
    assert format_instant(SECOND.stop_time) in caught.value.hint


def test_backup_on_a_later_timeline_is_not_used_for_an_earlier_moment() -> None:
    on_two = search(backups=(FIRST, SECOND, ON_TWO))
    assert select_timeline(on_two, wanted({"time": 115}), current=2).place.backup is ON_TWO
    assert select_timeline(on_two, wanted({"time": 52}), current=2).place.backup is SECOND


def test_long_wal_is_searched_by_bisection(monkeypatch: pytest.MonkeyPatch) -> None:
    count = 4000
    events = [commit(number + 0.5, xid=number + 3, minutes=number) for number in range(1, count)]
    monkeypatch.setitem(EVENTS, 9, events)
    reader = MadeUpWal()
    wal = ArchivedWal({9: IntervalSet((1, count))}, {}, SIZE)
    only = backup("only", start=1.05, stop=1.1, minutes=0, timeline=9)
    found = TargetSearch((only,), wal, reader).on(9, wanted({"time": 1234.5}))
    assert found.before is not None and found.before.moment == at(1234)
    assert reader.read_count < 40
    reader.read_count = 0
    found = TargetSearch((only,), wal, reader).on(9, wanted({"xid": "2345"}))
    assert found.before is not None and found.before.xid == 2345
    assert reader.read_count < 50


def test_transaction_that_ended_long_after_it_began_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    events = [commit(number + 0.5, xid=number + 3, minutes=number) for number in range(1, 200)]
    monkeypatch.setitem(EVENTS, 9, [*events, commit(150.7, xid=20, minutes=150.5)])
    wal = ArchivedWal({9: IntervalSet((1, 200))}, {}, SIZE)
    only = backup("only", start=1.05, stop=1.1, minutes=0, timeline=9)
    # Number 20 is also the transaction of segment 17: here that one never was.
    monkeypatch.setitem(EVENTS, 9, [event for event in EVENTS[9] if event.lsn != lsn(17.5)])
    found = TargetSearch((only,), wal, MadeUpWal()).on(9, wanted({"xid": "20"}))
    assert found.lsn == lsn(150.7)


def test_other_timelines_with_the_same_target_are_noted() -> None:
    choice = select_timeline(search(), wanted({"lsn": str(lsn(5.6))}), current=2)
    assert choice.place.timeline == 2
    (note,) = choice.notes
    assert "timeline 1" in note and "pitr_restore_target_timeline" in note
    assert select_timeline(search(), wanted({"lsn": str(lsn(3.6))}), current=2).notes == ()
