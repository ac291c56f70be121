# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import struct

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.backup.incremental_file import (
    IncrementalStart,
    consecutive_blocks,
    relation_path,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Damaged

BLOCK = 8192


def start(*, count: int = 0, truncation: int = 0, magic: int = 0xD3AE1F0D) -> bytes:
    return struct.pack("=III", magic, count, truncation)


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        pytest.param(0, 12, id="nothing changed"),
        pytest.param(1, BLOCK, id="one block"),
        pytest.param(2045, BLOCK, id="numbers fill the block exactly"),
        pytest.param(2046, 2 * BLOCK, id="one number more"),
    ],
)
def test_blocks_begin_behind_the_numbers_on_a_whole_block(count: int, expected: int) -> None:
    assert IncrementalStart(count, 0).header_bytes(block_size_bytes=BLOCK) == expected


@pytest.mark.parametrize(
    ("numbers", "truncation", "blocks"),
    [
        pytest.param((), 0, 0, id="emptied"),
        pytest.param((), 7, 7, id="unchanged"),
        pytest.param((2,), 7, 7, id="changed inside"),
        pytest.param((2, 9), 7, 10, id="grown"),
        pytest.param((0,), 0, 1, id="truncated and written again"),
        pytest.param((2,), 12, 10, id="a length beyond one file's end"),
    ],
)
def test_size_is_the_truncation_or_the_last_block(numbers: tuple[int, ...], truncation: int, blocks: int) -> None:
    parsed = IncrementalStart.parse(start(count=len(numbers), truncation=truncation))
    header = start(count=len(numbers), truncation=truncation) + struct.pack(f"={len(numbers)}I", *numbers)
    assert parsed.numbers(header) == numbers
    assert parsed.size_blocks(numbers=numbers, segment_blocks=10) == blocks


def test_block_beyond_the_end_of_a_file_is_refused() -> None:
    with pytest.raises(Damaged) as caught:
        IncrementalStart(1, 0).size_blocks(numbers=(10,), segment_blocks=10)
    assert caught.value.code == "archive-damaged"


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(start(magic=0xD3AE1F0E), id="another form"),
        pytest.param(start(count=1 << 30), id="count out of range"),
    ],
)
def test_unknown_beginning_is_refused(content: bytes) -> None:
    with pytest.raises(Damaged) as raised:
        IncrementalStart.parse(content)
    assert raised.value.code == "archive-damaged"


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        ([], []),
        ([4], [(4, 1)]),
        ([0, 1, 2], [(0, 3)]),
        ([0, 2, 3, 9], [(0, 1), (2, 2), (9, 1)]),
        ([5, 4], [(5, 1), (4, 1)]),
    ],
)
def test_neighbours_form_runs(numbers: list[int], expected: list[tuple[int, int]]) -> None:
    assert list(consecutive_blocks(numbers)) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("base/5/INCREMENTAL.1259", "base/5/1259"),
        ("INCREMENTAL.1", "1"),
        ("base/5/1259", None),
        ("INCREMENTAL.dir/1259", None),
    ],
)
def test_path_of_the_relation(name: str, expected: str | None) -> None:
    assert relation_path(name) == expected
