# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The record of a job as text, and where it goes."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Damaged
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.intent import intent_of
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.job_record import (
    DONE,
    FAILED,
    RECOVERY,
    RESTORE,
    ROLLBACK,
    JobRecord,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.request import RestoreRequest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.target.recovery_target import RecoveryTarget

TIME = RecoveryTarget.parse("time", "2026-09-15T14:30:00+02:00")
FAILURE = {"type": "Failed", "message": "7 rows", "code": "check-failed", "hint": "Look."}
RECORD = JobRecord(RESTORE, "db1", TIME, "/srv/data", process=4711, started="2026-09-15T13:00:00.000000Z")


@pytest.mark.parametrize(
    "record",
    [
        pytest.param(replace(RECORD, progress="recovering: 0/5001A00"), id="running"),
        pytest.param(RECORD.done({"state": "promoted", "checks": []}), id="done"),
        pytest.param(RECORD.failed(FAILURE), id="failed"),
        pytest.param(replace(RECORD, target=RecoveryTarget.parse("latest", True)), id="without a value"),
        pytest.param(replace(RECORD, target=RecoveryTarget.parse("xid", 7, inclusive=False)), id="exclusive"),
    ],
)
def test_record_is_read_as_it_was_written(record: JobRecord) -> None:
    assert JobRecord.parse(str(record)) == record


def test_record_that_has_ended_says_how() -> None:
    done, failed = RECORD.done({"state": "promoted"}), RECORD.failed({"code": "x"})
    assert [each.is_running for each in (RECORD, done, failed)] == [True, False, False]
    assert (done.state, failed.state) == (DONE, FAILED)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("format", 2),
        ("kind", "coffee"),
        ("state", "maybe"),
        ("process", 1),
        ("process", "4711"),
        ("directory", "data"),
        ("target", []),
        ("target", {"kind": "time", "text": "yesterday", "inclusive": True}),
        ("values", None),
        ("failure", "no"),
        ("intent", []),
        ("intent", {"port": 5499}),
        ("failure", {"x": 1}),
        ("failure", {"errno": 5, "strerror": "x", "filename": None}),
        ("failure", {**FAILURE, "message": ["x"]}),
        ("failure", {**FAILURE, "hint": None}),
        ("failure", {**FAILURE, "type": 7}),
    ],
)
def test_record_that_is_wrong_is_damaged(key: str, value: Any) -> None:
    text = json.dumps({**json.loads(str(RECORD)), key: value})
    with pytest.raises(Damaged) as caught:
        JobRecord.parse(text)
    assert caught.value.code == "job-damaged"


def test_words_of_a_forged_record_move_no_cursor() -> None:
    failure = {
        "type": "Failed",
        "message": "gone\nfor \x1b[2Jgood\x07",
        "code": "\x9b31m",
        "hint": "\u202e",
        "values": {},
    }
    read = JobRecord.parse(str(RECORD.failed(failure))).failure
    assert (read["message"], read["code"], read["hint"]) == ("gone\nfor ?[2Jgood?", "?31m", "?")
    values = {"state": "\x1b]0;x\x07", "messages": ["a\tb", "\r\x08"], "plan": {"\x1b": {"x": "\x1b"}}, "seconds": 1.5}
    assert JobRecord.parse(str(RECORD.done(values))).values == {
        "state": "?]0;x?",
        "messages": ["a\tb", "??"],
        "plan": {"?": {"x": "?"}},
        "seconds": 1.5,
    }


@pytest.mark.parametrize("depth", [300, 950, 100_000])
def test_deeply_nested_record_ends_in_words(depth: int) -> None:
    text = str(RECORD).replace('"values": {}', '"values": {"a": ' + "[" * depth + "]" * depth + "}")
    assert text != str(RECORD)
    try:
        JobRecord.parse(text)
    except Damaged as error:
        assert error.code == "job-damaged"


@pytest.mark.parametrize(
    ("record", "target", "directory", "expected"),
    [
        pytest.param(RECORD, TIME, "/srv/data", True, id="the same"),
        pytest.param(RECORD, RecoveryTarget.parse("time", "2026-09-15T12:30:00Z"), "/srv/data", True, id="same moment"),
        pytest.param(RECORD, RecoveryTarget.parse("xid", 7), "/srv/data", False, id="another target"),
        pytest.param(RECORD, TIME, "/srv/copy", False, id="another place"),
        pytest.param(replace(RECORD, cluster="db2"), TIME, "/srv/data", False, id="another cluster"),
        pytest.param(replace(RECORD, kind=RECOVERY), TIME, "/srv/data", True, id="the recovery of one"),
        pytest.param(replace(RECORD, kind=ROLLBACK), TIME, "/srv/data", False, id="a rollback"),
    ],
)
def test_restore_to_the_same_place_and_target(
    record: JobRecord, target: RecoveryTarget, directory: str, expected: bool
) -> None:
    assert record.restores_same(RestoreRequest("db1", target), directory=directory) is expected


def test_restore_that_asks_for_another_thing_is_not_the_same() -> None:
    wanted = RestoreRequest("db1", TIME, port=5499, settings={"primary_conninfo": "host=a"}, source="db1", standby=True)
    record = JobRecord.parse(str(replace(RECORD, intent=intent_of(wanted))))
    assert record.restores_same(wanted, directory="/srv/data")
    for another in ({"port": 5500}, {"settings": {"primary_conninfo": "host=b"}}, {"standby": False}):
        assert not record.restores_same(replace(wanted, **another), directory="/srv/data")
    assert not record.restores_same(RestoreRequest("db1", TIME), directory="/srv/data")


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        pytest.param(RestoreRequest("db1", TIME), True, id="nothing but a target"),
        pytest.param(RestoreRequest("db1", TIME, action="pause"), False, id="what it may not have asked for"),
    ],
)
def test_record_of_the_version_before_says_nothing_of_the_rest(request_: RestoreRequest, expected: bool) -> None:
    record = json.loads(str(RECORD))
    del record["intent"]
    assert JobRecord.parse(json.dumps(record)).restores_same(request_, directory="/srv/data") is expected
