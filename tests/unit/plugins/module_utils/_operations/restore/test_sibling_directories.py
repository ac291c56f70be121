# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Directories beside a data directory are made, removed and renamed so that nothing is overwritten."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Failed, Unavailable
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.swap.swap_step import Rename
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.restore.sibling_directories import (
    make_directory,
    remove_tree,
    rename_durably,
)


def test_directory_is_made_closed_with_those_above(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b"
    make_directory(str(path))
    make_directory(str(path))
    assert [directory.stat().st_mode & 0o777 for directory in (path, path.parent)] == [0o700, 0o700]


def test_directory_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Unavailable) as caught:
        make_directory(str(tmp_path / "file" / "data"))
    assert caught.value.code == "write-failed"


def test_tree_is_removed_where_there_is_one(tmp_path: Path) -> None:
    (tmp_path / "data" / "base").mkdir(parents=True)
    remove_tree(str(tmp_path / "data"))
    remove_tree(str(tmp_path / "data"))
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("is_taken", [True, False])
def test_rename_overwrites_nothing(tmp_path: Path, is_taken: bool) -> None:
    (tmp_path / "new").mkdir()
    destination = tmp_path / "space" / "live"
    if is_taken:
        destination.mkdir(parents=True)
        with pytest.raises(Failed, match="there is something already") as caught:
            rename_durably(Rename(str(tmp_path / "new"), str(destination)))
        assert caught.value.code == "rename-failed"
        return
    rename_durably(Rename(str(tmp_path / "new"), str(destination)))
    assert destination.is_dir() and not (tmp_path / "new").exists()
