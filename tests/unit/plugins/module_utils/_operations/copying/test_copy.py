# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Refused, Unavailable
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.backup_lock import backup_lock
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.repository import Repository
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.copying.copy import RepositoryCopy
from two_repositories import TwoRepositories
from verify_repository import FULL, write_backup


@pytest.fixture
def two(tmp_path: Path) -> TwoRepositories:
    made = TwoRepositories(tmp_path)
    made.store(made.near, 3, 4)
    write_backup(made.near)
    return made


def copying(two: TwoRepositories) -> RepositoryCopy:
    near, far = (Repository(str(Path(each.path).parent), name=name) for each, name in ((two.near, "n"), (two.far, "f")))
    return RepositoryCopy(near, far, "db1")


def test_rehearsal_tells_what_a_run_does_and_writes_nothing(two: TwoRepositories) -> None:
    before = sorted(Path(two.far.path).rglob("*"))
    told = copying(two).rehearse()
    assert sorted(Path(two.far.path).rglob("*")) == before
    done = copying(two).run()
    assert (told.wal.files, told.wal.size_bytes) == (done.wal.files, done.wal.size_bytes) == (2, done.wal.size_bytes)
    assert told.backups.labels == done.backups.labels == [FULL] and done.problems == []
    again = copying(two).run()
    assert (again.wal.files, again.backups.labels) == (0, [])


def test_backup_that_is_taken_there_is_waited_for_or_told(two: TwoRepositories) -> None:
    with backup_lock(two.far.storage), pytest.raises(Unavailable) as caught:
        copying(two).run()
    assert caught.value.code == "backup-running" and two.stored(two.far) == [3, 4]


def test_another_history_is_refused_before_anything_is_copied(two: TwoRepositories) -> None:
    two.store(two.near, 6)
    two.store(two.far, 6, body=b"another server's")
    for act in (copying(two).rehearse, copying(two).run):
        with pytest.raises(Refused) as caught:
            act()
        assert caught.value.code == "repositories-differ" and two.stored(two.far) == [6]


def test_another_cluster_is_refused(two: TwoRepositories) -> None:
    two.far.write_identity(replace(two.far.identity(), system_identifiers=("1",)))
    for act in (copying(two).rehearse, copying(two).run):
        with pytest.raises(Refused) as caught:
            act()
        assert caught.value.code == "repository-foreign"
