# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One process that fetches ahead of a recovery: how far, and that it leaves nothing."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._agent.wal.get_ahead import AheadOfRecovery
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.cluster_folder import ClusterFolder
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.wal.fetched_spool import DIRECTORY_NAME, FetchedSpool


def name_of(number: int) -> str:
    return f"0000000100000000{number:08X}"


class Recovery:
    """A spool, and the process that fills it as a thread, until the recovery ends."""

    def __init__(self, folder: ClusterFolder, *, wal: Path) -> None:
        self.folder = folder
        self.wal = wal
        self.spool = FetchedSpool(str(wal), owner="this one")
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    def begin(self, number: int, *, until: str | None = None) -> None:
        assert self.spool.lock() >= 0
        self.spool.begin()
        self.spool.note_position(name_of(number))
        work = AheadOfRecovery(self.spool, self.folder.storage, until=until)
        self._thread = threading.Thread(target=lambda: work.run(lambda: not self._ended.is_set()))
        self._thread.start()

    def fetched(self) -> list[int]:
        found = (self.wal / DIRECTORY_NAME).glob("0*")
        return sorted(int(path.name[16:], 16) for path in found)

    def wait_for(self, numbers: list[int]) -> None:
        deadline = time.monotonic() + 20
        while self.fetched() != numbers:
            assert time.monotonic() < deadline, self.fetched()
            time.sleep(0.01)

    def take(self, number: int) -> bool:
        taken = self.spool.take(name_of(number), destination=str(self.wal / "RECOVERYXLOG"))
        # Gone where the process has ended meanwhile.
        with suppress(FileNotFoundError):
            self.spool.note_position(name_of(number))
        return taken

    def end(self) -> None:
        self._ended.set()
        if self._thread is not None:
            self._thread.join(timeout=20)
            assert not self._thread.is_alive()

    def ends_by_itself(self) -> bool:
        assert self._thread is not None
        self._thread.join(timeout=5)
        return not self._thread.is_alive()


@pytest.fixture
def recovery(folder: ClusterFolder, data_directory: Path) -> Iterator[Recovery]:
    found = Recovery(folder, wal=data_directory / "pg_wal")
    yield found
    found.end()
    assert not (found.wal / DIRECTORY_NAME).exists()


def test_window_moves_with_the_recovery(recovery: Recovery, store: Callable[..., None]) -> None:
    store(*range(3, 30))
    recovery.begin(3)
    recovery.wait_for(list(range(4, 20)))
    assert recovery.take(4)
    content = (recovery.wal / "RECOVERYXLOG").read_bytes()
    assert content == (recovery.wal / name_of(4)).read_bytes()
    recovery.wait_for(list(range(5, 21)))
    # PostgreSQL goes on elsewhere.
    recovery.spool.note_position(name_of(24))
    recovery.wait_for(list(range(25, 30)))


def test_ends_where_the_archive_ends(recovery: Recovery, store: Callable[..., None]) -> None:
    store(3, 4, 6)
    recovery.begin(3)
    recovery.wait_for([4])
    assert recovery.take(4)
    assert recovery.ends_by_itself()
    assert not recovery.take(5)


def test_damaged_segment_is_left_to_the_call_for_it(recovery: Recovery, store: Callable[..., None]) -> None:
    store(3, 4, 5, 6)
    stored = recovery.folder.find_wal(name_of(5))
    assert stored is not None
    path = Path(stored)
    path.write_bytes(path.read_bytes()[:-9])
    recovery.begin(3)
    recovery.wait_for([4])
    assert recovery.take(4)
    assert not recovery.take(5)


def test_no_further_than_what_is_needed(recovery: Recovery, store: Callable[..., None]) -> None:
    store(*range(3, 10))
    recovery.begin(3, until=name_of(5))
    recovery.wait_for([4, 5])
    time.sleep(0.1)
    assert recovery.fetched() == [4, 5]


def test_repository_that_is_away_is_the_end(recovery: Recovery, store: Callable[..., None]) -> None:
    store(3, 4)
    shutil.move(recovery.folder.storage.address(), recovery.wal / "away")
    recovery.begin(3)
    assert recovery.ends_by_itself()
