# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import os
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.stream.file_blocks import (
    can_free_ranges,
    free_range,
    reserve,
)

BLOCK = 1 << 16


@pytest.fixture
def written(tmp_path: Path) -> Path:
    path = tmp_path / "base.tar"
    with path.open("wb") as stream:
        stream.write(b"x" * 16 * BLOCK)
        os.fsync(stream.fileno())
    return path


def allocated_bytes(path: Path) -> int:
    return path.stat().st_blocks * 512


def test_what_is_freed_takes_no_room_and_the_rest_stays(tmp_path: Path, written: Path) -> None:
    assert can_free_ranges(str(tmp_path)) and list(tmp_path.iterdir()) == [written]
    assert free_range(str(written), start=0, end=12 * BLOCK)
    assert allocated_bytes(written) <= 4 * BLOCK + 4096
    assert written.read_bytes() == bytes(12 * BLOCK) + b"x" * 4 * BLOCK


def test_all_of_it_and_more_can_be_freed(written: Path) -> None:
    assert free_range(str(written), start=0, end=40 * BLOCK)
    assert (allocated_bytes(written), written.stat().st_size) == (0, 16 * BLOCK)


def test_a_file_system_that_cannot_is_told() -> None:
    # That of /proc is one, and this file may be written.
    assert not free_range("/proc/self/comm", start=0, end=BLOCK)


def test_a_link_is_not_followed(tmp_path: Path, written: Path) -> None:
    (tmp_path / "link").symlink_to(written)
    with pytest.raises(OSError, match="symbolic links"):
        free_range(str(tmp_path / "link"), start=0, end=BLOCK)
    assert allocated_bytes(written) >= 16 * BLOCK


def test_what_is_reserved_has_its_length_and_its_room(tmp_path: Path) -> None:
    with (tmp_path / "1259").open("wb") as stream:
        assert reserve(stream.fileno(), 3 * BLOCK + 1)
        assert os.fstat(stream.fileno()).st_size == 3 * BLOCK + 1
    assert allocated_bytes(tmp_path / "1259") >= 3 * BLOCK
    assert (tmp_path / "1259").read_bytes() == bytes(3 * BLOCK + 1)


def test_more_than_the_file_system_has_is_told(tmp_path: Path) -> None:
    with (tmp_path / "1259").open("wb") as stream, pytest.raises(OSError, match=r"No space left|too large"):
        reserve(stream.fileno(), 1 << 62)
