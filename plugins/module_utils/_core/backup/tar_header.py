# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Headers of tar archives as PostgreSQL writes them: POSIX ustar, no extensions.

Source: PostgreSQL, ``src/port/tar.c``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..errors import Damaged

BLOCK_BYTES = 512
_REGULAR = (b"0", b"\0", b"7")
_DIRECTORY = b"5"
_SYMBOLIC_LINK = b"2"
_MOST_BYTES = (1 << 63) - 1
# pg_basebackup has links in an archive only where the tablespaces are.
_LINK_NAME = re.compile(r"(?:\./)?pg_tblspc/[0-9]{1,10}/?")
_OCTAL = re.compile(rb"[ \0]*([0-7]*)[ \0]*")
_ZERO_BLOCK = bytes(BLOCK_BYTES)


@dataclass(frozen=True)
class TarHeader:
    """A member: its name, size in bytes (0 unless a regular file), type, permissions, and a link's target."""

    name: str
    size_bytes: int
    is_file: bool
    is_directory: bool = False
    mode: int = 0o600
    link: str = ""

    @property
    def padding_bytes(self) -> int:
        """The padding from the end of the content to the next block."""
        return -self.size_bytes % BLOCK_BYTES


def parse_tar_header(block: bytes) -> TarHeader | None:
    """The header in a block of 512 bytes; ``None`` for a block of zeros, which ends an archive.

    Raises Damaged (``archive-damaged``) for anything else.
    """
    if block == _ZERO_BLOCK:
        return None
    if len(block) != BLOCK_BYTES or _number(block[148:156]) != sum(block[:148]) + 8 * 0x20 + sum(block[156:]):
        raise _damaged("a header of the archive is damaged")
    kind, prefix, name = block[156:157], _text(block[345:500]), _text(block[:100])
    size_bytes = _number(block[124:136])
    header = TarHeader(
        name=f"{prefix}/{name}" if prefix else name,
        size_bytes=size_bytes if kind in _REGULAR else 0,
        is_file=kind in _REGULAR,
        is_directory=kind == _DIRECTORY,
        mode=_number(block[100:108]) & 0o777,
        link=_text(block[157:257]) if kind == _SYMBOLIC_LINK else "",
    )
    if not (kind in _REGULAR or size_bytes == 0) or not _is_written_by_server(header, kind):
        raise _damaged(f"the archive has a member '{header.name}' of type {kind!r} and {size_bytes} bytes")
    return header


def _is_written_by_server(header: TarHeader, kind: bytes) -> bool:
    """Whether PostgreSQL writes such a member: no hard links, devices, FIFOs, extensions, nor links elsewhere."""
    if kind == _SYMBOLIC_LINK:
        return _LINK_NAME.fullmatch(header.name) is not None
    return header.is_directory or (header.is_file and not header.name.endswith("/"))


def _text(field: bytes) -> str:
    return field.split(b"\0", 1)[0].decode("utf-8", "surrogateescape")


def _number(field: bytes) -> int:
    """The number in a field. Raises Damaged (``archive-damaged``)."""
    if field[:1] == b"\x80":
        # Too large for octal digits: binary, big-endian.
        value = int.from_bytes(field[1:], "big")
    else:
        digits = _OCTAL.fullmatch(field)
        if digits is None:
            raise _damaged(f"a header of the archive has the number {field!r}")
        value = int(digits[1] or b"0", 8)
    if value > _MOST_BYTES:
        raise _damaged(f"a header of the archive has the number {value}")
    return value


def _damaged(what: str) -> Damaged:
    return Damaged(what, code="archive-damaged", hint="The backup is not usable; take a new one.")


__all__ = ("BLOCK_BYTES", "TarHeader", "parse_tar_header")
