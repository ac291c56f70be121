# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import mmap

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.stream.piece_copy import copy_piece


@pytest.mark.parametrize("size_bytes", [0, 1, 65_535, 65_536, 65_537, 1 << 20])
@pytest.mark.parametrize("is_readonly", [True, False])
@pytest.mark.parametrize("offset", [0, 3])
def test_all_of_it_and_nothing_else_is_copied(size_bytes: int, is_readonly: bool, offset: int) -> None:
    content = bytes(range(256)) * 4097
    given = memoryview(content if is_readonly else bytearray(content))
    room = memoryview(mmap.mmap(-1, (1 << 20) + 16))
    copy_piece(room[8 : 8 + size_bytes], given[offset : offset + size_bytes])
    assert bytes(room) == bytes(8) + content[offset : offset + size_bytes] + bytes(len(room) - 8 - size_bytes)


@pytest.mark.parametrize("size_bytes", [3, 1 << 17])
def test_target_of_another_size_is_refused(size_bytes: int) -> None:
    with pytest.raises(ValueError, match="different"):
        copy_piece(memoryview(bytearray(size_bytes - 1)), memoryview(bytearray(size_bytes)))
