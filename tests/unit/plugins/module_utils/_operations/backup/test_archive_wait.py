# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""With real processes: one that stands in the data directory as a server does, and its child with a title."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.backup.archive_wait import ArchiveWait

LABEL = "20260915T140000Z-full"
SEGMENT = "000000010000000000000002"
HISTORY = f"{SEGMENT}.00000028.backup"
CONTENT = f"""\
START WAL LOCATION: 0/2000028 (file {SEGMENT})
STOP WAL LOCATION: 0/2000120 (file {SEGMENT})
LABEL: {{label}}
STOP TIMELINE: 1
"""
# The signal may come while "ready" is still being printed, so its handler must not touch the same stream.
SENDER = """
import os, signal, sys
signal.signal(signal.SIGUSR1, lambda number, frame: (os.write(1, b"woken\\n"), os._exit(0)))
print("ready", flush=True)
sys.stdin.read()
"""
SERVER = "import subprocess, sys; sys.exit(subprocess.call(sys.argv[1:]))"


@pytest.fixture
def data_directory(tmp_path: Path) -> Path:
    (tmp_path / "pg_wal" / "archive_status").mkdir(parents=True)
    return tmp_path


@pytest.fixture
def sender(data_directory: Path) -> Iterator[subprocess.Popen[str]]:
    """The process that sends the backup; both are gone afterwards."""
    title = f'sending backup "{LABEL}"'
    server = subprocess.Popen(
        [sys.executable, "-c", SERVER, sys.executable, "-c", SENDER, title],
        cwd=data_directory,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    (data_directory / "postmaster.pid").write_text(f"{server.pid}\n{data_directory}\n", encoding="utf-8")
    assert server.stdout is not None and server.stdout.readline() == "ready\n"
    yield server
    # Both end when nobody can write to them any more.
    server.communicate()


def write_status(data_directory: Path, **ends: str) -> None:
    for name, end in zip((SEGMENT, HISTORY), (ends["segment"], ends["history"])):
        (data_directory / "pg_wal" / name).write_text(CONTENT.format(label=LABEL), encoding="utf-8")
        if end:
            (data_directory / "pg_wal" / "archive_status" / f"{name}.{end}").touch()


def test_backup_whose_wal_is_archived_is_woken(data_directory: Path, sender: subprocess.Popen[str]) -> None:
    write_status(data_directory, segment="done", history="done")
    assert ArchiveWait(LABEL, data_directory=str(data_directory)).look()
    assert sender.stdout is not None and sender.stdout.readline() == "woken\n"
    assert sender.wait() == 0


@pytest.mark.parametrize(
    ("segment", "history"),
    [
        pytest.param("ready", "ready", id="nothing archived"),
        pytest.param("done", "ready", id="the history file not"),
        pytest.param("ready", "done", id="the segment not"),
        pytest.param("", "done", id="in the moment before its turn"),
    ],
)
def test_backup_that_rightly_waits_is_left_alone(
    data_directory: Path, sender: subprocess.Popen[str], segment: str, history: str
) -> None:
    write_status(data_directory, segment=segment, history=history)
    wait = ArchiveWait(LABEL, data_directory=str(data_directory))
    assert wait.look(), "it is known to wait"
    for name in (SEGMENT, HISTORY):
        (data_directory / "pg_wal" / "archive_status" / f"{name}.done").touch()
    assert sender.poll() is None
    assert wait.look()
    assert sender.stdout is not None and sender.stdout.readline() == "woken\n"


def test_segment_that_is_archived_and_recycled_is_waited_for_no_more(
    data_directory: Path, sender: subprocess.Popen[str]
) -> None:
    write_status(data_directory, segment="", history="done")
    (data_directory / "pg_wal" / SEGMENT).unlink()
    assert ArchiveWait(LABEL, data_directory=str(data_directory)).look()
    assert sender.stdout is not None and sender.stdout.readline() == "woken\n"


def test_other_backups_are_not_its_business(data_directory: Path, sender: subprocess.Popen[str]) -> None:
    write_status(data_directory, segment="done", history="done")
    assert not ArchiveWait("20260915T150000Z-full", data_directory=str(data_directory)).look()
    assert sender.poll() is None


def test_without_a_server_or_its_files_nothing_happens(data_directory: Path) -> None:
    write_status(data_directory, segment="done", history="done")
    assert ArchiveWait(LABEL, data_directory=str(data_directory)).look()
    assert not ArchiveWait(LABEL, data_directory=str(data_directory / "nowhere")).look()
