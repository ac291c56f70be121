# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from pathlib import Path

from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Unavailable
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.repository import Repository
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.wal.push_failure import note_push_failure
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.archiving.other_states import other_states
from two_repositories import NAMES, TwoRepositories
from verify_repository import FULL, write_backup


def test_each_is_compared_with_the_first_or_says_why_not(tmp_path: Path) -> None:
    two = TwoRepositories(tmp_path)
    two.store(two.near, 3, 4, 5)
    two.store(two.far, 3)
    far = Repository(str(Path(two.far.path).parent), name="far", is_required=False)
    first = Repository(str(Path(two.near.path).parent), name="near", others=[far, Repository("/nowhere", name="gone")])
    failure = Unavailable("it is full", code="repository-full")
    note_push_failure(str(two.wal), NAMES[4], error=failure, repository="far")

    found, gone = other_states(first, name="db1", stored=two.near.stored_wal(), data_directory=str(two.data))
    assert (found.backup_count, found.window, gone.backup_count) == (0, None, None)
    assert (found.name, found.lacking_count, found.first_lacking, found.is_required) == ("far", 2, NAMES[4], False)
    assert found.failure is not None and found.failure.message == "it is full"
    assert gone.lacking_count is None and "'/nowhere' is not a directory" in (gone.error or "")

    unknown, _gone = other_states(first, name="db1", stored=None, data_directory=None)
    assert (unknown.lacking_count, unknown.error, unknown.failure) == (None, None, None)


def test_window_is_what_each_has_alone(tmp_path: Path) -> None:
    two = TwoRepositories(tmp_path)
    write_backup(two.far)
    two.store(two.near, 3, 4, 5)
    two.store(two.far, 3, 4)
    far = Repository(str(Path(two.far.path).parent), name="far")
    first = Repository(str(Path(two.near.path).parent), name="near", others=[far])
    (found,) = other_states(first, name="db1", stored=two.near.stored_wal(), data_directory=None)
    assert (found.backup_count, found.lacking_count) == (1, 1)
    assert found.window is not None and (found.window.backup, str(found.window.end)) == (FULL, "0/500000")
