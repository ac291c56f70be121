# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Changing good files a little: bytes, texts and the values of JSON, always the same for the same random numbers."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from copy import deepcopy
from random import Random
from typing import Any

_TOKENS = (
    b"\0", b"\n", b"\r", b"/", b"..", b"../../", b"/etc/passwd", b"'", b"\\", b'"', b"{", b"}", b"[", b"]", b"-1", b"0",
    b"9" * 30, b"9" * 5000, b"1e999", b"NaN", b"null", b"true", b"\xff\xfe", b"\xed\xa0\x80", b"\xc2\x85", b"\x1b[2J",
    b"\xd9\xa3", b"FFFFFFFF", b"FFFFFFFF/FFFFFFFF", b"123456789/0", b" ", b"\t", b"=", b"#", b"[" * 3000,
    b'{"a":' * 3000,
)  # fmt: skip
_VALUES: tuple[Any, ...] = (
    None, True, False, 0, 1, -1, 0.5, 1e308, 1 << 31, (1 << 32) - 1, 1 << 32, (1 << 63) - 1, 1 << 63, 1 << 64, 10**400,
    "", "..", "../../etc", "/", "/etc/passwd", "//x//", "a\0b", "a\nb", "\x1b[2J", "\ud800", "\udc80", "x" * 5000, "5",
    "-5", "9" * 25, "0/0", "FFFFFFFF/FFFFFFFF", "123456789/0", "0001-01-01T00:00:00.000000Z",
    "9999-12-31T23:59:59.999999Z", "FFFFFFFFFFFFFFFFFFFFFFFF", [], {}, [[]], [None], {"": None}, ["x"] * 50,
)  # fmt: skip
_MOST_BYTES = 1 << 21
_NAMES = (
    b"../outside", b"base/../../outside", b"/nonexistent/x", b"./../outside", b"..", b".", b"", b"base", b"base/5/1259",
    b"base/5/INCREMENTAL.1259", b"backup_label", b"tablespace_map", b"pg_tblspc/16400", b"empty/x", b"x" * 100, b"a\nb",
)  # fmt: skip
_SIZES = (
    b"77777777777",
    b"00000000001",
    b"-0000000001",
    b"\x80" + b"\xff" * 11,
    b"\x80" + b"\0" * 10 + b"\xff",
    b"",
    b"9",
)
# Fields of a header: where each begins, its length, and what it may become.
_FIELDS: tuple[tuple[int, int, tuple[bytes, ...]], ...] = (
    (0, 100, _NAMES),
    (0, 100, _NAMES),
    (156, 1, (b"0", b"1", b"2", b"3", b"4", b"5", b"6", b"7", b"x", b"g", b"L", b"K", b"S", b"\0", b"Z")),
    (157, 100, (b"/etc/passwd", b"..", b"base/5/1259", b"")),
    (124, 12, _SIZES),
    (100, 8, (b"0007777", b"0000000", b"0000777", b"zzzzzzz")),
    (345, 155, (b"..", b"/", b"base/5", b"x" * 155)),
)


def mutated(content: bytes, *, others: Sequence[bytes], random: Random) -> bytes:
    """A changed copy; ``others`` are files of its kind that it may be crossed with."""
    for _each in range(random.choice((1, 1, 1, 2, 3, 8))):
        content = random.choice(_MUTATIONS)(content, others, random)
    return content[:_MOST_BYTES]


def mutated_json(content: bytes, *, random: Random) -> bytes:
    """A copy in which some values were exchanged, removed, repeated, or moved to another key."""
    try:
        document = json.loads(content)
    except ValueError:
        return content
    for _each in range(random.choice((1, 1, 2, 4))):
        _change(document, random)
    return json.dumps(document).encode("utf-8", "surrogatepass")


def mutated_tar(content: bytes, *, random: Random) -> bytes:
    """A copy of an archive in which some headers name, state or are something else."""
    blocks = bytearray(content)
    headers = [at for at in range(0, len(blocks) - 511, 512) if blocks[at + 257 : at + 262] == b"ustar"]
    for _each in range(random.choice((1, 1, 2, 5)) if headers else 0):
        start, length, values = random.choice(_FIELDS)
        place = random.choice(headers) + start
        blocks[place : place + length] = random.choice(values).ljust(length, b"\0")[:length]
    return bytes(blocks)


def sealed_manifest(content: bytes) -> bytes:
    """A manifest with the checksum that fits what was made of it."""
    body, found, _last = content.rpartition(b'"Manifest-Checksum"')
    if not found:
        body = content
    return body + b'"Manifest-Checksum": "' + hashlib.sha256(body).hexdigest().encode() + b'"}\n'


def sealed_tar(content: bytes) -> bytes:
    """An archive whose headers, as far as they can be found, have the checksums that fit them."""
    blocks = bytearray(content)
    for start in range(0, len(blocks) - 511, 512):
        if blocks[start + 257 : start + 262] == b"ustar":
            blocks[start + 148 : start + 156] = b" " * 8
            blocks[start + 148 : start + 156] = b"%06o\0 " % sum(blocks[start : start + 512])
    return bytes(blocks)


def _flip(content: bytes, _others: Sequence[bytes], random: Random) -> bytes:
    changed = bytearray(content or b"x")
    for _each in range(random.choice((1, 1, 4, 32))):
        changed[random.randrange(len(changed))] ^= 1 << random.randrange(8)
    return bytes(changed)


def _overwrite(content: bytes, _others: Sequence[bytes], random: Random) -> bytes:
    start = random.randrange(len(content) + 1)
    piece = random.choice((random.choice(_TOKENS), random.randbytes(random.choice((1, 2, 4, 8, 64)))))
    return content[:start] + piece + content[start + len(piece) :]


def _insert(content: bytes, _others: Sequence[bytes], random: Random) -> bytes:
    start = random.randrange(len(content) + 1)
    return content[:start] + random.choice(_TOKENS) + content[start:]


def _remove(content: bytes, _others: Sequence[bytes], random: Random) -> bytes:
    start = random.randrange(len(content) + 1)
    return content[:start] + content[start + random.choice((1, 2, 8, 100, 512, 5000)) :]


def _repeat(content: bytes, _others: Sequence[bytes], random: Random) -> bytes:
    start = random.randrange(len(content) + 1)
    piece = content[start : start + random.choice((1, 8, 100, 512, 2048))]
    return content[:start] + piece * random.choice((1, 2, 20)) + content[start:]


def _cut(content: bytes, _others: Sequence[bytes], random: Random) -> bytes:
    return content[: random.randrange(len(content) + 1)]


def _cross(content: bytes, others: Sequence[bytes], random: Random) -> bytes:
    other = random.choice(others)
    return content[: random.randrange(len(content) + 1)] + other[random.randrange(len(other) + 1) :]


def _number(content: bytes, _others: Sequence[bytes], random: Random) -> bytes:
    """Another number in the place of one that is written in digits."""
    places = [index for index, byte in enumerate(content[:20_000]) if 48 <= byte <= 57]
    if not places:
        return content
    start = end = random.choice(places)
    while end < len(content) and 48 <= content[end] <= 57:
        end += 1
    number = random.choice((b"0", b"-1", b"4294967295", b"4294967296", b"18446744073709551616", b"00", b"7" * 12))
    return content[:start] + number + content[end:]


_MUTATIONS: tuple[Callable[[bytes, Sequence[bytes], Random], bytes], ...] = (
    _flip, _overwrite, _insert, _remove, _repeat, _cut, _cross, _number,
)  # fmt: skip


def _change(document: Any, random: Random) -> None:
    """Change something in an object or list, at any depth."""
    holder = random.choice(list(_holders(document)))
    if not holder:
        return
    key = random.choice(list(holder) if isinstance(holder, dict) else range(len(holder)))
    step = random.randrange(5)
    if step <= 1:
        holder[key] = deepcopy(random.choice(_VALUES))
    elif step == 2:
        del holder[key]
    elif isinstance(holder, dict):
        holder[str(random.choice(_VALUES))] = deepcopy(holder[key])
    else:
        holder.extend([deepcopy(holder[key])] * random.choice((1, 3, 200)))


def _holders(value: Any) -> list[Any]:
    """Every object and list in a document."""
    inner = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else ()
    found = [value] if isinstance(value, (dict, list)) else []
    for each in inner:
        found += _holders(each)
    return found or [[]]


__all__ = ("mutated", "mutated_json", "mutated_tar", "sealed_manifest", "sealed_tar")
