# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plan speaks of a clock that was set back, and not of sessions that commit at the same time."""

from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.target.clock_notes import clock_notes
from made_up_timelines import EVENTS, FIRST, commit, lsn, search, wanted


@pytest.mark.parametrize(
    ("later", "target", "stops_before", "position"),
    [
        pytest.param((), {"time": 35}, 14, None, id="times grow"),
        pytest.param((commit(4.3, xid=90, minutes=34),), {"time": 35}, 14, lsn(4.3), id="at once"),
        pytest.param((commit(6.3, xid=90, minutes=34),), {"time": 35}, 14, lsn(6.3), id="segments later"),
        pytest.param((commit(4.3, xid=90, minutes=36),), {"time": 35}, 14, None, id="back, but not so far"),
        pytest.param(
            (commit(4.25, xid=90, minutes=39.9995),), {"time": 39.9999}, 14, None, id="only beside each other"
        ),
        pytest.param((commit(4.3, xid=90, minutes=34),), {"xid": "13"}, 14, None, id="not by time"),
    ],
)
def test_position_behind_the_step_is_offered(
    monkeypatch: pytest.MonkeyPatch, later: tuple, target: dict, stops_before: int, position: object
) -> None:
    monkeypatch.setitem(EVENTS, 1, sorted([*EVENTS[1], *later], key=lambda event: event.lsn))
    known = search(backups=(FIRST,))
    stop = known.on(1, wanted(target))
    assert stop.after is not None and stop.after.xid == stops_before
    notes = clock_notes(wanted(target), stop, search=known)
    assert len(notes) == (position is not None)
    assert all(f"'pitr_restore_target_lsn: {position}'" in note for note in notes)


def test_stop_is_the_first_commit_that_is_later_in_the_order_of_the_wal(monkeypatch: pytest.MonkeyPatch) -> None:
    ahead = commit(2.6, xid=77, minutes=500)
    monkeypatch.setitem(EVENTS, 1, sorted([*EVENTS[1], ahead], key=lambda event: event.lsn))
    stop = search(backups=(FIRST,)).on(1, wanted({"time": 45}))
    assert (stop.after, stop.lsn) == (ahead, ahead.lsn)


def test_commits_before_the_backup_began_do_not_stop_anything(monkeypatch: pytest.MonkeyPatch) -> None:
    ahead = commit(1.04, xid=77, minutes=500)
    monkeypatch.setitem(EVENTS, 1, sorted([*EVENTS[1], ahead], key=lambda event: event.lsn))
    stop = search(backups=(FIRST,)).on(1, wanted({"time": 45}))
    assert stop.lsn == lsn(5.2)
