# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a process stores in a repository that is not required."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._agent.wal.push_beside import Beside
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Unavailable
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.host.agent_config import other_repositories
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.wal_push import Push, new_push
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.wal.beside_notes import BesideNotes
from two_repositories import NAMES, TwoRepositories


class World(TwoRepositories):
    """A server that has archived to `near`, and what stores in `far`."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory)
        self.notes = BesideNotes(str(self.wal), name="far", origin="here")
        self.pushes = 0

    def archived(self, *numbers: int) -> None:
        for number in numbers:
            self.segment(number)
            (self.wal / "archive_status" / f"{NAMES[number]}.done").touch()

    def new_push(self) -> Push:
        self.pushes += 1
        (config,) = other_repositories(self.configuration(far_is_required=False))
        return new_push(self.far.storage, config=config)

    def work(self, current: int, *, steps: int = 99) -> None:
        lock = self.notes.lock()
        left = iter(range(steps))
        try:
            beside = Beside(str(self.wal), self.far.storage, new_push=self.new_push, notes=self.notes, lock=lock)
            beside.run(NAMES[current], goes_on=lambda: next(left, None) is not None)
        finally:
            os.close(lock)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made, before = World(tmp_path), Path.cwd()
    os.chdir(made.data)
    yield made
    os.chdir(before)


def test_what_pg_wal_has_and_the_repository_lacks_is_stored(world: World) -> None:
    world.archived(3, 4, 5)
    world.store(world.far, 4)
    # The one that PostgreSQL is asking for has no status of its own yet.
    world.segment(6)
    world.work(6)
    assert world.stored(world.far) == [3, 4, 5, 6]
    assert world.notes.known() == {NAMES[number] for number in (3, 4, 5, 6)}


def test_what_is_noted_is_not_asked_for_again(world: World) -> None:
    world.archived(3, 4)
    world.work(4)
    Path(world.far.path).rename(f"{world.far.path}.away")
    world.work(4)
    assert world.pushes == 1


def test_process_that_has_to_end_leaves_the_rest_to_the_next(world: World) -> None:
    world.archived(3, 4, 5)
    world.work(5, steps=2)
    assert world.stored(world.far) == [3, 4]
    world.work(5)
    assert world.stored(world.far) == [3, 4, 5]


def test_what_the_server_has_removed_is_left_to_a_copy(world: World) -> None:
    world.archived(3, 4)
    (world.wal / NAMES[3]).unlink()
    world.work(4)
    assert world.stored(world.far) == [4]


def test_repository_that_is_away_is_told(world: World) -> None:
    world.archived(3)
    Path(world.far.path).rename(f"{world.far.path}.away")
    with pytest.raises(Unavailable) as caught:
        world.work(3)
    assert caught.value.code == "repository-missing" and world.notes.known() == set()
