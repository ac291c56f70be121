# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Running a program as pg_basebackup is run: real processes that print what it prints."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.backup.compression import BackupCompression
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.backup.pg_basebackup import (
    BackupProgress,
    BaseBackupCommand,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Damaged, PitrError, Unavailable
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.storage.directory import DirectoryStorage
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.backup.archive_wait import ArchiveWait
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.backup.backup_place import BackupPlace
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.backup.pg_basebackup_run import (
    FinishedRun,
    Watch,
    run_pg_basebackup,
)

NOON = datetime(2026, 9, 15, 12, tzinfo=timezone.utc)


@dataclass
class Host:
    """Where the program writes; a file stands for the lock."""

    base: Path
    told: list[BackupProgress] = field(default_factory=list)

    def run(self, script: str, *, timeout_seconds: float = 0, check: Callable[[], None] = lambda: None) -> FinishedRun:
        """Run a shell script in place of the program."""
        program, directory = self.base / "pg_basebackup", self.base / "backup"
        program.write_text(f"#!/bin/sh\nexec 3>&2\ndirectory='{directory}'\n{script}\n")
        program.chmod(0o755)
        directory.mkdir()
        command = BaseBackupCommand(
            program=str(program),
            directory=str(directory),
            host="/run",
            port=5432,
            user="postgres",
            version=15,
            label="x",
            compression=BackupCompression("none"),
            checksums="SHA256",
        )
        place = BackupPlace(DirectoryStorage(str(self.base)), "x", directory=str(directory))
        lock = os.open(self.base / "lock", os.O_CREAT | os.O_RDWR)
        try:
            return run_pg_basebackup(
                command,
                place=place,
                follower=place.new_verifier(compression="none", algorithm="SHA256"),
                wait=ArchiveWait("x", data_directory=str(self.base)),
                watch=Watch(self.told.append, check, clock=lambda: NOON, timeout_seconds=timeout_seconds),
                lock=lock,
                hba_file="/etc/pg_hba.conf",
            )
        finally:
            os.close(lock)


@pytest.fixture
def host(tmp_path: Path) -> Host:
    return Host(tmp_path)


def test_the_backup_has_ended_when_the_manifest_appears(host: Host) -> None:
    assert host.run('touch "$directory/backup_manifest.tmp"; sleep 0.2') == FinishedRun(NOON, ())


def test_warnings_of_a_run_that_succeeds_are_kept(host: Host) -> None:
    said = 'WARNING:  skipping special file "./base/16384"'
    assert host.run(f"echo '{said}' >&2; echo '  1/4 kB (25%), 0/1 tablespace' >&2").warnings == (said,)


def test_progress_is_told(host: Host) -> None:
    host.run('echo "  1024/4096 kB (25%), 0/1 tablespace" >&2; sleep 1.5')
    assert [(each.phase, each.percent) for each in host.told] == [("copying", 25)]


@pytest.mark.parametrize(
    ("script", "code"),
    [
        pytest.param(
            "echo 'FATAL: no pg_hba.conf entry for replication connection' >&2; exit 1", "hba-refused", id="message"
        ),
        pytest.param("exit 3", "base-backup-failed", id="no message"),
        pytest.param("kill -9 $$", "base-backup-killed", id="killed"),
    ],
)
def test_failures_are_classified(host: Host, script: str, code: str) -> None:
    with pytest.raises(PitrError) as caught:
        host.run(script)
    assert caught.value.code == code


def process_is_gone(pid_file: Path) -> bool:
    return not Path("/proc", pid_file.read_text().strip()).exists()


def test_a_run_that_takes_too_long_is_killed(host: Host) -> None:
    with pytest.raises(Unavailable) as caught:
        host.run(f"echo $$ > '{host.base}/pid'; exec sleep 60", timeout_seconds=0.5)
    assert caught.value.code == "backup-timeout"
    assert "within 0.5 seconds" in caught.value.message
    assert process_is_gone(host.base / "pid")


def test_a_check_that_fails_ends_the_run(host: Host) -> None:
    def check() -> None:
        raise Damaged("the archiver fails", code="archiver-failing")

    with pytest.raises(Damaged):
        host.run(f"echo $$ > '{host.base}/pid'; exec sleep 60", check=check)
    assert process_is_gone(host.base / "pid")


def test_the_process_keeps_the_lock_open(host: Host) -> None:
    host.run(f"ls -l /proc/$$/fd > '{host.base}/descriptors'")
    assert f"{host.base}/lock" in (host.base / "descriptors").read_text()
