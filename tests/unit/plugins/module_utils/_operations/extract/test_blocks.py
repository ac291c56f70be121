# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What has come of an incremental file, where it lies, and that it is freed."""

from __future__ import annotations

import struct
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Damaged
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.extract.block_spool import BlockSpool
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.extract.blocks import OWN_BYTES, Blocks
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.extract.turns import Turns

HEADER = struct.pack("=IIIII", 0xD3AE1F0D, 2, 9, 1, 5)
CONTENT = HEADER + b"abcdefghij"


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[BlockSpool]:
    with closing(BlockSpool(str(tmp_path))) as made:
        yield made


@pytest.fixture
def turns() -> Turns:
    return Turns(1, most_held_bytes=1 << 20)


def of(spool: BlockSpool, turns: Turns, *, size_bytes: int = len(CONTENT)) -> Blocks:
    return Blocks(spool, turns=turns, link=0, size_bytes=size_bytes)


def feed(blocks: Blocks, content: bytes, *, step: int) -> None:
    for start in range(0, len(content), step):
        blocks.write(memoryview(content[start : start + step]))


def read(spool: BlockSpool, blocks: Blocks, start: int, size_bytes: int) -> bytes:
    found = b""
    for offset, size in blocks.places(start, size_bytes):
        spool.read([memoryview(part := bytearray(size))], offset=offset)
        found += part
    return found


@pytest.mark.parametrize("step", [1, 3, 12, 19, 20, 21, 100])
def test_any_part_is_found_whatever_pieces_it_came_in(spool: BlockSpool, turns: Turns, step: int) -> None:
    blocks = of(spool, turns)
    feed(blocks, CONTENT, step=step)
    assert (blocks.start.truncation_blocks, list(blocks.numbers)) == (9, [1, 5])
    for start in range(len(HEADER), len(CONTENT)):
        for end in range(start + 1, len(CONTENT) + 1):
            assert read(spool, blocks, start, end - start) == CONTENT[start:end]


@pytest.mark.parametrize(
    ("content", "known_at"),
    [
        pytest.param(CONTENT, 20, id="blocks"),
        pytest.param(struct.pack("=III", 0xD3AE1F0D, 0, 9), 12, id="none"),
        pytest.param(b"\x0d", 1, id="shorter than any"),
        pytest.param(CONTENT[:15], 15, id="cut"),
    ],
)
def test_header_is_known_as_soon_as_it_has_come_or_nothing_more_comes(
    spool: BlockSpool, turns: Turns, content: bytes, known_at: int
) -> None:
    blocks = of(spool, turns, size_bytes=len(content))
    for number, _byte in enumerate(content):
        assert blocks.has_header is (number >= known_at)
        feed(blocks, content[number : number + 1], step=1)
    assert blocks.has_header


def test_another_format_is_told_where_it_is_read(spool: BlockSpool, turns: Turns) -> None:
    with pytest.raises(Damaged, match="not its format"):
        feed(of(spool, turns), b"nonsense, and more", step=4)


def test_what_was_used_is_freed_piece_by_piece(spool: BlockSpool, turns: Turns) -> None:
    blocks = of(spool, turns)
    feed(blocks, CONTENT, step=4)
    held = turns._held_bytes
    assert held == [OWN_BYTES + 10]
    blocks.free_until(20)
    assert held == [OWN_BYTES + 10]
    blocks.free_until(27)
    assert held == [OWN_BYTES + 6] and read(spool, blocks, 24, 6) == b"efghij"
    blocks.use_up()
    assert held == [0] and spool.take(10) == 0


def test_what_comes_when_nobody_needs_it_is_not_kept(spool: BlockSpool, turns: Turns) -> None:
    blocks = of(spool, turns)
    feed(blocks, CONTENT[:25], step=5)
    blocks.use_up()
    feed(blocks, CONTENT[25:], step=1)
    assert turns._held_bytes == [0] and spool.take(10) == 0
    assert blocks.written == len(CONTENT)


def test_who_waits_for_room_goes_on_when_nobody_needs_it(spool: BlockSpool) -> None:
    turns = Turns(1, most_held_bytes=OWN_BYTES + 4)
    turns.begin()
    blocks = of(spool, turns)
    writer = threading.Thread(target=feed, args=(blocks, CONTENT), kwargs={"step": 4}, daemon=True)
    writer.start()
    writer.join(timeout=0.2)
    assert writer.is_alive() and blocks.written == 24
    blocks.use_up()
    writer.join(timeout=10)
    assert not writer.is_alive() and turns._held_bytes == [0]
