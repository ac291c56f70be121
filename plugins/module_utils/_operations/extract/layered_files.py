# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files of one directory that are made of a whole file and of blocks of newer backups, which are read before it."""

from __future__ import annotations

import errno
import os
import tempfile
from array import array
from dataclasses import dataclass
from operator import attrgetter

from ..._core.backup.block_layers import BlockLayer, LayeredFile, layered_file
from ..._core.backup.incremental_file import FIXED_BYTES, IncrementalStart
from ..._core.errors import Damaged
from ..._core.postgres.control_data import ControlData
from ..._io.host.files import write_all
from .kept_blocks import KeptBlocks

# IOV_MAX of Linux.
_MOST_PARTS = 1024
_offset = attrgetter("offset")


@dataclass(frozen=True)
class _Stored:
    """An incremental file in the spool, which is not read yet."""

    path: str
    offset: int
    size_bytes: int


class LayeredFiles:
    """Of which files blocks are there, and the whole file is still to come.

    The backups come one after the other, the newest first, each between :meth:`begin_backup` and :meth:`end_backup`.
    What the newest one lacks is no file any more; what it has as blocks, every older one has, until one has it whole.
    Blocks lie in a file without a name in ``directory``.
    """

    def __init__(self, directory: str) -> None:
        self._spool = tempfile.TemporaryFile(dir=directory, buffering=0)  # noqa: SIM115 - closed by :meth:`close`
        self._size_bytes = 0
        self._layers: dict[str, list[BlockLayer]] = {}
        self._new: list[_Stored] = []
        # Paths whose file this backup has not shown yet, and those that it has.
        self._missing: set[str] = set()
        self._seen: set[str] = set()
        self._is_newest = True

    def close(self) -> None:
        """Free what was kept."""
        self._spool.close()

    @property
    def is_newest(self) -> bool:
        """Whether no backup was read to its end."""
        return self._is_newest

    def begin_backup(self) -> None:
        """The next older backup comes."""
        self._missing, self._seen = set(self._layers), set()

    def wants(self, path: str) -> bool:
        """Whether a file of this backup is part of the result. Raises Damaged where it came already."""
        if path in self._seen:
            raise Damaged(
                f"the incremental backup has '{path}' twice, whole and in blocks",
                code="archive-damaged",
                hint="Restore from another backup.",
            )
        if not self._is_newest and path not in self._layers:
            return False
        self._seen.add(path)
        self._missing.discard(path)
        return True

    def add_blocks(self, path: str, size_bytes: int) -> bool:
        """An incremental file begins, whose content is given to :meth:`write`; whether it is part of the result."""
        if not self.wants(path):
            return False
        self._new.append(_Stored(path, self._size_bytes, size_bytes))
        return True

    def write(self, piece: memoryview) -> None:
        """The next bytes of it. Raises OSError."""
        write_all(self._spool.fileno(), piece)
        self._size_bytes += len(piece)

    def take(self, path: str, *, control: ControlData) -> LayeredFile:
        """What lies over the whole file at the path, which is not wanted any more in older backups."""
        return layered_file(self._layers.pop(path), block_size_bytes=control.block_size_bytes)

    def fill(self, buffer: memoryview, *, start: int, file: LayeredFile) -> None:
        """Put what lies over these bytes of a file, which begin at ``start``, in their place. Raises OSError."""
        # What lies apart in the file lies together in the spool, but for what a newer backup has, too.
        parts: list[memoryview] = []
        begin = end = 0
        for run in sorted(file.runs_in(start, start + len(buffer)), key=_offset):
            if run.offset != end or len(parts) == _MOST_PARTS:
                _read(self._spool.fileno(), parts, offset=begin)
                parts, begin = [], run.offset
            parts.append(buffer[run.start - start : run.start - start + run.size_bytes])
            end = run.offset + run.size_bytes
        _read(self._spool.fileno(), parts, offset=begin)

    def end_backup(self, *, control: ControlData, kept_blocks: KeptBlocks) -> None:
        """Read the headers of what the backup has. Raises Damaged (``archive-damaged``)."""
        if self._missing:
            raise Damaged(
                f"it has no file '{min(self._missing)}', of which a backup that builds on it has blocks",
                code="archive-damaged",
                hint="The two do not belong together. Restore from another backup.",
            )
        for stored in self._new:
            layer = self._layer(stored, control=control, kept_blocks=kept_blocks(stored.path))
            self._layers.setdefault(stored.path, []).append(layer)
        self._new, self._is_newest = [], False

    def _layer(self, stored: _Stored, *, control: ControlData, kept_blocks: int | None) -> BlockLayer:
        start = IncrementalStart.parse(self._head(stored, FIXED_BYTES))
        header_bytes = start.header_bytes(block_size_bytes=control.block_size_bytes)
        if stored.size_bytes != header_bytes + start.block_count * control.block_size_bytes:
            raise Damaged(
                f"the incremental file for '{stored.path}' has {stored.size_bytes} bytes, "
                f"and names {start.block_count} blocks",
                code="archive-damaged",
                hint="Restore from another backup.",
            )
        numbers = array("I", start.numbers(self._head(stored, header_bytes)))
        return BlockLayer.of(
            start,
            numbers,
            segment_blocks=control.segment_blocks,
            kept_blocks=kept_blocks,
            offset=stored.offset + header_bytes,
        )

    def _head(self, stored: _Stored, size_bytes: int) -> bytes:
        head = bytearray(min(size_bytes, stored.size_bytes))
        _read(self._spool.fileno(), [memoryview(head)], offset=stored.offset)
        return bytes(head)


def _read(descriptor: int, parts: list[memoryview], *, offset: int) -> None:
    """Read into one part after the other. Raises OSError."""
    while parts:
        count = os.preadv(descriptor, parts, offset)
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


__all__ = ("LayeredFiles",)
