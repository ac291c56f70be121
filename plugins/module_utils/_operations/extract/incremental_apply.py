# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes an incremental backup over the files of its parent, block by block."""

from __future__ import annotations

import os

from ..._core.backup.file_table import FileTable
from ..._core.backup.incremental_file import FIXED_BYTES, IncrementalStart, consecutive_blocks, relation_path
from ..._core.backup.manifest_check import ReadFile
from ..._core.backup.tar_header import TarHeader
from ..._core.errors import Damaged
from ..._io.stream.direct_write import DirectWriter
from ..._io.stream.tar_extract import TarExtract
from .kept_blocks import KeptBlocks

_REPLACE = os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC


class IncrementalApply(TarExtract):
    """A sink that turns the files below ``into`` from those of the parent into those of the incremental backup.

    Whole files replace what is there. Of a relation's incremental file the blocks are written where they belong, after
    the older file was cut to the length that it states; the result is what pg_combinebackup makes of both, without a
    second copy of what did not change. ``files`` has every file of the backup with its resulting size, by its path
    below ``into``; ``directories`` are those of the archive. ``kept_blocks`` says how many blocks of the parent's
    file at a path count (``None``: all), ``segment_blocks`` how many one file of a relation can have.
    """

    def __init__(
        self,
        into: str,
        *,
        writer: DirectWriter,
        block_size_bytes: int,
        segment_blocks: int,
        kept_blocks: KeptBlocks,
    ) -> None:
        super().__init__(into, writer=writer)
        self.files = FileTable(ReadFile)
        self.directories: set[str] = set()
        self._block_size_bytes = block_size_bytes
        self._segment_blocks = segment_blocks
        self._kept_blocks = kept_blocks
        self._blocks: _Blocks | None = None
        self._whole_bytes = 0

    def begin(self, header: TarHeader) -> None:
        """Open the file that the member is about, or make the directory.

        Raises Damaged (``archive-damaged``), OSError.
        """
        name = self.inner(header.name)
        path = relation_path(name) if header.is_file else None
        if path is None:
            self._begin_whole(header, name)
            return
        try:
            self.file = os.open(self.path(path), os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except FileNotFoundError as error:
            raise Damaged(
                f"the incremental backup has blocks of '{path}', and the backup that it builds on has no such file",
                code="archive-damaged",
                hint="The two do not belong together. Restore from another backup.",
            ) from error
        self._blocks = _Blocks(
            path,
            file=self.file,
            block_size_bytes=self._block_size_bytes,
            segment_blocks=self._segment_blocks,
            kept_blocks=self._kept_blocks(path),
        )

    def write(self, piece: memoryview) -> None:
        """The next bytes of the member. Raises Damaged (``archive-damaged``), OSError."""
        if self._blocks is None:
            super().write(piece)
        else:
            self._blocks.feed(piece)

    def end(self) -> None:
        """The member is complete. Raises Damaged (``archive-damaged``) when it cannot be."""
        if self._blocks is not None:
            self._note(self._blocks.path, self._blocks.finish())
            self._blocks = None
        elif self.file >= 0 and os.fstat(self.file).st_size != self._whole_bytes:
            os.ftruncate(self.file, self._whole_bytes)
        super().end()

    def close(self) -> None:
        self._blocks = None
        super().close()

    def _begin_whole(self, header: TarHeader, name: str) -> None:
        if header.is_directory:
            self.directories.add(name)
        if not header.is_file:
            super().begin(header)
            return
        self._whole_bytes = header.size_bytes
        self._note(name, header.size_bytes)
        try:
            # Most files are small and are there already: writing into them takes a fraction of making them anew.
            self.open(self.path(name), header, flags=_REPLACE)
        except PermissionError:
            # Such as a key of mode 0400, which not even its owner can write to.
            os.unlink(self.path(name))
            self.open(self.path(name), header, flags=_REPLACE)

    def _note(self, path: str, size_bytes: int) -> None:
        if not self.files.add(path, ReadFile(size_bytes, "")):
            raise Damaged(
                f"the incremental backup has '{path}' twice, whole and in blocks",
                code="archive-damaged",
                hint="Restore from another backup.",
            )


class _Blocks:
    """One incremental file, taken in pieces of any size and written into the relation's file."""

    def __init__(
        self, path: str, *, file: int, block_size_bytes: int, segment_blocks: int, kept_blocks: int | None
    ) -> None:
        self.path = path
        self._file = file
        self._block_size_bytes = block_size_bytes
        self._segment_blocks = segment_blocks
        self._kept_blocks = segment_blocks if kept_blocks is None else kept_blocks
        self._header = b""
        self._header_bytes = FIXED_BYTES
        self._start: IncrementalStart | None = None
        self._size_bytes = 0
        self._runs: list[tuple[int, int]] = []
        self._run = 0
        self._done_bytes = 0

    def feed(self, piece: memoryview) -> None:
        while piece:
            if len(self._header) < self._header_bytes:
                piece = piece[self._read_header(piece) :]
            else:
                piece = piece[self._write_blocks(piece) :]

    def finish(self) -> int:
        """The size in bytes that the relation's file has now."""
        if self._start is None or len(self._header) < self._header_bytes or self._run < len(self._runs):
            raise self._damaged("it ends in the middle")
        return self._size_bytes

    def _read_header(self, piece: memoryview) -> int:
        step = min(len(piece), self._header_bytes - len(self._header))
        self._header += bytes(piece[:step])
        if len(self._header) < self._header_bytes:
            return step
        if self._start is None:
            self._start = IncrementalStart.parse(self._header)
            self._header_bytes = self._start.header_bytes(block_size_bytes=self._block_size_bytes)
        if len(self._header) == self._header_bytes:
            self._prepare(self._start)
        return step

    def _prepare(self, start: IncrementalStart) -> None:
        numbers = start.numbers(self._header)
        self._runs = list(consecutive_blocks(numbers))
        self._size_bytes = self._block_size_bytes * start.size_blocks(
            numbers=numbers, segment_blocks=self._segment_blocks
        )
        # What lay behind the shortest length since the parent is void, even where the file has grown again.
        kept_blocks = min(start.truncation_blocks, self._kept_blocks, self._segment_blocks)
        os.ftruncate(self._file, kept_blocks * self._block_size_bytes)
        os.ftruncate(self._file, self._size_bytes)

    def _write_blocks(self, piece: memoryview) -> int:
        if self._run == len(self._runs):
            raise self._damaged("it has more than the blocks that it names")
        first, count = self._runs[self._run]
        left_bytes = count * self._block_size_bytes - self._done_bytes
        step = os.pwrite(self._file, piece[:left_bytes], first * self._block_size_bytes + self._done_bytes)
        self._done_bytes += step
        if step == left_bytes:
            self._run, self._done_bytes = self._run + 1, 0
        return step

    def _damaged(self, what: str) -> Damaged:
        return Damaged(
            f"the incremental file for '{self.path}' is damaged: {what}",
            code="archive-damaged",
            hint="Restore from another backup.",
        )


__all__ = ("IncrementalApply",)
