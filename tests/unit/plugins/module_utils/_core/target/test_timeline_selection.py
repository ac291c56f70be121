# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a target lies, on a made-up WAL with three timelines, and how much of the WAL is read to find it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import made_up_timelines
import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import PitrError
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.target.timeline_selection import select_timeline
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.event import TimelineBeginning
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.interval_set import IntervalSet
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.timeline import TimelineHistory, TimelineSwitch
from made_up_timelines import EVENTS, FIRST, HISTORIES, ON_TWO, SECOND, at, commit, lsn, search, wanted


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
        pytest.param(3, {"latest": True}, 3, "second", 40, id="latest beside one that was given up"),
        pytest.param(2, {"immediate": True}, 1, "second", None, id="immediate"),
    ],
)
def test_target_is_found_where_it_was_current(
    current: int, target: dict[str, Any], timeline: int, label: str, before_xid: int | None
) -> None:
    selection = select_timeline(search(), wanted(target), current=current)
    stop = selection.stop
    assert (stop.timeline, stop.backup.label) == (timeline, label)
    assert (stop.before.xid if stop.before else None) == before_xid
    assert stop.after is None or stop.after.lsn >= stop.lsn


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


def test_end_of_the_wal_is_not_guessed_where_a_younger_timeline_goes_on_from_the_current_one() -> None:
    with pytest.raises(PitrError) as caught:
        select_timeline(search(), wanted({"latest": True}), current=1)
    assert caught.value.code == "timeline-ambiguous"
    assert "timeline 1" in str(caught.value) and "timeline 3" in str(caught.value)


def test_backup_on_a_later_timeline_is_not_used_for_an_earlier_moment() -> None:
    on_two = search(backups=(FIRST, SECOND, ON_TWO))
    assert select_timeline(on_two, wanted({"time": 115}), current=2).stop.backup is ON_TWO
    assert select_timeline(on_two, wanted({"time": 52}), current=2).stop.backup is SECOND


def test_other_timelines_with_the_same_target_are_noted() -> None:
    selection = select_timeline(search(), wanted({"lsn": str(lsn(5.6))}), current=2)
    assert selection.stop.timeline == 2
    (note,) = selection.notes
    assert "timeline 1" in note and "pitr_restore_target_timeline" in note
    assert select_timeline(search(), wanted({"lsn": str(lsn(3.6))}), current=2).notes == ()


@pytest.mark.parametrize(
    ("began", "minutes", "is_found"),
    [
        pytest.param(100, 65, True, id="before it began"),
        pytest.param(64, 65, False, id="after it began"),
        pytest.param(None, 65, False, id="nobody knows when it began"),
    ],
)
def test_moment_before_the_timeline_began_lies_on_the_one_that_was_left(
    monkeypatch: pytest.MonkeyPatch, began: float | None, minutes: float, is_found: bool
) -> None:
    """Nothing was committed since the restore to this moment, which stopped before the commit of minute 70."""
    late = commit(6.4, xid=17, minutes=70)
    monkeypatch.setitem(EVENTS, 1, [*EVENTS[1], late])
    monkeypatch.setitem(EVENTS, 9, [])
    monkeypatch.setitem(HISTORIES, 9, TimelineHistory(9, (TimelineSwitch(1, lsn(6.4)),)))
    beginnings = [] if began is None else [TimelineBeginning(lsn(6.41), 9, at(began))]
    monkeypatch.setattr(made_up_timelines, "BEGINNINGS", beginnings)
    known = search()
    known = replace(known, wal=replace(known.wal, intervals={1: IntervalSet((1, 7)), 9: IntervalSet((6, 7))}))
    if not is_found:
        with pytest.raises(PitrError) as caught:
            select_timeline(known, wanted({"time": minutes}), current=9)
        assert caught.value.code == "target-after-last-commit"
        return
    stop = select_timeline(known, wanted({"time": minutes}), current=9).stop
    assert (stop.timeline, stop.after) == (1, late)
