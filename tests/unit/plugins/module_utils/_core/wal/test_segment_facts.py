# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is kept of a segment says as much as its records."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.event import (
    ABORT,
    COMMIT,
    RESTORE_POINT,
    ParameterChange,
    TablespaceCreation,
    TimelineBeginning,
    WalEvent,
    WalExtract,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.lsn import Lsn
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.segment_facts import SegmentFacts

NOON = datetime(2026, 9, 15, 12, tzinfo=timezone.utc)


def ended(place: int, minutes: int, xid: int, *, kind: str = COMMIT, nested: tuple[int, ...] = ()) -> WalEvent:
    return WalEvent(Lsn(place), kind, xid=xid, moment=NOON + timedelta(minutes=minutes), subtransactions=nested)


EXTRACT = WalExtract(
    (
        ended(10, 5, 700),
        WalEvent(Lsn(20), RESTORE_POINT, name='it\'s "quoted"'),
        ended(30, 90, 702, kind=ABORT, nested=(703, 709)),
        ended(40, 1, 701),
    ),
    parameter_changes=(ParameterChange(Lsn(50), "minimal", {"max_connections": 100}),),
    tablespaces=(TablespaceCreation(Lsn(60), 16400, '/mnt/a "b"'),),
    beginnings=(TimelineBeginning(Lsn(70), 2, NOON),),
)


def test_facts_are_those_of_the_records() -> None:
    facts = SegmentFacts.of(EXTRACT)
    moments = [NOON + timedelta(minutes=minutes) for minutes in (5, 1, 90)]
    assert [facts.first, facts.least, facts.greatest] == moments
    assert facts.xids == (700, 709)
    assert [point.name for point in facts.restore_points] == ['it\'s "quoted"']
    assert facts.parameter_changes[0].ends_recovery


@pytest.mark.parametrize("extract", [EXTRACT, WalExtract(())], ids=["everything", "nothing"])
def test_facts_come_back_from_their_text(extract: WalExtract) -> None:
    facts = SegmentFacts.of(extract)
    assert SegmentFacts.parse(json.loads(json.dumps(facts.to_dict()))) == facts


@pytest.mark.parametrize(
    ("minutes", "inclusive", "stops"),
    [(89, True, True), (90, True, False), (90, False, True), (91, False, False)],
)
def test_recovery_stops_at_the_latest_time_or_not_here(minutes: int, inclusive: bool, stops: bool) -> None:
    facts = SegmentFacts.of(EXTRACT)
    assert facts.has_later_than(NOON + timedelta(minutes=minutes), inclusive=inclusive) is stops


@pytest.mark.parametrize(
    ("ended_ones", "xid", "is_possible"),
    [
        pytest.param((700, 702), 701, True, id="between"),
        pytest.param((700, 702), 703, False, id="newer"),
        pytest.param((700, 702), 699, False, id="older"),
        pytest.param((702, 700), 701, True, id="in another order"),
        pytest.param((4294967294, 5), 4294967295, True, id="before the turn"),
        pytest.param((4294967294, 5), 3, True, id="behind the turn"),
        pytest.param((5, 4294967294), 6, False, id="newer than the turn"),
        pytest.param((), 700, False, id="none ended"),
    ],
)
def test_numbers_are_compared_in_their_circle(ended_ones: tuple[int, ...], xid: int, is_possible: bool) -> None:
    events = tuple(ended(place, place, each) for place, each in enumerate(ended_ones))
    assert SegmentFacts.of(WalExtract(events)).may_have_xid(xid) is is_possible
