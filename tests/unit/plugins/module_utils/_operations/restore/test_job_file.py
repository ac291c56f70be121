# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The record of a job stays where nobody was told how it ended, and only there."""

from __future__ import annotations

import os
import socket
import stat
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Damaged, Failed, Unavailable
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


def test_record_of_another_directory_is_damaged(record: JobRecord, tmp_path: Path) -> None:
    """Who forges it would choose the journal that is followed, and what is removed and written."""
    Path(job_path(str(tmp_path / "other"))).write_text(str(record), encoding="utf-8")
    with pytest.raises(Damaged) as caught:
        find_job(str(tmp_path / "other"))
    assert caught.value.code == "job-damaged" and str(tmp_path / "other") in caught.value.message
    os.symlink(tmp_path / "data", tmp_path / "link")
    through_link = replace(record, directory=str(tmp_path / "link"))
    Path(job_path(record.directory)).write_text(str(through_link), encoding="utf-8")
    assert find_job(record.directory) == find_job(str(tmp_path / "link")) == through_link


@pytest.mark.parametrize("what", ["fifo", "directory", "device", "huge"])
def test_what_is_no_record_is_told_at_once(what: str, record: JobRecord) -> None:
    path = Path(job_path(record.directory))
    if what == "fifo":
        os.mkfifo(path)
    elif what == "directory":
        path.mkdir()
    elif what == "device":
        os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(1, 5))
    else:
        path.touch()
        os.truncate(path, 1 << 40)
    with pytest.raises(Damaged) as caught:
        find_job(record.directory)
    assert caught.value.code == ("file-too-large" if what == "huge" else "file-not-regular")


def test_job_comes_to_its_end_though_its_record_cannot_be_written(
    record: JobRecord, forsaken: followers.Follower
) -> None:
    """Such as on a full disk, or where somebody made a directory of that name."""
    forsaken.go_on_alone()
    progress = JobProgress(record, also=lambda _line: None)

    def act() -> str:
        os.unlink(job_path(record.directory))
        Path(job_path(record.directory), "x").mkdir(parents=True)
        progress.tell("recovering")
        return "promoted"

    assert run_recorded(record, act, values_of=lambda state: {"state": state}) == "promoted"
    os.rmdir(Path(job_path(record.directory), "x"))
    os.rmdir(job_path(record.directory))

    def fail_so() -> NoReturn:
        act()
        fail("check-failed")

    with pytest.raises(Failed) as caught:
        run_recorded(record, fail_so, values_of=dict)
    assert caught.value.code == "check-failed"
    with pytest.raises(Unavailable):
        run_recorded(record, act, values_of=dict)


def test_record_that_is_damaged_is_told(record: JobRecord) -> None:
    Path(job_path(record.directory)).write_text("{", encoding="utf-8")
    with pytest.raises(Damaged):
        find_job(record.directory)
