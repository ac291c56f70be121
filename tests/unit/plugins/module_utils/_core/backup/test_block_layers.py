# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Blocks of several layers over a whole file are those that applying one after the other would leave."""

from __future__ import annotations

import random
from collections.abc import Mapping

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.backup.block_layers import (
    BlockLayer,
    LayeredFile,
    Run,
    layered_file,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.backup.incremental_file import IncrementalStart
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Damaged

BLOCK = 2
SEGMENT = 12
Blocks = Mapping[int, str]


def applied(whole: str, backups: list[tuple[Blocks, int, int | None]]) -> str:
    """What is left of the file, a letter a block, when each backup is written over the one before."""
    file = list(whole)
    for blocks, truncation, kept in backups:
        size = max(min(truncation, SEGMENT), max(blocks, default=-1) + 1)
        file = file[: truncation if kept is None else min(truncation, kept)]
        file += ["0"] * (size - len(file))
        file = file[:size]
        for number, letter in blocks.items():
            file[number] = letter
    return "".join(file)


def together(whole: str, backups: list[tuple[Blocks, int, int | None]]) -> str:
    """The same by one pass over the whole file."""
    stored, layers = "", []
    for blocks, truncation, kept in backups:
        start = IncrementalStart(len(blocks), truncation)
        layers.append(
            BlockLayer.of(start, [*blocks], segment_blocks=SEGMENT, kept_blocks=kept, offset=len(stored) * BLOCK)
        )
        stored += "".join(blocks.values())
    file = layered_file(layers[::-1], block_size_bytes=BLOCK)
    content = list(whole[: file.kept_bytes // BLOCK].ljust(file.size_bytes // BLOCK, "0"))
    for run in file.runs:
        for place in range(run.size_bytes // BLOCK):
            content[run.start // BLOCK + place] = stored[run.offset // BLOCK + place]
    return "".join(content)


@pytest.mark.parametrize(
    ("backups", "expected"),
    [
        pytest.param([({}, 4, None)], "abcd", id="unchanged"),
        pytest.param([({1: "X", 3: "Y"}, 4, None)], "aXcY", id="one"),
        pytest.param([({1: "X"}, 4, None), ({1: "Y", 2: "Z"}, 4, None)], "aYZd", id="the newest counts"),
        pytest.param([({3: "X"}, 4, None), ({}, 2, None)], "ab", id="cut"),
        pytest.param([({3: "X"}, 4, None), ({}, 2, None), ({3: "Z"}, 4, None)], "ab0Z", id="cut and grown again"),
        pytest.param([({3: "X"}, 4, None), ({4: "Z"}, 5, 1)], "a000Z", id="cut, as only the WAL summaries know"),
        pytest.param([({3: "X", 5: "Q"}, 6, None), ({}, 6, None)], "abcX0Q", id="grown with a hole"),
        pytest.param([({2: "X"}, 3, None), ({5: "Y"}, 40, None)], "abX00Y000000", id="longer than a file can be"),
        pytest.param([({}, 0, None), ({1: "X"}, 0, None)], "0X", id="emptied, and one block again"),
    ],
)
def test_layers_make_what_applying_them_makes(backups: list[tuple[Blocks, int, int | None]], expected: str) -> None:
    assert together("abcd", backups) == applied("abcd", backups) == expected


def test_any_layers_make_what_applying_them_makes() -> None:
    chance = random.Random(4)
    for _time in range(3000):
        backups: list[tuple[Blocks, int, int | None]] = []
        for _backup in range(chance.randint(1, 4)):
            numbers = sorted(chance.sample(range(SEGMENT), chance.randint(0, 5)))
            blocks = {number: chance.choice("ABCDEFGH") for number in numbers}
            backups.append((blocks, chance.randint(0, SEGMENT + 2), chance.choice([None, None, chance.randint(0, 9)])))
        whole = "abcdefghijkl"[: chance.randint(0, SEGMENT)]
        assert together(whole, backups) == applied(whole, backups), (whole, backups)


def test_block_that_no_file_can_have_is_refused() -> None:
    with pytest.raises(Damaged, match=f"has block {SEGMENT}"):
        BlockLayer.of(IncrementalStart(1, 1), [SEGMENT], segment_blocks=SEGMENT, kept_blocks=None, offset=0)


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        pytest.param(0, 4, [], id="before"),
        pytest.param(0, 5, [Run(4, 1, 100)], id="its first byte"),
        pytest.param(5, 7, [Run(5, 2, 101)], id="its middle"),
        pytest.param(6, 25, [Run(6, 4, 102), Run(20, 5, 50)], id="parts of two"),
        pytest.param(10, 20, [], id="between"),
        pytest.param(30, 99, [], id="behind"),
    ],
)
def test_runs_of_a_part_of_the_file(start: int, end: int, expected: list[Run]) -> None:
    runs = [Run(4, 6, 100), Run(20, 10, 50)]
    file = LayeredFile(40, 40, runs=runs, starts=[run.start for run in runs])
    assert list(file.runs_in(start, end)) == expected
