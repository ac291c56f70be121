# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a repository sends for a file is no more than such a file can have: another one must not fill up by it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..._core.errors import Damaged

# What compresses or encrypts makes little more of what does not compress: LZ4 a byte of 255, age 16 bytes of 64 KiB
# besides a stanza for each recipient.
_OVERHEAD_BYTES = 1 << 16


def most_stored(size_bytes: int) -> int:
    """The most bytes that something of this size is stored with.

    >>> most_stored(1 << 24) - (1 << 24)
    327680
    """
    return size_bytes + size_bytes // 64 + _OVERHEAD_BYTES


def at_most(pieces: Iterable[bytes], most_bytes: int, *, address: str) -> Iterator[bytes]:
    """The pieces of the file there. Raises Damaged (``file-too-large``)."""
    left = most_bytes
    for piece in pieces:
        left -= len(piece)
        if left < 0:
            raise Damaged(
                f"'{address}' has more than the {most_bytes} bytes that it can have",
                code="file-too-large",
                hint="Find out who has written it.",
            )
        yield piece


__all__ = ("at_most", "most_stored")
