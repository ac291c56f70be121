# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Refused
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.cluster_folder import ClusterFolder
from registered_cluster import SEGMENT_BYTES, segment_content

NAME = "000000010000000000000003"
START = 3 * SEGMENT_BYTES
SWITCH = 0x8000
HISTORY = f"1\t0/{START + SWITCH:X}\tno recovery target specified\n"


@pytest.fixture
def pg_wal(data_directory: Path) -> Path:
    """The pg_wal of a registered cluster."""
    path = data_directory / "pg_wal"
    path.mkdir(exist_ok=True)
    return path


def push(folder: ClusterFolder, pg_wal: Path, name: str, content: bytes) -> str | None:
    """Store a file; the message of the refusal, ``None``: it counts as stored."""
    (pg_wal / name).write_bytes(content)
    try:
        folder.store_wal(str(pg_wal / name), data_directory=str(pg_wal.parent), compression="gzip")
    except Refused as error:
        assert error.code == "segment-differs"
        assert error.hint
        return error.message
    return None


def changed_at(offset: int) -> bytes:
    """The segment with another byte there."""
    content = bytearray(segment_content(3))
    content[offset] ^= 1
    return bytes(content)


@pytest.mark.parametrize("suffix", ["", ".partial"])
def test_follower_of_the_switch_has_the_same_up_to_it(folder: ClusterFolder, pg_wal: Path, suffix: str) -> None:
    assert push(folder, pg_wal, NAME + suffix, segment_content(3)) is None
    (pg_wal / "00000002.history").write_text(HISTORY)
    for offset in (SWITCH, SEGMENT_BYTES - 1):
        assert push(folder, pg_wal, NAME + suffix, changed_at(offset)) is None
    message = push(folder, pg_wal, NAME + suffix, changed_at(SWITCH - 1))
    assert message is not None
    assert f"differs from 0/{START + SWITCH - 1:X} on" in message


def test_old_primary_that_stayed_is_refused_in_words_that_say_so(folder: ClusterFolder, pg_wal: Path) -> None:
    push(folder, pg_wal, NAME, segment_content(3))
    push(folder, pg_wal, "00000002.history", HISTORY.encode())
    (pg_wal / "00000002.history").unlink()
    message = push(folder, pg_wal, NAME, changed_at(SWITCH))
    assert message is not None
    assert f"differs behind 0/{START + SWITCH:X}" in message
    assert "stayed on timeline 1" in message


def test_history_that_differs_is_refused(folder: ClusterFolder, pg_wal: Path) -> None:
    push(folder, pg_wal, "00000002.history", HISTORY.encode())
    assert push(folder, pg_wal, "00000002.history", b"1\t0/1000000\tx\n") is not None
    # One that cannot be read tells nothing about a segment.
    push(folder, pg_wal, "00000003.history", b"no history\n")
    push(folder, pg_wal, NAME, segment_content(3))
    (pg_wal / "00000002.history").unlink()
    assert push(folder, pg_wal, NAME, changed_at(100)) is not None
