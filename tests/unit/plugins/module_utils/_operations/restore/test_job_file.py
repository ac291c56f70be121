# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The record of a job stays where nobody was told how it ended, and only there."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Damaged, Failed
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.job_record import (
    DONE,
    FAILED,
    RESTORE,
    ROLLBACK,
    JobRecord,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.target.recovery_target import RecoveryTarget
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.privilege import follower as followers
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.restore.job_file import (
    JobProgress,
    find_job,
    job_path,
    remove_job,
    run_recorded,
)


@pytest.fixture
def record(tmp_path: Path) -> JobRecord:
    target = RecoveryTarget.parse("latest", True)
    return JobRecord(RESTORE, "db1", target, str(tmp_path / "data"), process=os.getpid(), started="2026-09-15")


@pytest.fixture
def forsaken() -> Iterator[followers.Follower]:
    """A follower that is gone."""
    mine, others = socket.socketpair()
    others.close()
    follower = followers.Follower(mine)
    followers.use_follower(follower)
    yield follower
    followers._Present.follower = None
    mine.close()


def test_record_is_there_while_it_runs_and_gone_when_somebody_is_told(record: JobRecord) -> None:
    def act() -> str:
        assert find_job(record.directory) == record
        return "promoted"

    assert run_recorded(record, act, values_of=lambda state: {"state": state}) == "promoted"
    assert find_job(record.directory) is None
    remove_job(record.directory)


def fail(code: str) -> NoReturn:
    raise Failed("no", code=code)


def test_end_that_nobody_was_told_of_is_kept(record: JobRecord, forsaken: followers.Follower) -> None:
    forsaken.go_on_alone()
    run_recorded(record, lambda: "promoted", values_of=lambda state: {"state": state})
    kept = find_job(record.directory)
    assert kept is not None and (kept.state, kept.values) == (DONE, {"state": "promoted"})

    with pytest.raises(Failed):
        run_recorded(record, lambda: fail("check-failed"), values_of=dict)
    kept = find_job(record.directory)
    assert kept is not None and (kept.state, kept.failure["code"]) == (FAILED, "check-failed")

    with pytest.raises(ZeroDivisionError):
        run_recorded(record, lambda: 1 // 0, values_of=lambda _none: {})
    kept = find_job(record.directory)
    assert kept is not None and kept.failure["code"] == "job-crashed"

    remove_job(record.directory)
    assert find_job(record.directory) is None


def test_nothing_is_kept_of_what_changed_nothing_or_left_nothing_to_tell(
    record: JobRecord, forsaken: followers.Follower
) -> None:
    with pytest.raises(Failed):
        run_recorded(record, lambda: fail("nobody-waits"), values_of=dict)
    assert find_job(record.directory) is None, "the server was not stopped"

    forsaken.go_on_alone()
    run_recorded(replace(record, kind=ROLLBACK), lambda: None, values_of=lambda _none: {})
    assert find_job(record.directory) is None, "the next rollback finds that it was done"


def test_progress_is_kept_every_few_seconds(record: JobRecord) -> None:
    now, told = [0.0], []
    progress = JobProgress(record, also=told.append, clock=lambda: now[0])
    kept = []
    for seconds, line in ((0, "first"), (1, "too early"), (2.5, "second"), (3, "too early again")):
        now[0] = seconds
        progress.tell(line)
        found = find_job(record.directory)
        kept.append(found.progress if found else "")
    assert kept == ["first", "first", "second", "second"]
    assert told == ["first", "too early", "second", "too early again"]


def test_record_of_another_user_or_behind_a_link_is_none(record: JobRecord, tmp_path: Path) -> None:
    path = Path(job_path(record.directory))
    path.write_text(str(record), encoding="utf-8")
    os.chown(path, 65534, 65534)
    assert find_job(record.directory) is None
    path.rename(tmp_path / "elsewhere")
    path.symlink_to(tmp_path / "elsewhere")
    assert find_job(record.directory) is None


def test_record_that_is_damaged_is_told(record: JobRecord) -> None:
    Path(job_path(record.directory)).write_text("{", encoding="utf-8")
    with pytest.raises(Damaged):
        find_job(record.directory)
