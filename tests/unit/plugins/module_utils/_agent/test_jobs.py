# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``pgpitr jobs`` tells of the job beside a data directory, and ends it by a signal to its process."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._agent.main import main
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.job_record import (
    RESTORE,
    ROLLBACK,
    JobRecord,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.target.recovery_target import RecoveryTarget
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.restore.job_file import job_path, remove_job
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.restore.lock import restore_lock

HOLDER = """
import fcntl, os, sys, time
sys.stdin.readline()
descriptor = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT, 0o600)
fcntl.flock(descriptor, fcntl.LOCK_EX)
print("held", flush=True)
time.sleep(60)
"""


@pytest.fixture
def worker(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The process that works, once it is told to begin."""
    argv = [sys.executable, "-c", HOLDER, f"{tmp_path}/data.pitr-lock"]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        yield process
        process.kill()


def begin(worker: subprocess.Popen[bytes]) -> None:
    """Let it hold the lock."""
    assert worker.stdin is not None and worker.stdout is not None
    worker.stdin.write(b"\n")
    worker.stdin.flush()
    assert worker.stdout.readline() == b"held\n"


@pytest.fixture
def record(tmp_path: Path, worker: subprocess.Popen[bytes]) -> JobRecord:
    target = RecoveryTarget.parse("name", "rp1")
    return JobRecord(RESTORE, "db1", target, str(tmp_path / "data"), worker.pid, "2026-09-15T13:00:00Z")


@pytest.fixture
def place(tmp_path: Path) -> list[str]:
    config = f"repository_path = {tmp_path}\ndata_directory = {tmp_path}/data\n"
    (tmp_path / "db1.conf").write_text(config, encoding="utf-8")
    return ["--cluster", "db1", "--config-directory", str(tmp_path)]


def write(record: JobRecord) -> None:
    Path(job_path(record.directory)).write_text(str(record), encoding="utf-8")


def said(capfd: pytest.CaptureFixture[str], arguments: list[str], *, code: int = 0) -> str:
    assert main(["jobs", *arguments]) == code
    out, err = capfd.readouterr()
    return out + err


def test_no_job(place: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    assert said(capfd, [*place, "--stop"]) == "db1: no job is at work, and none is to be told of\n"


def test_job_at_work_is_told_and_stopped(
    place: list[str], record: JobRecord, worker: subprocess.Popen[bytes], capfd: pytest.CaptureFixture[str]
) -> None:
    write(record)
    assert "cut off" in said(capfd, place)
    assert "nothing to stop" in said(capfd, [*place, "--stop"])
    begin(worker)
    assert f"extracting beside the cluster, process {worker.pid}" in said(capfd, place)
    assert "would be stopped and rolled back" in said(capfd, [*place, "--stop", "--dry-run"])
    assert worker.poll() is None
    assert "told to stop" in said(capfd, [*place, "--stop", "--data-directory", record.directory])
    assert worker.wait(timeout=20) == -signal.SIGTERM


def test_process_that_has_the_number_by_chance_is_not_stopped(
    place: list[str], record: JobRecord, worker: subprocess.Popen[bytes], capfd: pytest.CaptureFixture[str]
) -> None:
    """The record is that of a job that was killed; another one, which keeps none, is at work."""
    write(record)
    with restore_lock(record.directory):
        assert "[job-not-stoppable]" in said(capfd, [*place, "--stop", "--dry-run"], code=1)
        assert "[job-not-stoppable]" in said(capfd, [*place, "--stop"], code=1)
    begin(worker)
    with subprocess.Popen(["sleep", "60"]) as other:
        write(replace(record, process=other.pid))
        assert "[job-not-stoppable]" in said(capfd, [*place, "--stop"], code=1)
        assert (other.poll(), worker.poll()) == (None, None)
        other.kill()


@pytest.mark.parametrize("more", [{}, {"type": "Busy"}, {"type": "x"}, {"values": {"msg": 1}}, {"errno": "x"}, None])
def test_forged_failure_ends_in_words(
    place: list[str], record: JobRecord, capfd: pytest.CaptureFixture[str], more: dict[str, object] | None
) -> None:
    failure = {"type": "Failed", "message": "\x1b[2Jgone", "code": "\x07", "hint": "\x9b0m"}
    write(record.failed({"x": "\x1b[2J"} if more is None else {**failure, **more}))
    told = said(capfd, [*place, "--follow"], code=1)
    assert "Traceback" not in told and "\x1b" not in told and "\x07" not in told


def test_rollback_is_not_stopped(
    place: list[str], record: JobRecord, worker: subprocess.Popen[bytes], capfd: pytest.CaptureFixture[str]
) -> None:
    write(replace(record, kind=ROLLBACK))
    with restore_lock(record.directory):
        assert "[job-not-stoppable]" in said(capfd, [*place, "--stop"], code=1)
    assert worker.poll() is None


@pytest.mark.parametrize("ends", ["failed", "told"])
def test_job_is_followed_to_its_end(
    place: list[str], record: JobRecord, capfd: pytest.CaptureFixture[str], ends: str
) -> None:
    failure = {"type": "Failed", "message": "7 rows", "code": "check-differs", "hint": "Look."}
    begun = threading.Event()

    def work() -> None:
        with restore_lock(record.directory):
            write(record)
            begun.set()
            time.sleep(0.3)
            if ends == "failed":
                write(record.failed(failure))
            else:
                remove_job(record.directory)

    thread = threading.Thread(target=work)
    thread.start()
    begun.wait()
    told = said(capfd, [*place, "--follow"], code=1 if ends == "failed" else 0)
    thread.join()
    assert ("7 rows [check-differs]" if ends == "failed" else "ended, rolled back") in told


def test_configuration_without_a_data_directory_is_named(
    place: list[str], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "db1.conf").write_text(f"repository_path = {tmp_path}\n", encoding="utf-8")
    assert "[config-invalid]" in said(capfd, place, code=1)
