# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A file is replaced whole, and nothing is left of one that could not be."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.privilege.controllers import walked
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.privilege.replace_file import replace_file

OWNER = (os.geteuid(), os.getegid())


@pytest.mark.parametrize("before", [None, b"old", b"older and longer"], ids=["missing", "short", "long"])
def test_file_is_replaced(tmp_path: Path, before: bytes | None) -> None:
    path = tmp_path / "it's a file"
    if before is not None:
        path.write_bytes(before)
    with walked(str(path)) as place:
        replace_file(place, b"new", mode=0o640, owner=OWNER)
    assert (path.read_bytes(), stat.S_IMODE(path.stat().st_mode), os.listdir(tmp_path)) == (b"new", 0o640, [path.name])


def test_link_is_replaced_and_not_followed(tmp_path: Path) -> None:
    (tmp_path / "target").write_bytes(b"target")
    with walked(str(tmp_path / "link")) as place:
        (tmp_path / "link").symlink_to("target")
        replace_file(place, b"new", mode=0o600, owner=OWNER)
    assert (tmp_path / "target").read_bytes() == b"target"
    assert not (tmp_path / "link").is_symlink()


def test_nothing_is_left_of_what_could_not_be_written(tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()
    with walked(str(tmp_path / "taken")) as place, pytest.raises(IsADirectoryError):
        replace_file(place, b"new", mode=0o600, owner=OWNER)
    assert os.listdir(tmp_path) == ["taken"]
