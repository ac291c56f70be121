# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Only what lies between a backup's begin and the stop is replayed, and wal_level minimal ends it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Refused
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.target.replayed_records import (
    check_replayable,
    replayed_records,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.event import ParameterChange
from made_up_timelines import CHANGES, EVENTS, FIRST, SECOND, lsn, search, wanted

# The backup begins at 1.05; the commit of minute 40 lies at 4.2.
PLACES = (1.01, 1.06, 3.5, 4.21, 5.5)


@pytest.fixture
def changes() -> Iterator[list[ParameterChange]]:
    CHANGES[:] = [ParameterChange(lsn(place), "replica", {"max_connections": 100}) for place in PLACES]
    yield CHANGES
    CHANGES.clear()


def test_records_before_the_backup_and_behind_the_stop_do_not_count(changes: list[ParameterChange]) -> None:
    known = search(backups=(FIRST,))
    stop = known.on(1, wanted({"xid": "14"}))
    assert [each.lsn for each in replayed_records(stop, search=known).parameter_changes] == [
        lsn(place) for place in (1.06, 3.5)
    ]
    assert replayed_records(stop, search=known).needed_settings(FIRST)["max_connections"] == 100


def test_target_behind_wal_level_minimal_is_refused_with_record_and_way(changes: list[ParameterChange]) -> None:
    changes[:] = [ParameterChange(lsn(4.5), "minimal"), ParameterChange(lsn(4.6), "replica")]
    known = search(backups=(FIRST, SECOND))
    for target in ({"latest": True}, {"time": 55}, {"xid": "15"}, {"name": "on one"}):
        request = wanted(target)
        stop = known.on(1, request)
        with pytest.raises(Refused) as caught:
            check_replayable(request, stop=stop, records=replayed_records(stop, search=known), search=known)
        assert caught.value.code == "wal-level-minimal"
        assert f"the record at {lsn(4.5)}, in segment 000000010000000000000004" in caught.value.message
        assert f"'pitr_restore_target_lsn: {EVENTS[1][3].lsn}'" in caught.value.hint
    before = wanted({"time": 35})
    stop = known.on(1, before)
    check_replayable(before, stop=stop, records=replayed_records(stop, search=known), search=known)


def test_way_is_the_backup_where_nothing_was_committed_since(changes: list[ParameterChange]) -> None:
    changes[:] = [ParameterChange(lsn(3.15), "minimal")]
    known = search(backups=(SECOND,))
    stop = known.on(1, wanted({"latest": True}))
    with pytest.raises(Refused) as caught:
        check_replayable(
            wanted({"latest": True}), stop=stop, records=replayed_records(stop, search=known), search=known
        )
    assert "'pitr_restore_backup: second' with 'pitr_restore_target_immediate: true'" in caught.value.hint
