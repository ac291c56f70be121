# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files ``INCREMENTAL.*`` of an incremental backup: changed blocks of a relation's file, and its length.

Source: PostgreSQL, ``src/backend/backup/basebackup_incremental.c`` (GetIncrementalHeaderSize) and
``src/bin/pg_combinebackup/reconstruct.c``; the same in 17 and 18.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..errors import Damaged

PREFIX = "INCREMENTAL."
# Magic number, count of blocks, truncation length in blocks; integers of the machine's order, which is the server's.
FIXED_BYTES = 12
_MAGIC = 0xD3AE1F0D
# The most blocks in one file of a relation: 1 GiB of the smallest blocks.
_MOST_BLOCKS = 1 << 20


@dataclass(frozen=True)
class IncrementalStart:
    """The first 12 bytes: the count of blocks in the file, and the length to which the older file is truncated.

    That length may be more than one file can have (:meth:`size_blocks`).
    """

    block_count: int
    truncation_blocks: int

    @classmethod
    def parse(cls, content: bytes) -> IncrementalStart:
        """Parse the first 12 bytes. Raises Damaged (``archive-damaged``)."""
        magic, count, truncation = struct.unpack("=III", content[:FIXED_BYTES].ljust(FIXED_BYTES, b"\0"))
        if len(content) < FIXED_BYTES or magic != _MAGIC or count > _MOST_BLOCKS:
            raise Damaged(
                f"a file of the incremental backup begins with {content[:FIXED_BYTES].hex()}, which is not its format",
                code="archive-damaged",
                hint="Restore from a full backup. PostgreSQL versions after 18 may write another format.",
            )
        return cls(count, truncation)

    def header_bytes(self, *, block_size_bytes: int) -> int:
        """Where the first block begins: after the block numbers, rounded up to a whole block if there is any block.

        >>> IncrementalStart(0, 5).header_bytes(block_size_bytes=8192)
        12
        >>> IncrementalStart(3, 5).header_bytes(block_size_bytes=8192)
        8192
        """
        size_bytes = FIXED_BYTES + 4 * self.block_count
        return size_bytes + (-size_bytes % block_size_bytes if self.block_count else 0)

    def numbers(self, header: bytes) -> tuple[int, ...]:
        """The block numbers, in the order of the blocks' contents."""
        return struct.unpack_from(f"={self.block_count}I", header, FIXED_BYTES)

    def size_blocks(self, *, numbers: Sequence[int], segment_blocks: int) -> int:
        """How many blocks the relation's file has with these in it.

        17.0 to 17.7 and 18.0 to 18.1 state the relation's whole length, beyond what one file can have, when a relation
        of several files was truncated. Raises Damaged (``archive-damaged``) when a block has no place in one file.
        """
        last = max(numbers, default=-1)
        if last >= segment_blocks:
            raise Damaged(
                f"a file of the incremental backup has block {last}, one of a relation {segment_blocks} at most",
                code="archive-damaged",
                hint="Restore from another backup.",
            )
        return max(min(self.truncation_blocks, segment_blocks), last + 1)


def consecutive_blocks(numbers: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Consecutive blocks as (first number, count).

    >>> list(consecutive_blocks([3, 4, 5, 9]))
    [(3, 3), (9, 1)]
    """
    first, count = 0, 0
    for number in numbers:
        if count and number == first + count:
            count += 1
            continue
        if count:
            yield first, count
        first, count = number, 1
    if count:
        yield first, count


def relation_path(name: str) -> str | None:
    """The path of the relation's file to which an incremental file belongs; ``None`` for any other file.

    >>> relation_path("base/5/INCREMENTAL.1259")
    'base/5/1259'
    """
    directory, slash, last = name.rpartition("/")
    return f"{directory}{slash}{last[len(PREFIX) :]}" if last.startswith(PREFIX) else None


def blocks_path(path: str) -> str:
    """The path of the incremental file that belongs to a relation's file.

    >>> blocks_path("base/5/1259")
    'base/5/INCREMENTAL.1259'
    """
    directory, slash, last = path.rpartition("/")
    return f"{directory}{slash}{PREFIX}{last}"


__all__ = ("FIXED_BYTES", "PREFIX", "IncrementalStart", "blocks_path", "consecutive_blocks", "relation_path")
