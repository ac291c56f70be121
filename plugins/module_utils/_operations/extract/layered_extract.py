# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the files of a chain, each once: those that the newest backup has whole, and those of blocks when the whole
file comes in an older one."""

from __future__ import annotations

import os

from ..._core.backup.block_layers import LayeredFile
from ..._core.backup.incremental_file import relation_path
from ..._core.backup.tar_header import TarHeader
from ..._core.postgres.control_data import ControlData
from ..._io.host.files import write_all
from ..._io.stream.direct_write import LARGE_BYTES, PIECE_BYTES, DirectFile, DirectWriter
from ..._io.stream.tar_extract import TarExtract, safe_mode
from .layered_files import LayeredFiles

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_ZEROS = memoryview(bytes(PIECE_BYTES))


class LayeredExtract(TarExtract):
    """A sink for one archive of a backup; ``control`` is known behind the newest backup, ``None`` in it.

    A full backup has no incremental files: whatever is called like one is its own.
    """

    def __init__(
        self, into: str, *, writer: DirectWriter, files: LayeredFiles, control: ControlData | None, is_full: bool
    ) -> None:
        super().__init__(into, writer=writer)
        self._files = files
        self._control = control
        self._is_full = is_full
        self._is_wanted = True
        self._is_blocks = False
        self._layered: _LayeredWrite | None = None

    def begin(self, header: TarHeader) -> None:
        """A member begins. Raises Damaged (``archive-damaged``), OSError."""
        self._is_wanted = self._is_blocks = False
        name = self.inner(header.name)
        if not header.is_file:
            if self._files.is_newest:
                super().begin(header)
            return
        path = None if self._is_full else relation_path(name)
        if path is not None:
            self._is_blocks = True
            self._is_wanted = self._files.add_blocks(path, header.size_bytes)
            return
        self._is_wanted = self._files.wants(name)
        if self._is_wanted and self._control is None:
            super().begin(header)
        elif self._is_wanted and self._control is not None:
            file = self._files.take(name, control=self._control)
            self._layered = _LayeredWrite(self.path(name), file, files=self._files, writer=self._writer, header=header)

    def write(self, piece: memoryview) -> None:
        """The next bytes of the member. Raises OSError."""
        if not self._is_wanted:
            return
        if self._is_blocks:
            self._files.write(piece)
        elif self._layered is not None:
            self._layered.write(piece)
        else:
            super().write(piece)

    def end(self) -> None:
        """The member is complete. Raises OSError."""
        if self._layered is not None:
            self._layered.end()
            self._layered = None
        super().end()

    def close(self) -> None:
        if self._layered is not None:
            layered, self._layered = self._layered, None
            layered.abandon()
        super().close()


class _LayeredWrite:
    """One file under its layers, which gets the whole file below from its start."""

    def __init__(
        self, path: str, file: LayeredFile, *, files: LayeredFiles, writer: DirectWriter, header: TarHeader
    ) -> None:
        self._path = path
        self._file = file
        self._files = files
        self._mode = safe_mode(header)
        self._kept_left = min(file.kept_bytes, header.size_bytes)
        self._small = bytearray()
        self._large: DirectFile | None = None
        self._written = 0
        if file.size_bytes >= LARGE_BYTES:
            self._large = writer.open(
                path,
                _NEW,
                mode=self._mode,
                size_bytes=file.size_bytes,
                reserved_bytes=self._kept_left,
                fill=self._fill,
            )

    def write(self, piece: memoryview) -> None:
        kept = piece[: self._kept_left]
        self._kept_left -= len(kept)
        self._append(kept)

    def end(self) -> None:
        while self._written < self._file.end_bytes:
            if self._is_empty_here() and self._large is not None and self._large.skip():
                self._written += PIECE_BYTES
            else:
                self._append(_ZEROS[: min(self._file.end_bytes, self._next_piece()) - self._written])
        if self._large is not None:
            self._large.end()
            return
        self._fill(memoryview(self._small), 0)
        descriptor = os.open(self._path, _NEW, self._mode)
        try:
            os.fchmod(descriptor, self._mode)
            write_all(descriptor, memoryview(self._small))
            os.ftruncate(descriptor, self._file.size_bytes)
        finally:
            os.close(descriptor)

    def abandon(self) -> None:
        if self._large is not None:
            self._large.abandon()

    def _next_piece(self) -> int:
        return (self._written // PIECE_BYTES + 1) * PIECE_BYTES

    def _is_empty_here(self) -> bool:
        return next(self._file.runs_in(self._written, self._next_piece()), None) is None

    def _append(self, piece: memoryview) -> None:
        self._written += len(piece)
        if self._large is not None:
            self._large.write(piece)
        else:
            self._small += piece

    def _fill(self, buffer: memoryview, start: int) -> None:
        self._files.fill(buffer, start=start, file=self._file)


__all__ = ("LayeredExtract",)
