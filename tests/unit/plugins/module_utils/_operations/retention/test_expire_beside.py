# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Retention beside backups, restores and pushes, and after a kill at any point."""

from __future__ import annotations

import os
import shutil
import sys
import threading
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Unavailable
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.repository.identity import RepositoryIdentity
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.retention.policy import RetentionPolicy
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.listing import StoredWal
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.lsn import Lsn
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.catalogue.pins import pin_backup
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.catalogue.records import read_catalogue
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.backup_hold import hold_backups
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.backup_lock import EXPIRE, backup_lock
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.cluster_folder import ClusterFolder
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.wal.expired import read_expired
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.retention.expire import expire, rehearse_expire
from held_lock import held_lock
from retention_shelf import KEEP_TWO, NOW, SIZE, Shelf, lay_out


@pytest.fixture
def shelf(folder: ClusterFolder) -> Shelf:
    """The folder of a cluster without backups."""
    return Shelf(folder)


def test_pinned_and_held_backups_stay_with_the_wal_behind_them(shelf: Shelf) -> None:
    labels = lay_out(shelf)
    pin_backup(shelf.folder, labels[1], reason="audit", since="2026-11-01T00:00:00.000000Z")
    with hold_backups(shelf.folder, [labels[3]]):
        plan = expire(shelf.folder, policy=KEEP_TWO, clock=lambda: NOW)
    assert shelf.labels() == [labels[0], labels[1], *labels[3:]]
    reasons = {each.backup.label: each.reason for each in plan.retention.kept}
    assert reasons[labels[1]] == "pinned until it is released: audit"
    assert reasons[labels[0]] == f"'{labels[1]}' builds on it"
    assert reasons[labels[3]] == "a restore is reading it"
    removed = read_expired(shelf.folder.storage, size=SIZE)
    assert removed[1].bounds == (1, 3, 4, 5)


class PushedTo(ClusterFolder):
    """A folder to which a new timeline is pushed once its WAL was listed, and again before any of it is removed."""

    numbers: list[int]

    def stored_wal(self) -> StoredWal:
        self.numbers = []
        stored = super().stored_wal()
        self.numbers = [4118, 4119]
        self._push()
        return stored

    def identity(self) -> RepositoryIdentity:
        self._push()
        return super().identity()

    def _push(self) -> None:
        for number in self.numbers[:1]:
            Shelf(self).put_wal(number, number, timeline=2)
        self.numbers = self.numbers[1:]


@pytest.mark.parametrize("policy", [KEEP_TWO, RetentionPolicy(keep_full=1, keep_days=0, keep_monthly=2)])
def test_a_timeline_that_begins_meanwhile_stays(shelf: Shelf, policy: RetentionPolicy) -> None:
    lay_out(shelf)
    pushed = PushedTo(os.path.dirname(shelf.folder.path), name="db1")
    plan = expire(pushed, policy=policy, clock=lambda: NOW)
    assert [step.timeline for step in plan.wal] == [1]
    assert pushed.numbers == []
    assert sorted(path.name[16:24] for path in (shelf.wal / "00000002/00000001").iterdir()) == ["00000016", "00000017"]
    assert 2 not in read_expired(shelf.folder.storage, size=SIZE)


@pytest.mark.parametrize("what", ["backup", EXPIRE])
def test_it_gives_way_to_a_backup_and_to_another_retention(shelf: Shelf, what: str) -> None:
    lay_out(shelf)
    before = shelf.files()
    with backup_lock(shelf.folder.storage, what=what):
        for act in (expire, rehearse_expire):
            with pytest.raises(Unavailable) as caught:
                act(shelf.folder, policy=KEEP_TWO, clock=lambda: NOW)
            assert caught.value.code == f"{what}-running"
            assert f"process {os.getpid()} on host" in caught.value.message
    assert shelf.files() == before


def test_it_waits_when_asked_to(shelf: Shelf) -> None:
    lay_out(shelf)
    with held_lock(shelf.folder.storage) as release:
        threading.Timer(1.5, release.set).start()
        plan = expire(shelf.folder, policy=KEEP_TWO, clock=lambda: NOW, wait_seconds=20)
    assert plan.steps


_CHANGES = {"os.remove", "os.rename", "os.rmdir", "os.link", "os.truncate"}


def expire_killed(shelf: Shelf, *, after: int, policy: RetentionPolicy) -> bool:
    """Run retention in a process that dies before its change number ``after``; whether it came so far."""
    child = os.fork()
    if child == 0:
        count = 0

        def count_changes(event: str, _arguments: tuple[object, ...]) -> None:
            nonlocal count
            if event in _CHANGES:
                if count == after:
                    os._exit(9)
                count += 1

        try:
            sys.addaudithook(count_changes)
            shelf.expire(policy)
            os._exit(0)
        finally:
            os._exit(1)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert code in (0, 9)
    return code == 9


def test_killed_anywhere_the_catalogue_tells_the_truth_and_the_next_run_cleans_up(shelf: Shelf, tmp_path: Path) -> None:
    policy = RetentionPolicy(keep_full=1, keep_days=0, keep_monthly=2)
    labels = lay_out(shelf)
    (shelf.backups / ".tmp-left").mkdir()
    kept = {*labels[:3], labels[5]}
    copy = tmp_path / "copy"
    shutil.copytree(shelf.folder.path, copy)
    points = 0
    while True:
        was_killed = expire_killed(shelf, after=points, policy=policy)
        found = read_catalogue(shelf.folder)
        present = {backup.label for backup in found.backups}
        # What is shown is whole, each with its chain, and what was to stay can be restored.
        assert kept <= present <= set(labels), points
        assert kept <= found.usable, points
        for label in present:
            assert sorted(path.name for path in (shelf.backups / label).iterdir()) == ["backup.json", "base.tar"]
        for window in found.windows:
            for number in range(SIZE.number_at(window.start), SIZE.number_at(window.end)):
                assert shelf.folder.find_wal(f"00000001{number // 4096:08X}{number % 4096:08X}"), (points, window)
        newest = next(window for window in found.windows if window.covers(Lsn(4120 * SIZE.size_bytes)))
        assert newest.start.value // SIZE.size_bytes <= 4110
        shelf.expire(policy)
        assert shelf.expire(policy) == []
        if points == 0:
            clean = shelf.files()
            assert set(shelf.labels()) == kept
        assert shelf.files() == clean, points
        if not was_killed:
            break
        shutil.rmtree(shelf.folder.path)
        shutil.copytree(copy, shelf.folder.path)
        points += 1
    assert points > 40
