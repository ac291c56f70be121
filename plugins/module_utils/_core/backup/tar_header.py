# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Headers of tar archives as PostgreSQL writes them: POSIX ustar, no extensions.

Source: PostgreSQL, ``src/port/tar.c``.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import Damaged

BLOCK_BYTES = 512
_REGULAR = (b"0", b"\0", b"7")
_DIRECTORY = b"5"
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
    stated = _number(block[148:156])
    if len(block) != BLOCK_BYTES or stated != sum(block[:148]) + 8 * 0x20 + sum(block[156:]):
        raise Damaged(
            "a header of the archive is damaged",
            code="archive-damaged",
            hint="The backup is not usable; take a new one.",
        )
    is_file = block[156:157] in _REGULAR
    prefix = _text(block[345:500])
    name = _text(block[:100])
    return TarHeader(
        name=f"{prefix}/{name}" if prefix else name,
        size_bytes=_number(block[124:136]) if is_file else 0,
        is_file=is_file,
        is_directory=block[156:157] == _DIRECTORY,
        mode=_number(block[100:108]) & 0o777,
        link=_text(block[157:257]),
    )


def _text(field: bytes) -> str:
    return field.split(b"\0", 1)[0].decode("utf-8", "surrogateescape")


def _number(field: bytes) -> int:
    if field[:1] == b"\x80":
        # Too large for octal digits: binary, big-endian.
        return int.from_bytes(field[1:], "big")
    try:
        return int(field.strip(b" \0") or b"0", 8)
    except ValueError:
        return -1


__all__ = ("BLOCK_BYTES", "TarHeader", "parse_tar_header")
