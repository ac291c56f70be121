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
RECORD = JobRecord(RESTORE, "db1", TIME, "/srv/data", process=4711, started="2026-09-15T13:00:00.000000Z")


@pytest.mark.parametrize(
    "record",
    [
        pytest.param(replace(RECORD, progress="recovering: 0/5001A00"), id="running"),
        pytest.param(RECORD.done({"state": "promoted", "checks": []}), id="done"),
        pytest.param(RECORD.failed({"type": "Failed", "code": "check-failed"}), id="failed"),
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
    ],
)
def test_record_that_is_wrong_is_damaged(key: str, value: Any) -> None:
    text = json.dumps({**json.loads(str(RECORD)), key: value})
    with pytest.raises(Damaged) as caught:
        JobRecord.parse(text)
    assert caught.value.code == "job-damaged"


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
