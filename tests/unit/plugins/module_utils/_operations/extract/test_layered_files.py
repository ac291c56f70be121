# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which incremental files are part of the result, and what is wrong with one is told of its link."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Damaged
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.postgres.relation_layout import RelationLayout
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.extract.kept_blocks import KeptBlocks
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.extract.layered_files import Layer, LayeredFiles
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.extract.turns import Turns

BLOCK = 1024
LAYOUT = RelationLayout(BLOCK, 64)
PATH = "base/5/1"


def layer(link: int, *, kept: int | None = None) -> Layer:
    def kept_blocks(_layout: RelationLayout) -> KeptBlocks:
        return lambda _path: kept

    return Layer(kept_blocks, lambda what: Damaged(f"{link}: {what}", code="", hint=""))


@pytest.fixture
def files(tmp_path: Path) -> Iterator[LayeredFiles]:
    layers, turns = [layer(0), layer(1, kept=4)], Turns(3, most_held_bytes=0)
    with closing(LayeredFiles(str(tmp_path), layers=layers, depths={PATH: 2}, turns=turns)) as made:
        yield made


def add(files: LayeredFiles, link: int, letters: dict[int, str], *, truncation: int, cut: int | None = None) -> None:
    header = struct.pack(f"=III{len(letters)}I", 0xD3AE1F0D, len(letters), truncation, *letters)
    content = (header.ljust(BLOCK, b"\0") if letters else header) + b"".join(
        letter.encode() * BLOCK for letter in letters.values()
    )[:cut]
    blocks = files.blocks(PATH, len(content), link=link)
    assert blocks is not None
    blocks.write(memoryview(content))


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_layers_come_in_any_order(files: LayeredFiles, order: tuple[int, int]) -> None:
    letters = ({1: "B", 2: "C", 5: "F"}, {0: "a", 2: "c", 3: "d", 4: "e"})
    for link in order:
        add(files, link, letters[link], truncation=7)
    overlay = files.take(PATH, layout=lambda: LAYOUT, piece_bytes=1 << 20)
    assert (overlay.file.size_bytes, overlay.file.kept_bytes) == (7 * BLOCK, 4 * BLOCK)
    piece = bytearray(b"." * BLOCK * 7)
    overlay.fill(memoryview(piece), 0)
    assert piece == b"".join(letter.encode() * BLOCK for letter in "aBCdeF.")


def test_only_what_the_newest_backup_has_as_blocks_is_wanted_of_older_ones(files: LayeredFiles) -> None:
    assert files.blocks("base/5/2", 12, link=0) is None
    assert files.blocks(PATH, 12, link=2) is None
    assert [files.is_below(PATH, link=link) for link in range(4)] == [False, False, True, False]
    assert not files.is_below("PG_VERSION", link=2)


@pytest.mark.parametrize("link", [0, 1])
def test_damage_is_told_of_the_link_that_has_it(files: LayeredFiles, link: int) -> None:
    for each in range(2):
        add(files, each, {0: "a"}, truncation=1, cut=-1 if each == link else None)
    with pytest.raises(Damaged, match=f"{link}: .*names 1 blocks"):
        files.take(PATH, layout=lambda: LAYOUT, piece_bytes=1 << 20)
