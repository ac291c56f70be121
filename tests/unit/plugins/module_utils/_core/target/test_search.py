# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a target lies on one timeline, and how much WAL is read to find it."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import PitrError
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.instant import format_instant
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.target.search import TargetSearch
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.archive import ArchivedWal
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.event import (
    RESTORE_POINT,
    WalEvent,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.interval_set import IntervalSet
from made_up_wal import EVENTS, FIRST, SECOND, SIZE, THIRD, MadeUpWal, at, backup, commit, lsn, search, wanted


def test_name_twice_behind_one_backup_is_ambiguous() -> None:
    with pytest.raises(PitrError) as caught:
        search().on(1, wanted({"name": "twice"}))
    assert caught.value.code == "target-ambiguous"


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


def test_name_within_a_backup_is_reached_from_an_older_one() -> None:
    events = {**EVENTS, 1: [*EVENTS[1], WalEvent(lsn(3.07), RESTORE_POINT, name="during")]}
    found = search(events=events).on(1, wanted({"name": "during"}))
    assert (found.backup, found.lsn) == (FIRST, lsn(3.07))


def test_earliest_moment_is_that_of_a_usable_backup() -> None:
    with pytest.raises(PitrError, match="second") as caught:
        search(without=((1, 1),)).on(1, wanted({"time": 1}))
    assert format_instant(SECOND.stop_time) in caught.value.hint


def test_long_wal_is_searched_by_bisection() -> None:
    count = 4000
    events = [commit(number + 0.5, xid=number + 3, minutes=number) for number in range(1, count)]
    reader = MadeUpWal({9: events})
    wal = ArchivedWal({9: IntervalSet((1, count))}, {}, SIZE)
    only = backup("only", start=1.05, stop=1.1, minutes=0, timeline=9)
    found = TargetSearch((only,), wal, reader).on(9, wanted({"time": 1234.5}))
    assert found.before is not None and found.before.moment == at(1234)
    assert reader.read_count < 40
    reader.read_count = 0
    found = TargetSearch((only,), wal, reader).on(9, wanted({"xid": "2345"}))
    assert found.before is not None and found.before.xid == 2345
    assert reader.read_count < 50


def test_transaction_that_ended_long_after_it_began_is_found() -> None:
    events = [commit(number + 0.5, xid=number + 3, minutes=number) for number in range(1, 200)]
    wal = ArchivedWal({9: IntervalSet((1, 200))}, {}, SIZE)
    only = backup("only", start=1.05, stop=1.1, minutes=0, timeline=9)
    # Number 20 is also the transaction of segment 17: here that one never was.
    others = [event for event in events if event.lsn != lsn(17.5)]
    reader = MadeUpWal({9: [*others, commit(150.7, xid=20, minutes=150.5)]})
    found = TargetSearch((only,), wal, reader).on(9, wanted({"xid": "20"}))
    assert found.lsn == lsn(150.7)
