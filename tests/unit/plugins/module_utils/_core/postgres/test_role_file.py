# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Superusers in made-up files of pg_authid; the integration tests read real ones."""

from __future__ import annotations

import random
import struct

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.postgres.role_file import (
    file_number,
    superusers_in,
)

PAGE = 8192


def row(oid: int, name: bytes, *, is_super: bool = True, may_login: bool = True) -> bytes:
    head = bytes(22) + bytes([32]) + bytes(9)
    flags = bytes([is_super, True, True, True, may_login, True, True])
    return head + struct.pack("=I64s", oid, name) + flags + bytes(5)


def page(*rows: bytes, flags: int = 1) -> bytes:
    items, data, end = b"", b"", PAGE
    for each in rows:
        end -= len(each)
        data = each + data
        items += struct.pack("=I", end | flags << 15 | len(each) << 17)
    head = struct.pack("=12xHHHH4x", 24 + len(items), end, PAGE, PAGE | 4)
    return (head + items).ljust(end, b"\0") + data


@pytest.mark.parametrize(
    ("content", "names"),
    [
        pytest.param(b"", (), id="no file"),
        pytest.param(page(), (), id="an empty page"),
        pytest.param(page(row(10, b"boss")), ("boss",), id="one"),
        pytest.param(page(row(16400, b"late"), row(10, b"boss")), ("boss", "late"), id="the first of all comes first"),
        pytest.param(page(row(10, b"old"), row(10, b"new")), ("old", "new"), id="renamed"),
        pytest.param(page(row(10, b"boss", may_login=False)), (), id="may not log in"),
        pytest.param(page(row(16400, b"shop", is_super=False)), (), id="no superuser"),
        pytest.param(page(row(10, b"a")) + page(row(16400, b"b")), ("a", "b"), id="two pages"),
        pytest.param(page(row(10, b"a")) + page(row(16400, b"b"))[:4000], ("a",), id="cut off"),
        pytest.param(page(row(10, b"a"), flags=3), (), id="dead items"),
        pytest.param(page(row(10, "größe".encode())), ("größe",), id="not ASCII"),
        pytest.param(bytes(PAGE), (), id="zeros"),
    ],
)
def test_names_of_superusers_are_found(content: bytes, names: tuple[str, ...]) -> None:
    assert superusers_in(content) == names


def test_any_bytes_are_read_to_the_end() -> None:
    chance = random.Random(7)
    whole = bytearray(page(row(10, b"boss"), row(16400, b"late")))
    for _round in range(300):
        damaged = bytearray(whole)
        for _byte in range(8):
            damaged[chance.randrange(64)] = chance.randrange(256)
            damaged[chance.randrange(PAGE)] = chance.randrange(256)
        names = superusers_in(bytes(damaged[: chance.randrange(PAGE + 1)]))
        assert all(len(name.encode("utf-8", "surrogateescape")) <= 64 for name in names)


@pytest.mark.parametrize(
    ("relation_map", "number"),
    [
        pytest.param(struct.pack("=iiIIII", 0x592717, 2, 1262, 1262, 1260, 16777), 16777, id="rewritten"),
        pytest.param(struct.pack("=iiII", 0x592717, 1, 1262, 1262), None, id="not in it"),
        pytest.param(struct.pack("=iiII", 0x592718, 1, 1260, 1260), None, id="another format"),
        pytest.param(struct.pack("=ii", 0x592717, 5), None, id="cut off"),
        pytest.param(b"", None, id="empty"),
    ],
)
def test_file_is_the_one_that_the_map_names(relation_map: bytes, number: int | None) -> None:
    assert file_number(relation_map) == number
