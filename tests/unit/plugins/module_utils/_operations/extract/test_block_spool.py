# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.extract import block_spool as module
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.extract.block_spool import BlockSpool


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[BlockSpool]:
    with closing(BlockSpool(str(tmp_path))) as made:
        yield made


def put(spool: BlockSpool, content: bytes) -> int:
    offset = spool.take(len(content))
    spool.write(memoryview(content), offset=offset)
    return offset


@pytest.mark.parametrize("most_parts", [1, 2, 1024])
@pytest.mark.parametrize("sizes", [[9], [1] * 9, [2, 3, 4], [4, 0, 5], []])
def test_what_was_written_is_read_in_parts(
    spool: BlockSpool, monkeypatch: pytest.MonkeyPatch, sizes: list[int], most_parts: int
) -> None:
    monkeypatch.setattr(module, "_MOST_PARTS", most_parts)
    put(spool, b"..")
    offset = put(spool, b"abcdefghi")
    parts = [bytearray(size) for size in sizes]
    spool.read([memoryview(part) for part in parts], offset=offset)
    assert b"".join(parts) == b"abcdefghi"[: sum(sizes)]


def test_file_stays_as_small_as_what_is_kept_and_has_no_name(tmp_path: Path, spool: BlockSpool) -> None:
    for _each in range(100):
        spool.give_back(put(spool, b"x" * 1000), 1000)
    assert os.fstat(spool._file.fileno()).st_size == 1000
    assert os.listdir(tmp_path) == []


def test_blocks_that_are_there_no_more_are_a_failure_of_the_file(spool: BlockSpool) -> None:
    offset = put(spool, b"ab")
    os.ftruncate(spool._file.fileno(), 1)
    with pytest.raises(OSError, match="has ended"):
        spool.read([memoryview(bytearray(2))], offset=offset)
