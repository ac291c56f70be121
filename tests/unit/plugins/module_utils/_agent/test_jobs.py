# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``pgpitr jobs`` tells of the job beside a data directory, and ends it by a signal to its process."""

from __future__ import annotations

import signal
import subprocess
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


@pytest.fixture
def worker() -> Iterator[subprocess.Popen[bytes]]:
    """The process that works."""
    with subprocess.Popen(["sleep", "60"]) as process:
        yield process
        process.kill()


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
    with restore_lock(record.directory):
        assert f"extracting beside the cluster, process {worker.pid}" in said(capfd, place)
        assert "would be stopped and rolled back" in said(capfd, [*place, "--stop", "--dry-run"])
        assert worker.poll() is None
        assert "told to stop" in said(capfd, [*place, "--stop", "--data-directory", record.directory])
    assert worker.wait(timeout=20) == -signal.SIGTERM


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
