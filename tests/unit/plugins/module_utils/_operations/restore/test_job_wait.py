# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waiting for a job that another run has begun."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.job_record import RESTORE, JobRecord
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.target.recovery_target import RecoveryTarget
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.restore import job_wait
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.restore.job_file import job_path
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.restore.job_wait import await_job
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.restore.lock import is_at_work, restore_lock


@pytest.fixture
def record(tmp_path: Path) -> JobRecord:
    target = RecoveryTarget.parse("latest", True)
    return JobRecord(RESTORE, "db1", target, str(tmp_path / "data"), process=4711, started="2026-09-15")


def write(record: JobRecord) -> None:
    Path(job_path(record.directory)).write_text(str(record), encoding="utf-8")


def test_no_job_and_one_that_has_ended_are_not_waited_for(record: JobRecord) -> None:
    assert await_job(record.directory) is None
    ended = record.done({"state": "promoted"})
    write(ended)
    assert await_job(record.directory) == ended


def test_job_at_work_is_waited_for(record: JobRecord) -> None:
    ended = record.failed({"type": "Failed", "message": "7 rows", "code": "check-failed", "hint": ""})
    begun = threading.Event()

    def work() -> None:
        with restore_lock(record.directory):
            write(record)
            begun.set()
            time.sleep(job_wait._POLL_SECONDS * 2)
            write(ended)

    worker = threading.Thread(target=work)
    worker.start()
    begun.wait()
    assert is_at_work(record.directory)
    assert await_job(record.directory) == ended
    worker.join()
    assert not is_at_work(record.directory)


def test_job_that_is_not_over_in_time_is_told_as_running(record: JobRecord) -> None:
    write(record)
    with restore_lock(record.directory):
        began = time.monotonic()
        assert await_job(record.directory, seconds=0.1) == record
        assert time.monotonic() - began < job_wait._QUIET_POLLS * job_wait._POLL_SECONDS


def test_job_without_a_process_is_told_as_running(record: JobRecord) -> None:
    write(record)
    began = time.monotonic()
    assert await_job(record.directory) == record
    assert time.monotonic() - began >= job_wait._QUIET_POLLS * job_wait._POLL_SECONDS
