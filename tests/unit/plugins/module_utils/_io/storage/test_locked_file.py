# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import os
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Unavailable
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.storage.locked_file import open_locked_temporary


def test_file_of_a_dead_process_is_not_written_on(tmp_path: Path) -> None:
    path = tmp_path / ".x.tmp"
    path.write_bytes(b"left behind")
    orphan = os.open(path, os.O_WRONLY)
    descriptor = open_locked_temporary(str(path))
    os.write(orphan, b"still written by an orphan")
    assert os.fstat(descriptor).st_size == 0
    assert path.stat().st_size == 0
    os.close(orphan)
    os.close(descriptor)


def test_second_writer_waits_and_then_gives_up(tmp_path: Path) -> None:
    first = open_locked_temporary(str(tmp_path / ".x.tmp"))
    with pytest.raises(Unavailable) as caught:
        open_locked_temporary(str(tmp_path / ".x.tmp"), timeout_seconds=0.1)
    assert caught.value.code == "repository-busy"
    os.close(first)
    os.close(open_locked_temporary(str(tmp_path / ".x.tmp"), timeout_seconds=0.1))


def test_link_at_its_place_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / ".x.tmp").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError):
        open_locked_temporary(str(tmp_path / ".x.tmp"))
    assert not (tmp_path / "elsewhere").exists()
