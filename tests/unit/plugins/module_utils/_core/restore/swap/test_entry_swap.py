# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Entries of a mount point trade places and come back, with an interruption between any two steps."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Failed
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.swap.entry_swap import (
    Entries,
    missing_entries,
    moves_entries,
    roll_back_entries,
    swap_entries,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.swap.swap_pair import entry_pair
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.swap.swap_step import (
    MakeDirectory,
    RemoveDirectory,
    Rename,
    Step,
)

UNKNOWN = entry_pair("/pg", stays=("pg_wal",))
REPLACED = {"PG_VERSION": 1, "base": 2, "global": 3, "log": 4, "zfs": 5}
RESTORED = {"PG_VERSION": 11, "backup_label": 12, "base": 13, "global": 14}
PAIR = replace(UNKNOWN, replaced_entries=REPLACED)
LEFT = {"lost+found": 90, "pg_wal": 91}


class Disk:
    """The directories and what lies in them, as the steps change them."""

    def __init__(self) -> None:
        self.inodes = {f"/pg/{name}": inode for name, inode in {**REPLACED, **LEFT}.items()}
        self.inodes.update({f"{PAIR.new}/{name}": inode for name, inode in RESTORED.items()})
        self.directories = {PAIR.new}

    def seen(self) -> Entries:
        live = {name: inode for name, inode in self._in("/pg").items() if PAIR.moves(name)}
        return Entries(live, *(self._in(path) if path in self.directories else None for path in PAIR.paths[1:]))

    def do(self, step: Step) -> None:
        if isinstance(step, MakeDirectory):
            assert step.path not in self.directories
            self.directories.add(step.path)
        elif isinstance(step, RemoveDirectory):
            assert not self._in(step.path), "it is not empty"
            self.directories.remove(step.path)
        elif step.source in self.directories:
            self.directories.remove(step.source)
            self._move(step)
        else:
            self._move(step)

    def _move(self, step: Rename) -> None:
        assert step.destination not in self.inodes, f"{step} would overwrite"
        for path in [each for each in self.inodes if each == step.source or each.startswith(f"{step.source}/")]:
            self.inodes[step.destination + path[len(step.source) :]] = self.inodes.pop(path)

    def _in(self, directory: str) -> dict[str, int]:
        names = {path.rpartition("/") for path in self.inodes}
        return {name: self.inodes[f"{above}/{name}"] for above, _slash, name in names if above == directory}

    @property
    def live(self) -> dict[str, int]:
        return self._in("/pg")

    @property
    def can_start(self) -> bool:
        """Whether a server would find a control file."""
        return "/pg/global" in self.inodes


def swapped(done: int | None = None) -> Disk:
    disk = Disk()
    for step in swap_entries(PAIR, disk.seen())[:done]:
        disk.do(step)
    return disk


STEPS = len(swap_entries(PAIR, Disk().seen()))


def test_swap_moves_all_but_what_stays() -> None:
    disk = swapped()
    assert disk.live == {**RESTORED, **LEFT}
    assert disk.seen().old == REPLACED
    assert disk.seen().new is None
    assert swap_entries(PAIR, disk.seen()) == ()


@pytest.mark.parametrize("done", range(STEPS + 1))
def test_interrupted_swap_is_finished_by_the_next(done: int) -> None:
    disk = swapped(done)
    for step in swap_entries(PAIR, disk.seen()):
        disk.do(step)
    assert (disk.live, disk.seen().old) == ({**RESTORED, **LEFT}, REPLACED)


@pytest.mark.parametrize("done", range(STEPS + 1))
def test_rollback_after_an_interruption_anywhere_brings_back_everything(done: int) -> None:
    steps = roll_back_entries(PAIR, swapped(done).seen())
    for rolled_back in range(len(steps) + 1):
        disk = swapped(done)
        # What the server of what was restored has made since.
        if done == STEPS:
            disk.inodes["/pg/postmaster.pid"] = 50
            steps = roll_back_entries(PAIR, disk.seen())
        for step in steps[:rolled_back]:
            disk.do(step)
        assert missing_entries(PAIR, disk.seen()) == ()
        for step in roll_back_entries(PAIR, disk.seen()):
            disk.do(step)
        assert disk.live == {**REPLACED, **LEFT}
        assert (disk.seen().old, disk.seen().new) == (None, None)
        assert roll_back_entries(PAIR, disk.seen()) == ()
        assert set(RESTORED.values()) <= set(disk.inodes.values()), "nothing is lost"


def test_no_server_starts_between_the_first_entry_and_the_last() -> None:
    disk = Disk()
    for direction in (swap_entries, roll_back_entries):
        steps = direction(PAIR, disk.seen())
        moves = [step for step in steps if moves_entries((PAIR,), (step,))]
        for step in steps:
            disk.do(step)
            assert disk.can_start == (step not in moves[:-1])


def test_what_came_to_the_old_cluster_last_goes_with_it() -> None:
    disk = Disk()
    disk.inodes["/pg/core"] = 51
    for step in swap_entries(PAIR, disk.seen()):
        disk.do(step)
    assert "core" not in disk.live
    assert (disk.seen().old or {})["core"] == 51


def test_before_the_server_is_stopped_only_what_was_extracted_is_set_aside() -> None:
    steps = roll_back_entries(UNKNOWN, Disk().seen())
    assert steps == (Rename(PAIR.new, PAIR.rolled_back),)
    assert not moves_entries((UNKNOWN,), steps)


def test_what_was_replaced_and_is_gone_is_named() -> None:
    disk = swapped()
    del disk.inodes[f"{PAIR.old}/base"]
    assert missing_entries(PAIR, disk.seen()) == ("base",)
    # Somebody needed the space.
    for path in [path for path in disk.inodes if path.startswith(PAIR.old)]:
        del disk.inodes[path]
    disk.directories.remove(PAIR.old)
    assert missing_entries(PAIR, disk.seen()) == ("global",)


def test_cluster_that_went_on_after_its_rollback_is_whole() -> None:
    disk = Disk()
    disk.inodes["/pg/PG_VERSION"] = 77
    assert missing_entries(PAIR, disk.seen()) == ()


@pytest.mark.parametrize(
    ("entries", "words"),
    [
        pytest.param(Entries({}, None, None, None), "neither '/pg/pgsql_tmp.pitr-new' nor", id="both are gone"),
        pytest.param(Entries({"base": 2}, {}, {"base": 2}, None), "'base' is there, and in", id="one is there twice"),
    ],
)
def test_what_no_restore_leaves_is_refused(entries: Entries, words: str) -> None:
    with pytest.raises(Failed, match=words) as caught:
        swap_entries(PAIR, entries)
    assert caught.value.code == "swap-inconsistent"


def test_entries_of_which_nothing_is_known_are_not_guessed_at() -> None:
    with pytest.raises(Failed, match="does not say what was replaced"):
        roll_back_entries(UNKNOWN, swapped().seen())
