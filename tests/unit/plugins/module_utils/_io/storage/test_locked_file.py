# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import os
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Unavailable
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.storage.locked_file import take_turn


@pytest.mark.parametrize("content", [b"", b"left behind"])
def test_what_a_dead_process_left_is_replaced_and_told(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / ".x.tmp"
    path.write_bytes(content)
    orphan = os.open(path, os.O_WRONLY)
    descriptor, has_left = take_turn(str(path))
    os.write(orphan, b"still written by an orphan")
    assert has_left
    assert (os.fstat(descriptor).st_size, path.stat().st_size) == (0, 0)
    os.close(orphan)
    os.close(descriptor)


def test_second_writer_waits_and_then_gives_up(tmp_path: Path) -> None:
    first, has_left = take_turn(str(tmp_path / ".x.tmp"))
    assert not has_left
    with pytest.raises(Unavailable) as caught:
        take_turn(str(tmp_path / ".x.tmp"), timeout_seconds=0.1)
    assert caught.value.code == "repository-busy"
    os.close(first)
    os.close(take_turn(str(tmp_path / ".x.tmp"), timeout_seconds=0.1)[0])


def test_link_at_its_place_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / ".x.tmp").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError):
        take_turn(str(tmp_path / ".x.tmp"))
    assert not (tmp_path / "elsewhere").exists()


def test_another_name_of_somebodys_file_is_not_written_to(tmp_path: Path) -> None:
    (tmp_path / "somebodys").write_bytes(b"")
    os.link(tmp_path / "somebodys", tmp_path / ".x.tmp")
    descriptor, _has_left = take_turn(str(tmp_path / ".x.tmp"))
    assert (tmp_path / "somebodys").stat().st_ino != os.fstat(descriptor).st_ino
    os.close(descriptor)


def test_a_fifo_at_its_place_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / ".x.tmp")
    descriptor, has_left = take_turn(str(tmp_path / ".x.tmp"), timeout_seconds=1)
    os.close(descriptor)
    assert has_left
