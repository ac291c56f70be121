# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading and writing the state of verification."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Unavailable
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.segment import SegmentSize
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.cluster_folder import ClusterFolder
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.storage.directory import DirectoryStorage
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.verify.state_file import VerifyStateFile

SIZE = SegmentSize(1 << 20)
NOON = datetime(2026, 11, 22, 12, tzinfo=timezone.utc)


def test_a_state_comes_back(tmp_path: Path) -> None:
    written = VerifyStateFile(DirectoryStorage(str(tmp_path)))
    state = written.read(size=SIZE)
    state.add_file("b1", name="base.tar", moment=NOON)
    written.write(state)
    again = VerifyStateFile(DirectoryStorage(str(tmp_path)))
    assert again.read(size=SIZE).file_moment("b1", name="base.tar") == NOON
    assert written.problems == again.problems == []
    assert (tmp_path / "verify.json").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("text", ["", "{", '{"format": 99}'])
def test_an_unreadable_state_is_a_problem_and_not_an_error(tmp_path: Path, text: str) -> None:
    (tmp_path / "verify.json").write_text(text)
    file = VerifyStateFile(DirectoryStorage(str(tmp_path)))
    for _again in range(2):
        assert file.read(size=SIZE).files == {}
    (problem,) = file.problems
    assert "verify.json" in problem and "earlier runs are not taken into account" in problem


def test_a_state_that_cannot_be_read_or_written_is_a_problem_and_not_an_error(tmp_path: Path) -> None:
    (tmp_path / "verify.json").mkdir()
    file = VerifyStateFile(DirectoryStorage(str(tmp_path)))
    for _again in range(2):
        file.write(file.read(size=SIZE))
    unread, unwritten = file.problems
    assert "earlier runs are not taken into account" in unread
    assert "an interrupted run can't be resumed" in unwritten


def test_what_is_known_is_not_forgotten_while_the_repository_is_away() -> None:
    with pytest.raises(Unavailable) as caught:
        VerifyStateFile(ClusterFolder("/nowhere", name="db1").storage).read(size=SIZE)
    assert caught.value.code == "repository-missing"
