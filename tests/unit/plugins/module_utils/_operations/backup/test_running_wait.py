# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.catalogue.running_backup import RunningBackup
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Unavailable
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.backup_lock import backup_lock
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.running_backup import write_running
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.storage.directory import DirectoryStorage
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.backup.running_wait import follow_running

FIRST, INSTEAD = "20260915T123000Z-incremental", "20260915T123002Z-full"


def at(label: str, percent: int) -> RunningBackup:
    return RunningBackup(label, "2026-09-15T12:30:00.000000Z", "copying", percent, percent, 100, percent)


@pytest.fixture
def storage(tmp_path: Path) -> DirectoryStorage:
    return DirectoryStorage(str(tmp_path))


def test_nothing_is_waited_for_where_nobody_takes_one(storage: DirectoryStorage) -> None:
    write_running(storage, at(FIRST, 40))  # left by one that was killed
    assert follow_running(storage, seconds=0, tell=pytest.fail, sleep=pytest.fail) is None


def test_whoever_holds_the_lock_and_says_nothing_is_not_waited_for(storage: DirectoryStorage) -> None:
    with backup_lock(storage):
        assert follow_running(storage, seconds=0, tell=pytest.fail, sleep=pytest.fail) is None


@pytest.mark.parametrize(
    ("course", "label"),
    [
        pytest.param([at(FIRST, 1), at(FIRST, 1), at(FIRST, 99)], FIRST, id="one that goes on"),
        pytest.param([at(FIRST, 1), at(INSTEAD, 5)], INSTEAD, id="a full one instead"),
    ],
)
def test_it_is_followed_to_its_end(storage: DirectoryStorage, course: list[RunningBackup], label: str) -> None:
    told: list[RunningBackup] = []
    lock = backup_lock(storage)
    remaining: Iterator[RunningBackup] = iter(course)

    def go_on(_seconds: float) -> None:
        following = next(remaining, None)
        if following is None:
            lock.__exit__(None, None, None)
        else:
            write_running(storage, following)

    with lock:
        go_on(0)
        assert follow_running(storage, seconds=0, tell=told.append, sleep=go_on) == label
    assert told == list(dict.fromkeys(course))


def test_patience_ends_with_the_name_of_who_takes_it(storage: DirectoryStorage) -> None:
    clock = iter((0.0, 1.0, 6.0))
    with backup_lock(storage):
        write_running(storage, at(FIRST, 1))
        with pytest.raises(Unavailable, match=r"process [0-9]+ on host") as caught:
            follow_running(
                storage, seconds=5, tell=lambda _running: None, clock=lambda: next(clock), sleep=lambda _seconds: None
            )
    assert caught.value.code == "backup-running"
