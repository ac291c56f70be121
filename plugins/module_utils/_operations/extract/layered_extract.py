# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the files of a chain, each once: those that the newest backup has whole, and those of blocks when the whole
file comes in an older one, which waits for them."""

from __future__ import annotations

import os
from collections.abc import Callable

from ..._core.backup.incremental_file import relation_path
from ..._core.backup.tar_header import TarHeader
from ..._core.postgres.relation_layout import RelationLayout
from ..._io.host.files import write_all
from ..._io.stream.direct_write import LARGE_BYTES, PIECE_BYTES, DirectFile, DirectWriter
from ..._io.stream.tar_extract import TarExtract, safe_mode
from .blocks import Blocks
from .layered_files import LayeredFiles
from .overlay import Overlay

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_ZEROS = memoryview(bytes(PIECE_BYTES))


class LayeredExtract(TarExtract):
    """A sink for one archive of the chain's ``link``, numbered from the newest, 0.

    A full backup has no incremental files: whatever is called like one is its own. ``layout`` returns when it is
    known how relations lie in files.
    """

    def __init__(
        self,
        into: str,
        *,
        writer: DirectWriter,
        files: LayeredFiles,
        link: int,
        is_full: bool,
        layout: Callable[[], RelationLayout],
    ) -> None:
        super().__init__(into, writer=writer)
        self._files = files
        self._link = link
        self._is_full = is_full
        self._layout = layout
        self._is_own = False
        self._blocks: Blocks | None = None
        self._layered: _LayeredWrite | None = None

    def begin(self, header: TarHeader) -> None:
        """A member begins. Raises Damaged (``archive-damaged``, ``backup-damaged``), OSError."""
        self._is_own = False
        name = self.inner(header.name)
        path = None if self._is_full or not header.is_file else relation_path(name)
        if path is not None:
            self._blocks = self._files.blocks(path, header.size_bytes, link=self._link)
        elif self._link == 0:
            self._is_own = True
            super().begin(header)
        elif header.is_file and self._files.is_below(name, link=self._link):
            overlay = self._files.take(name, layout=self._layout, piece_bytes=PIECE_BYTES)
            self._layered = _LayeredWrite(self.path(name), overlay, writer=self._writer, header=header)

    def write(self, piece: memoryview) -> None:
        """The next bytes of the member. Raises Damaged (``archive-damaged``), NotWhole, OSError."""
        self._files.check()
        if self._blocks is not None:
            self._blocks.write(piece)
        elif self._layered is not None:
            self._layered.write(piece)
        elif self._is_own:
            super().write(piece)

    def end(self) -> None:
        """The member is complete. Raises OSError."""
        self._blocks = None
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

    def __init__(self, path: str, overlay: Overlay, *, writer: DirectWriter, header: TarHeader) -> None:
        self._path = path
        self._overlay = overlay
        self._file = overlay.file
        self._mode = safe_mode(header)
        self._kept_left = min(self._file.kept_bytes, header.size_bytes)
        self._small = bytearray()
        self._large: DirectFile | None = None
        self._written = 0
        if self._file.size_bytes >= LARGE_BYTES:
            self._large = writer.open(
                path,
                _NEW,
                mode=self._mode,
                size_bytes=self._file.size_bytes,
                reserved_bytes=self._kept_left,
                fill=overlay.fill,
                ended=overlay.end,
            )

    def write(self, piece: memoryview) -> None:
        kept = piece[: self._kept_left]
        self._kept_left -= len(kept)
        self._append(kept)

    def end(self) -> None:
        while self._written < self._file.end_bytes:
            if self._is_empty_here() and self._large is not None and self._large.skip():
                self._overlay.pass_over(self._written)
                self._written += PIECE_BYTES
            else:
                self._append(_ZEROS[: min(self._file.end_bytes, self._next_piece()) - self._written])
        if self._large is not None:
            self._large.end()
            return
        self._overlay.fill(memoryview(self._small), 0)
        descriptor = os.open(self._path, _NEW, self._mode)
        try:
            os.fchmod(descriptor, self._mode)
            write_all(descriptor, memoryview(self._small))
            os.ftruncate(descriptor, self._file.size_bytes)
        finally:
            os.close(descriptor)
        self._overlay.end()

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


__all__ = ("LayeredExtract",)
