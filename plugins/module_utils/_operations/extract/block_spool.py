# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Blocks that wait for the file that they belong to, in a file without a name."""

from __future__ import annotations

import errno
import os
import tempfile
import threading

from ..._core.backup.free_ranges import FreeRanges
from ..._io.host.files import write_all_at

# IOV_MAX of Linux.
_MOST_PARTS = 1024


class BlockSpool:
    """A file without a name in ``directory``, whose room is used again: pages that are in memory cost nothing more.

    Several threads may use it.
    """

    def __init__(self, directory: str) -> None:
        self._file = tempfile.TemporaryFile(dir=directory, buffering=0)  # noqa: SIM115 - closed by :meth:`close`
        self._free = FreeRanges()
        self._lock = threading.Lock()

    def close(self) -> None:
        """Free what was kept."""
        self._file.close()

    def take(self, size_bytes: int) -> int:
        """The offset of room for so much."""
        with self._lock:
            return self._free.take(size_bytes)

    def give_back(self, offset: int, size_bytes: int) -> None:
        """Nobody needs what is there any more."""
        with self._lock:
            self._free.give_back(offset, size_bytes)

    def write(self, piece: memoryview, *, offset: int) -> None:
        """Write it there. Raises OSError."""
        write_all_at(self._file.fileno(), piece, offset=offset)

    def read(self, parts: list[memoryview], *, offset: int) -> None:
        """Read into one part after the other. Raises OSError."""
        for start in range(0, len(parts), _MOST_PARTS):
            offset = self._read(parts[start : start + _MOST_PARTS], offset)

    def _read(self, parts: list[memoryview], offset: int) -> int:
        while parts:
            count = os.preadv(self._file.fileno(), parts, offset)
            if not count and parts[0]:
                raise OSError(errno.EIO, "the file of blocks has ended")
            offset += count
            place = 0
            while place < len(parts) and count >= len(parts[place]):
                count -= len(parts[place])
                place += 1
            parts = parts[place:]
            if count:
                parts[0] = parts[0][count:]
        return offset


__all__ = ("BlockSpool",)
