# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import threading
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.stream.tar_stream import StreamAborted
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.backup.growing_archives import GrowingArchives


def test_each_is_whole_when_the_next_is_there_and_the_last_at_the_end(tmp_path: Path) -> None:
    archives = GrowingArchives(str(tmp_path / "backup"))
    assert archives.look() == [] and not archives.has_begun
    (tmp_path / "backup").mkdir()
    (tmp_path / "backup" / "16385.tar.zst").touch()
    assert archives.look() == ["16385.tar.zst"] and archives.look() == []
    assert not archives.is_whole("16385.tar.zst")
    for name in ("base.tar.zst", "backup_manifest.tmp"):
        (tmp_path / "backup" / name).touch()
    assert archives.look() == ["base.tar.zst"]
    assert archives.is_whole("16385.tar.zst") and not archives.is_whole("base.tar.zst")
    archives.end()
    assert archives.is_whole("base.tar.zst")
    assert list(archives) == ["16385.tar.zst", "base.tar.zst"]


def test_of_those_that_appear_at_once_none_is_whole_until_another_comes(tmp_path: Path) -> None:
    archives = GrowingArchives(str(tmp_path))
    for name in ("16385.tar", "16386.tar"):
        (tmp_path / name).touch()
    archives.look()
    archives.look()
    assert not archives.is_whole("16385.tar") and not archives.is_whole("16386.tar")
    (tmp_path / "base.tar").touch()
    archives.look()
    assert archives.is_whole("16385.tar") and archives.is_whole("16386.tar")


def test_of_those_that_appear_at_once_only_one_grows_and_the_others_are_whole(tmp_path: Path) -> None:
    # Who waited for the first to be whole would wait while the second fills the spool.
    archives = GrowingArchives(str(tmp_path))
    (tmp_path / "16385.tar").write_bytes(b"whole")
    (tmp_path / "base.tar").touch()
    archives.look()
    assert not archives.is_whole("16385.tar")
    (tmp_path / "base.tar").write_bytes(b"more")
    assert archives.look() == []
    assert archives.is_whole("16385.tar") and not archives.is_whole("base.tar")
    archives.look()
    assert not archives.is_whole("base.tar")


def test_who_waits_for_the_next_hears_of_it_and_of_the_end(tmp_path: Path) -> None:
    archives, heard = GrowingArchives(str(tmp_path)), []
    listener = threading.Thread(target=lambda: heard.extend(archives))
    listener.start()
    (tmp_path / "base.tar").touch()
    archives.look()
    archives.end()
    listener.join(30)
    assert heard == ["base.tar"]


def test_nobody_waits_for_what_was_aborted(tmp_path: Path) -> None:
    archives = GrowingArchives(str(tmp_path))
    archives.abort()
    with pytest.raises(StreamAborted):
        list(archives)
    with pytest.raises(StreamAborted):
        archives.is_whole("base.tar")
