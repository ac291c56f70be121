# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A file gets what comes over it in pieces, in any order, and what was used is freed no earlier than that."""

from __future__ import annotations

import random
import struct
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.backup.block_layers import BlockLayer, layered_file
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.extract.block_spool import BlockSpool
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.extract.blocks import Blocks
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.extract.overlay import (
    LayerBlocks,
    Overlay,
    layer_offset,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.extract.turns import Turns

BLOCK, PIECE, SIZE_BLOCKS = 4, 8, 12
HEADER_BYTES = 40
LAYERS = ({1: "B", 2: "C", 7: "H", 11: "L"}, {0: "a", 2: "c", 3: "d", 8: "i"})
WHOLE = b"aaaaBBBBCCCCdddd............HHHHiiii........LLLL"


class Sample:
    """An overlay of some layers, whose blocks can come later."""

    def __init__(self, directory: Path, *, layers: tuple[dict[int, str], ...] = LAYERS) -> None:
        self.turns = Turns(len(layers), most_held_bytes=1)
        self.spool = BlockSpool(str(directory))
        self.parts = []
        found = []
        for link, letters in enumerate(layers):
            head = struct.pack(f"=III{len(letters)}I", 0xD3AE1F0D, len(letters), SIZE_BLOCKS, *letters)
            content = head.ljust(HEADER_BYTES, b"-") + b"".join(each.encode() * BLOCK for each in letters.values())
            blocks = Blocks(self.spool, turns=self.turns, link=link, size_bytes=len(content))
            layer = BlockLayer(SIZE_BLOCKS, SIZE_BLOCKS, list(letters), layer_offset(link, HEADER_BYTES))
            found.append(LayerBlocks(blocks, layer))
            self.parts.append((blocks, content))
        file = layered_file([each.layer for each in found], block_size_bytes=BLOCK)
        self.overlay = Overlay(
            file, layers=found, spool=self.spool, turns=self.turns, block_size_bytes=BLOCK, piece_bytes=PIECE
        )

    def feed(self, *, step: int = 7) -> None:
        for blocks, content in self.parts:
            for start in range(0, len(content), step):
                blocks.write(memoryview(content[start : start + step]))

    def fill(self, start: int) -> bytes:
        piece = bytearray(b"." * PIECE)
        self.overlay.fill(memoryview(piece), start)
        return bytes(piece)


@pytest.fixture
def sample(tmp_path: Path) -> Iterator[Sample]:
    made = Sample(tmp_path)
    with closing(made.spool):
        yield made


@pytest.mark.parametrize("seed", range(12))
def test_pieces_in_any_order_get_what_belongs_over_them(sample: Sample, seed: int) -> None:
    sample.feed(step=seed + 1)
    starts = [*range(0, len(WHOLE), PIECE)]
    random.Random(seed).shuffle(starts)
    found = {start: sample.fill(start) for start in starts}
    assert b"".join(found[start] for start in sorted(found)) == WHOLE
    sample.overlay.end()
    assert sample.turns._held_bytes == [0, 0]


def test_what_was_used_is_freed_behind_the_first_piece_that_is_open(sample: Sample) -> None:
    sample.feed(step=4)
    held = sample.turns._held_bytes
    before = [*held]
    sample.fill(PIECE)
    assert held == before
    sample.overlay.pass_over(2 * PIECE)
    assert held == before
    sample.fill(0)
    # The header's padding, two blocks of the newest and three of the other.
    assert [before[0] - held[0], before[1] - held[1]] == [12 + 2 * BLOCK, 12 + 3 * BLOCK]


def test_blocks_that_are_not_in_order_are_kept_to_the_end(tmp_path: Path) -> None:
    sample = Sample(tmp_path, layers=({7: "H", 1: "B", 0: "A", 3: "D"},))
    with closing(sample.spool):
        sample.feed()
        before = [*sample.turns._held_bytes]
        assert b"".join(sample.fill(start) for start in range(0, 32, PIECE)) == b"AAAABBBB....DDDD............HHHH"
        assert sample.turns._held_bytes == before
        sample.overlay.end()
        assert sample.turns._held_bytes == [0]


def test_piece_waits_until_its_blocks_have_come(sample: Sample) -> None:
    found: list[bytes] = []
    filler = threading.Thread(target=lambda: found.append(sample.fill(0)), daemon=True)
    filler.start()
    filler.join(timeout=0.2)
    assert filler.is_alive()
    # Nothing comes over this one.
    assert sample.fill(2 * PIECE) == b"." * PIECE
    sample.feed()
    filler.join(timeout=10)
    assert found == [WHOLE[:PIECE]]
