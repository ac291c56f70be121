# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import contextlib
import os
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Damaged, Missing
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.append_only import AppendOnly
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.own_file import read_own
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.storage.directory import DirectoryStorage
from in_a_loop import traded

KEY = "backups/20261122T150000Z-full/pinned.json"


@pytest.fixture
def storage(tmp_path: Path) -> DirectoryStorage:
    """With a file of its own, and a link beside it."""
    storage = DirectoryStorage(str(tmp_path / "repository"))
    (tmp_path / "repository").mkdir()
    storage.put(KEY, [b"own"])
    (tmp_path / "secret").write_bytes(b"secret")
    (tmp_path / "repository" / "link").symlink_to(tmp_path / "secret")
    return storage


def test_own_file_is_read_from_where_it_is_asked(storage: DirectoryStorage) -> None:
    with read_own(storage, KEY, offset=1) as reading:
        assert b"".join(reading) == b"wn"
    with pytest.raises(Missing):
        read_own(storage, "backups/none")


def test_own_file_in_a_folder_that_was_moved_is_read(storage: DirectoryStorage, tmp_path: Path) -> None:
    """An administrator's link, to another file system with more room."""
    (tmp_path / "repository" / "backups").rename(tmp_path / "larger")
    (tmp_path / "repository" / "backups").symlink_to(tmp_path / "larger")
    with read_own(storage, KEY) as reading:
        assert b"".join(reading) == b"own"


def test_what_a_link_leads_to_is_not_read(storage: DirectoryStorage) -> None:
    for read in (lambda: read_own(storage, "link"), lambda: AppendOnly(storage).read_all("link")):
        with pytest.raises(Damaged) as caught:
            read()
        assert caught.value.code == "file-not-regular" and "is a link" in caught.value.message
    own = AppendOnly(storage)
    assert (own.read_all(KEY), own.read_all("none")) == (b"own", None)


def test_link_that_is_exchanged_in_a_loop_is_not_read_either(storage: DirectoryStorage, tmp_path: Path) -> None:
    with traded(Path(storage.address(KEY)), tmp_path / "repository" / "link"):
        for _unused in range(300):
            with contextlib.suppress(Damaged), read_own(storage, KEY) as reading:
                assert os.read(reading.descriptor, 10) == b"own"
