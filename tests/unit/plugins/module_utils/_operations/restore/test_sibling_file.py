# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a restore writes down beside the data directory, and whose it reads."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Damaged, Unavailable
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.restore.sibling_file import (
    read_sibling,
    remove_sibling,
    sibling_path,
    write_sibling,
)


@pytest.fixture
def path(tmp_path: Path) -> str:
    return sibling_path(str(tmp_path / "data"), ".pitr-note.json")


def test_file_lies_beside_what_the_data_directory_links_to(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    assert sibling_path(str(tmp_path / "link"), ".x") == f"{tmp_path}/real.x"


@pytest.mark.parametrize("text", ["", "{}\n", "caf\u00e9", "\udcff of another encoding"], ids=ascii)
def test_text_is_written_read_and_removed(path: str, text: str) -> None:
    write_sibling(path, text)
    found = read_sibling(path)
    assert found is not None and (found.text, found.status.st_mode & 0o777) == (text, 0o600)
    remove_sibling(path)
    remove_sibling(path)
    assert os.listdir(os.path.dirname(path)) == []


def test_file_that_others_could_read_is_closed_when_it_is_written_again(path: str) -> None:
    write_sibling(path, "1")
    os.chmod(path, 0o644)
    write_sibling(path, "2")
    assert os.stat(path).st_mode & 0o777 == 0o600


def test_file_of_another_user_is_not_read_by_who_asks_for_ones_own(path: str) -> None:
    write_sibling(path, "theirs")
    os.truncate(path, 1 << 40)
    os.chown(path, 65534, 65534)
    assert read_sibling(path, user=os.geteuid()) is None
    with pytest.raises(Damaged) as caught:
        read_sibling(path)
    assert caught.value.code == "file-too-large"


def test_nothing_and_what_a_link_leads_to_are_no_file(path: str) -> None:
    with pytest.raises(FileNotFoundError):
        read_sibling(path)
    os.symlink("/etc/passwd", path)
    with pytest.raises(OSError):
        read_sibling(path)
    os.unlink(path)
    os.mkfifo(path)
    with pytest.raises(Damaged) as caught:
        read_sibling(path)
    assert caught.value.code == "file-not-regular"


def test_place_that_cannot_be_written_to_is_named(tmp_path: Path) -> None:
    path = sibling_path(str(tmp_path / "missing" / "data"), ".x")
    with pytest.raises(Unavailable) as caught:
        write_sibling(path, "text")
    assert caught.value.code == "write-failed" and path in caught.value.message
