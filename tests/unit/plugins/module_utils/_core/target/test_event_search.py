# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How little WAL is read to find an event."""

from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.target.search import TargetSearch
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.archive import ArchivedWal
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.interval_set import IntervalSet
from made_up_timelines import EVENTS, SIZE, MadeUpWal, at, backup, commit, lsn, wanted


def test_little_of_a_long_wal_that_is_indexed_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
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
