# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Only one restore of a data directory runs at a time."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Unavailable
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.restore.journal import (
    find_journal,
    write_journal,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.restore.lock import (
    is_at_work,
    is_worked_by,
    journal_lock,
    restore_lock,
)
from sample_cluster import sample_cluster
from sample_plan import sample_journal

HOLDER = """
import fcntl, os, sys, time
descriptor = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT)
fcntl.flock(descriptor, fcntl.LOCK_EX)
print("held", flush=True)
time.sleep(60)
"""


def test_second_restore_is_refused_while_the_first_runs(tmp_path: Path) -> None:
    data = str(tmp_path / "data")
    with restore_lock(data), pytest.raises(Unavailable) as caught, restore_lock(data):
        pass
    assert caught.value.code == "restore-running"
    assert data in caught.value.message
    assert os.listdir(tmp_path) == []
    with restore_lock(data):
        assert os.listdir(tmp_path) == ["data.pitr-lock"]


def test_lock_of_a_killed_process_is_free(tmp_path: Path) -> None:
    data = str(tmp_path / "data")
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, f"{data}.pitr-lock"], stdout=subprocess.PIPE)
    assert holder.stdout is not None and holder.stdout.readline() == b"held\n"
    with pytest.raises(Unavailable), restore_lock(data):
        pass

    holder.send_signal(signal.SIGKILL)
    holder.communicate()
    with restore_lock(data):
        pass
    assert os.listdir(tmp_path) == []


def test_journal_that_changed_since_the_decision_ends_it(tmp_path: Path) -> None:
    journal = sample_journal(sample_cluster(str(tmp_path / "data"), os_user="root"))
    found = find_journal(journal.directory)
    with journal_lock(journal.directory, found=found):
        pass
    write_journal(journal)
    with pytest.raises(Unavailable) as caught, journal_lock(journal.directory, found=found):
        pass
    assert caught.value.code == "restore-running"
    assert sorted(os.listdir(tmp_path)) == ["data.pitr-journal.json"]


def test_who_works_is_known_by_the_lock(tmp_path: Path) -> None:
    """The number in a record may have gone to any other process since."""
    data = str(tmp_path / "data")
    assert not is_worked_by(data, process=os.getpid())
    with restore_lock(data):
        assert is_worked_by(data, process=os.getpid())
        assert not is_worked_by(data, process=os.getppid()) and not is_worked_by(data, process=1)
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, f"{data}.pitr-lock"], stdout=subprocess.PIPE)
    assert holder.stdout is not None and holder.stdout.readline() == b"held\n"
    assert is_at_work(data) and is_worked_by(data, process=holder.pid)
    assert not is_worked_by(data, process=os.getpid())
    holder.kill()
    holder.communicate()
    assert not is_at_work(data) and not is_worked_by(data, process=holder.pid)


@pytest.mark.parametrize("what", ["fifo", "directory", "link", "another user's"])
def test_what_is_no_lock_holds_nobody_up(what: str, tmp_path: Path) -> None:
    path = tmp_path / "data.pitr-lock"
    if what == "fifo":
        os.mkfifo(path)
    elif what == "directory":
        path.mkdir()
    else:
        (tmp_path / "held").touch()
        descriptor = os.open(tmp_path / "held", os.O_RDONLY)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        if what == "link":
            path.symlink_to("held")
        else:
            (tmp_path / "held").rename(path)
            os.chown(path, 65534, 65534)
    assert not is_at_work(str(tmp_path / "data"))
