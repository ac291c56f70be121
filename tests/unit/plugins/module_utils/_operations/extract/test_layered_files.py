# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Blocks that wait come where they belong in any piece of the file, and a file that is not there is told."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Damaged
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.extract import layered_files as module
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.extract.layered_files import LayeredFiles

BLOCK = 1024
CONTROL: Any = SimpleNamespace(block_size_bytes=BLOCK, segment_blocks=64)
PATH = "base/5/1"


@pytest.fixture
def files(tmp_path: Path) -> Iterator[LayeredFiles]:
    with closing(LayeredFiles(str(tmp_path))) as made:
        yield made


def add(files: LayeredFiles, letters: dict[int, str], *, truncation: int) -> None:
    header = struct.pack(f"=III{len(letters)}I", 0xD3AE1F0D, len(letters), truncation, *letters)
    content = (header.ljust(BLOCK, b"\0") if letters else header) + b"".join(
        letter.encode() * BLOCK for letter in letters.values()
    )
    files.begin_backup()
    assert files.add_blocks(PATH, len(content))
    files.write(memoryview(content))
    files.end_backup(control=CONTROL, kept_blocks=lambda _path: None)


@pytest.mark.parametrize("most_parts", [1, 2, 1024])
@pytest.mark.parametrize("step", [1, 2, 3, 7])
def test_pieces_get_what_lies_over_them(
    files: LayeredFiles, monkeypatch: pytest.MonkeyPatch, step: int, most_parts: int
) -> None:
    monkeypatch.setattr(module, "_MOST_PARTS", most_parts)
    add(files, {1: "B", 2: "C", 5: "F"}, truncation=7)
    add(files, {0: "a", 2: "c", 3: "d", 4: "e"}, truncation=7)
    file = files.take(PATH, control=CONTROL)
    assert (file.size_bytes, file.kept_bytes) == (7 * BLOCK, 7 * BLOCK)
    found = b""
    for start in range(0, 7, step):
        piece = bytearray(b"." * BLOCK * min(step, 7 - start))
        files.fill(memoryview(piece), start=start * BLOCK, file=file)
        found += piece
    assert found == b"".join(letter.encode() * BLOCK for letter in "aBCdeF.")


def test_blocks_that_are_there_no_more_are_a_failure_of_the_file(files: LayeredFiles) -> None:
    add(files, {0: "a", 1: "b"}, truncation=2)
    file = files.take(PATH, control=CONTROL)
    os.ftruncate(files._spool.fileno(), 2 * BLOCK)
    with pytest.raises(OSError, match="has ended"):
        files.fill(memoryview(bytearray(2 * BLOCK)), start=0, file=file)


def test_only_what_the_newest_backup_has_as_blocks_is_wanted_of_older_ones(files: LayeredFiles) -> None:
    assert files.is_newest
    files.begin_backup()
    assert files.wants("PG_VERSION")
    add(files, {}, truncation=1)
    files.begin_backup()
    assert not files.is_newest and not files.wants("PG_VERSION") and not files.add_blocks("base/5/2", 12)
    assert files.wants(PATH)
    files.take(PATH, control=CONTROL)
    files.end_backup(control=CONTROL, kept_blocks=lambda _path: None)
    files.begin_backup()
    assert not files.wants(PATH)


def test_backup_without_the_file_does_not_belong_to_the_others(files: LayeredFiles) -> None:
    add(files, {0: "a"}, truncation=1)
    files.begin_backup()
    with pytest.raises(Damaged, match=f"no file '{PATH}'"):
        files.end_backup(control=CONTROL, kept_blocks=lambda _path: None)
