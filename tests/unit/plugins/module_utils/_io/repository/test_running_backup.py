# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.catalogue.running_backup import RunningBackup
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Unavailable
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.host.child_process import start_child
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.host.process_lines import ProcessLines
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository import backup_lock as backup_lock_module
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.backup_lock import (
    backup_lock,
    is_backup_running,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.running_backup import (
    read_running,
    remove_running,
    write_running,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.storage.directory import DirectoryStorage
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.storage.port import Storage

RUNNING = RunningBackup("20260915T123000Z-full", "2026-09-15T12:30:00.000000Z", "copying", 40, 4, 10, 1)


def test_progress_is_told_only_while_the_lock_is_held(tmp_path: Path) -> None:
    place = DirectoryStorage(str(tmp_path))
    assert read_running(place) is None
    with backup_lock(place):
        beginning = read_running(place)
        assert beginning is not None and beginning.phase == "beginning"
        write_running(place, RUNNING)
        assert read_running(place) == RUNNING
        assert (tmp_path / "backups/.running.json").stat().st_mode & 0o777 == 0o600
    # What a killed backup leaves is not taken for a running one.
    assert read_running(place) is None
    remove_running(place)
    remove_running(place)
    assert [path.name for path in (tmp_path / "backups").iterdir()] == [".lock"]


def test_second_backup_is_refused(tmp_path: Path) -> None:
    with backup_lock(DirectoryStorage(str(tmp_path))):
        assert is_backup_running(DirectoryStorage(str(tmp_path)))
        with pytest.raises(Unavailable) as caught, backup_lock(DirectoryStorage(str(tmp_path))):
            pass
    assert caught.value.code == "backup-running"
    assert not is_backup_running(DirectoryStorage(str(tmp_path)))


def test_a_lock_that_is_released_at_the_last_moment_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    held = ExitStack()
    held.enter_context(backup_lock(DirectoryStorage(str(tmp_path))))
    real = backup_lock_module.lock_holder

    def ask(storage: Storage) -> object:
        held.close()
        return real(storage)

    monkeypatch.setattr(backup_lock_module, "lock_holder", ask)
    with backup_lock(DirectoryStorage(str(tmp_path))):
        assert is_backup_running(DirectoryStorage(str(tmp_path)))


def test_asking_writes_nothing(tmp_path: Path) -> None:
    assert not is_backup_running(DirectoryStorage(str(tmp_path)))
    assert list(tmp_path.iterdir()) == []


def test_lines_end_at_carriage_returns_too() -> None:
    script = "printf '  1/4 kB (25%%), 0/1\\r  4/4 kB (100%%), 1/1\\nNOTICE: done\\nlast' >&2"
    process = start_child(["/bin/sh", "-c", script])
    lines, found = ProcessLines(process), []
    while not lines.ended:
        found += lines.next(timeout_seconds=1)
    assert process.wait() == 0
    assert found == ["  1/4 kB (25%), 0/1", "  4/4 kB (100%), 1/1", "NOTICE: done"]
    assert lines.text == "NOTICE: done\nlast"


def test_no_line_within_the_time() -> None:
    process = start_child(["/bin/sleep", "30"])
    try:
        assert ProcessLines(process).next(timeout_seconds=0.05) == []
    finally:
        process.kill()
        process.wait()


def test_missing_program() -> None:
    with pytest.raises(Unavailable) as caught:
        start_child(["/nowhere/pg_basebackup"])
    assert caught.value.code == "program-missing"


def test_child_dies_with_its_killed_parent() -> None:
    script = (
        "import time\n"
        "from ansible_collections.pgfleet.pitr.plugins.module_utils._io.host.child_process import start_child\n"
        "print(start_child(['/bin/sleep', '60']).pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, env=environment) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        os.kill(child, 0)
        parent.send_signal(signal.SIGKILL)
        parent.wait()
    deadline = time.monotonic() + 30
    while is_alive(child):
        assert time.monotonic() < deadline, "the child goes on alone"
        time.sleep(0.02)


def is_alive(pid: int) -> bool:
    """Whether a process runs; it may go away while it is looked at."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"
