# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a recovery to a target ends, and how a target in or behind a hole is refused."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import PitrError
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.instant import format_instant
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.target.search import TargetSearch
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.archive import ArchivedWal
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.event import RESTORE_POINT, WalEvent
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.interval_set import IntervalSet
from made_up_timelines import EVENTS, FIRST, HISTORIES, SECOND, SIZE, THIRD, MadeUpWal, at, backup, lsn, search, wanted


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
        (FIRST, SECOND), ArchivedWal(present.intervals, HISTORIES, SIZE, damaged={1: IntervalSet((5, 7))}), MadeUpWal()
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


def test_subtransaction_is_told_from_a_number_that_never_was(monkeypatch: pytest.MonkeyPatch) -> None:
    nested = replace(EVENTS[1][3], subtransactions=(120, 121))
    monkeypatch.setitem(EVENTS, 1, [nested if event is EVENTS[1][3] else event for event in EVENTS[1]])
    with pytest.raises(PitrError, match="subtransaction of transaction 14") as caught:
        search().on(1, wanted({"xid": "121"}))
    assert (caught.value.code, "target_xid: 14" in str(caught.value.hint)) == ("target-unreachable", True)
    with pytest.raises(PitrError, match="there is no end of transaction 122"):
        search().on(1, wanted({"xid": "122"}))


@pytest.mark.parametrize(("place", "is_reached"), [(6.3, True), (6.4, True), (6.45, False), (6.9, False), (7.1, False)])
def test_position_behind_the_begin_of_the_last_record_is_never_reached(place: float, is_reached: bool) -> None:
    request = wanted({"lsn": str(lsn(place))})
    if is_reached:
        assert search().on(1, request).lsn == lsn(place)
        return
    with pytest.raises(PitrError, match="no record begins at or after") as caught:
        search().on(1, request)
    assert caught.value.code == "target-unreachable"
