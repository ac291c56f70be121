# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import threading
import time
from collections.abc import Generator

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.stream.read_ahead import read_ahead


def pieces_in_one_buffer(count: int, *, fails: bool = False) -> Generator[memoryview, None, None]:
    """As the readers of archives do it: each piece is gone when the next is asked for."""
    buffer = bytearray(3)
    for number in range(count):
        buffer[:] = bytes([number] * 3)
        yield memoryview(buffer)
    if fails:
        raise ValueError("the archive is damaged")


def test_pieces_come_in_order_and_stay_what_they_were_until_the_next_one_is_asked_for() -> None:
    found = []
    for piece in read_ahead(pieces_in_one_buffer(50)):
        # The reader has time to fill all that it may.
        time.sleep(0.001)
        found.append(bytes(piece))
    assert found == [bytes([n] * 3) for n in range(50)]


def test_pieces_of_different_sizes_are_whole() -> None:
    sizes = [1, 70_000, 3, 0, 200_000, 65_536, 1 << 19, 5] * 4
    content = [bytes([number + 1]) * size for number, size in enumerate(sizes)]
    # Those that cannot be written to, too.
    given = (memoryview(bytearray(each) if number % 2 else each) for number, each in enumerate(content))
    assert [bytes(piece) for piece in read_ahead(given)] == content


def test_what_the_reader_raises_comes_behind_its_pieces() -> None:
    taken = []
    with pytest.raises(ValueError, match="damaged"):
        for piece in read_ahead(pieces_in_one_buffer(9, fails=True)):
            taken.append(bytes(piece)[0])
    assert taken == list(range(9))


def test_nothing_at_all() -> None:
    assert list(read_ahead(pieces_in_one_buffer(0))) == []


def test_reader_ends_when_nobody_wants_more() -> None:
    before = set(threading.enumerate())
    source = pieces_in_one_buffer(1000)
    ahead = read_ahead(source)
    next(ahead)
    ahead.close()
    # Threads of other tests may end meanwhile.
    assert set(threading.enumerate()) <= before
    assert source.gi_frame is None
