# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import multiprocessing
import os
import stat
from dataclasses import replace
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Unavailable
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.repository.identity import RepositoryIdentity
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.cluster_folder import ClusterFolder


def test_folder_has_its_directories_for_the_owner_alone(folder: ClusterFolder) -> None:
    assert sorted(os.listdir(folder.path)) == [".lock", "backups", "cluster.json", "wal"]
    for path in (folder.path, folder.backups_directory, folder.wal_directory):
        assert stat.S_IMODE(os.stat(path).st_mode) == 0o700


def test_identity_that_stays_is_not_written(folder: ClusterFolder) -> None:
    before = os.stat(f"{folder.path}/cluster.json")
    assert folder.change_identity(lambda identity: identity or pytest.fail("no identity")) is False
    after = os.stat(f"{folder.path}/cluster.json")
    # Reading it may change the time of the last access.
    assert (after.st_ino, after.st_mtime_ns, after.st_ctime_ns) == (
        before.st_ino,
        before.st_mtime_ns,
        before.st_ctime_ns,
    )


def test_folder_in_a_repository_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(Unavailable) as caught:
        ClusterFolder(str(tmp_path / "none"), name="db1").change_identity(lambda _: pytest.fail("asked"))
    assert "none" in caught.value.message


def register(folder: ClusterFolder, number: int) -> None:
    def change(identity: RepositoryIdentity | None) -> RepositoryIdentity:
        assert identity is not None
        return identity.with_writer(replace(identity.writers[0], hostname=f"host{number}"))

    folder.change_identity(change)


def test_hosts_that_register_at_once_are_all_there(folder: ClusterFolder) -> None:
    processes = [multiprocessing.Process(target=register, args=(folder, number)) for number in range(8)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert {writer.hostname for writer in folder.identity().writers} >= {f"host{number}" for number in range(8)}


def test_a_folder_that_is_not_there_yet_has_no_identity(folder: ClusterFolder, tmp_path: Path) -> None:
    assert folder.present_identity() == folder.identity()
    assert ClusterFolder(str(Path(folder.path).parent), name="db2").present_identity() is None
    assert ClusterFolder(str(tmp_path / "none"), name="db1").present_identity() is None
