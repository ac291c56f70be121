# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writing large files past the kernel's cache (direct I/O), in threads of their own.

The cache would take memory for what nobody reads before the server runs, and the disk would wait until it is full.
Where a file system has no direct I/O, the same threads write through its cache. Source: open(2), ``O_DIRECT``.
"""

from __future__ import annotations

import errno
import fcntl
import mmap
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from queue import SimpleQueue
from typing import NamedTuple

from ..host.files import write_all_at
from .file_blocks import reserve
from .piece_copy import copy_piece

# Handing a smaller one over takes longer than writing it.
LARGE_BYTES = 1 << 20
PIECE_BYTES = 1 << 20
_MOST_THREADS = 8
# As no disk wants it larger; what mmap gives begins at a page.
_ALIGNED_BYTES = 4096


# Changes a piece of a file that begins at an offset, before it is written. It is called by a thread. Raises OSError.
Fill = Callable[[memoryview, int], None]


class NotWhole(OSError):
    """A file was given up: the reason lies with whoever wrote it."""


class _Piece(NamedTuple):
    file: DirectFile
    buffer: memoryview
    size_bytes: int
    offset: int


class DirectWriter:
    """The threads, from the first large file until :meth:`close`, two for each processor: they wait for the disk."""

    def __init__(self) -> None:
        self._threads: list[threading.Thread] = []
        self._pieces: SimpleQueue[_Piece | None] = SimpleQueue()
        self._free: SimpleQueue[memoryview] = SimpleQueue()
        self._error: Exception | None = None
        self._lock = threading.Lock()

    def open(
        self,
        path: str,
        flags: int,
        *,
        mode: int,
        size_bytes: int,
        reserved_bytes: int | None = None,
        fill: Fill | None = None,
        ended: Callable[[], None] | None = None,
    ) -> DirectFile:
        """A file that is written from its start to so many bytes, each piece after ``fill`` has seen it.

        ``reserved_bytes`` (``None``: all) are sure to have room. ``ended`` is called once, behind the last piece, by
        whichever thread comes last. Raises OSError.
        """
        self._start()
        descriptor = os.open(path, flags, mode)
        try:
            # Whatever the umask is.
            os.fchmod(descriptor, mode)
            reserve(descriptor, size_bytes if reserved_bytes is None else reserved_bytes)
            _set_direct(descriptor, is_direct=True)
        except BaseException:
            os.close(descriptor)
            raise
        return DirectFile(path, writer=self, descriptor=descriptor, size_bytes=size_bytes, fill=fill, ended=ended)

    def take(self) -> memoryview:
        """A buffer, as soon as one is free. Raises what a thread has met, which is OSError but for our own faults."""
        buffer = self._free.get()
        if self._error is not None:
            self.give_back(buffer)
            raise self._error
        return buffer

    def give_back(self, buffer: memoryview) -> None:
        """Nobody needs what is in it any more."""
        self._free.put(buffer)

    def submit(self, piece: _Piece) -> None:
        """Let a thread write it, and give back its buffer."""
        self._pieces.put(piece)

    def fail(self, error: Exception, file: DirectFile) -> None:
        """Let whoever asks next know this; the first failure counts."""
        if isinstance(error, OSError):
            error.filename = file.path
        self._error = self._error or error

    def finish(self) -> None:
        """Return when all files are durable. Raises what a thread has met, as :meth:`take` does."""
        self.close()
        if self._error is not None:
            raise self._error

    def close(self) -> None:
        """End the threads behind what they were given."""
        threads, self._threads = self._threads, []
        for _each in threads:
            self._pieces.put(None)
        for thread in threads:
            thread.join()

    def _start(self) -> None:
        with self._lock:
            if self._threads:
                return
            count = min(2 * len(os.sched_getaffinity(0)), _MOST_THREADS)
            # First of all: without buffers a feeder would wait for ever.
            for buffer in _buffers(2 * count + 2):
                self._free.put(buffer)
            for _each in range(count):
                thread = threading.Thread(target=self._run, daemon=True)
                try:
                    thread.start()
                except RuntimeError:
                    # The system allows no more.
                    if not self._threads:
                        raise
                    break
                self._threads.append(thread)

    def _run(self) -> None:
        # Whatever happens, the thread goes on: one that ended without a word would leave its feeder waiting for ever.
        while (piece := self._pieces.get()) is not None:
            try:
                if self._error is None:
                    piece.file.fill_and_write(piece.buffer[: piece.size_bytes], piece.offset)
            except Exception as error:  # noqa: BLE001 - told to whoever asks next
                self.fail(error, piece.file)
            self.give_back(piece.buffer)
            try:
                piece.file.let_go()
            except Exception as error:  # noqa: BLE001 - told to whoever asks next
                self.fail(error, piece.file)


class DirectFile:
    """An open file that gets its content in pieces of any size, one after the other."""

    def __init__(
        self,
        path: str,
        *,
        writer: DirectWriter,
        descriptor: int,
        size_bytes: int,
        fill: Fill | None = None,
        ended: Callable[[], None] | None = None,
    ) -> None:
        self.path = path
        self._fill = fill
        self._ended = ended
        self._writer = writer
        self._descriptor = descriptor
        self._size_bytes = size_bytes
        self._buffer: memoryview | None = None
        self._filled = 0
        self._offset = 0
        self._is_whole = False
        # Pieces that are not written yet, and the one who gives them.
        self._holders = 1
        self._lock = threading.Lock()

    def write(self, piece: memoryview) -> None:
        """The next bytes. Raises what a thread has met (OSError)."""
        while piece:
            if self._buffer is None:
                self._buffer = self._writer.take()
            step = min(len(piece), PIECE_BYTES - self._filled)
            copy_piece(self._buffer[self._filled : self._filled + step], piece[:step])
            self._filled, piece = self._filled + step, piece[step:]
            if self._filled == PIECE_BYTES:
                self._hand_over(self._buffer)

    def skip(self) -> bool:
        """Leave as many bytes empty as a piece has; ``False`` in the middle of one."""
        if self._filled:
            return False
        self._offset += PIECE_BYTES
        return True

    def end(self) -> None:
        """Nothing more comes; the thread that writes the last piece makes the file durable. Raises OSError."""
        if self._buffer is not None:
            self._hand_over(self._buffer)
        self._is_whole = True
        self.let_go()

    def abandon(self) -> None:
        """Nothing more comes, and it is not whole: so the writer does not finish."""
        self._writer.fail(NotWhole(errno.ECANCELED, "it was not written to its end"), self)
        if self._buffer is not None:
            self._writer.give_back(self._buffer)
            self._buffer = None
        self.let_go()

    def fill_and_write(self, piece: memoryview, offset: int) -> None:
        """Write it there, with what belongs over it. Raises OSError."""
        if self._fill is not None:
            self._fill(piece, offset)
        self.write_at(piece, offset)

    def write_at(self, piece: memoryview, offset: int) -> None:
        """Write it there, directly where that is possible. Raises OSError."""
        try:
            write_all_at(self._descriptor, piece, offset=offset)
        except OSError as error:
            if error.errno != errno.EINVAL:
                raise
            # Direct I/O was promised, and is refused for this size or place.
            _set_direct(self._descriptor, is_direct=False)
            write_all_at(self._descriptor, piece, offset=offset)

    def let_go(self) -> None:
        """One holder less; the last one completes the file. Raises OSError."""
        with self._lock:
            self._holders -= 1
            if self._holders:
                return
        try:
            if self._ended is not None:
                self._ended()
            if self._is_whole:
                os.ftruncate(self._descriptor, self._size_bytes)
                os.fsync(self._descriptor)
        finally:
            os.close(self._descriptor)

    def _hand_over(self, buffer: memoryview) -> None:
        with self._lock:
            self._holders += 1
        whole_bytes = -(-self._filled // _ALIGNED_BYTES) * _ALIGNED_BYTES
        # The file may have more, which is empty.
        buffer[self._filled : whole_bytes] = bytes(whole_bytes - self._filled)
        self._writer.submit(_Piece(self, buffer, whole_bytes, self._offset))
        self._offset += self._filled
        self._buffer, self._filled = None, 0


def _buffers(count: int) -> Iterator[memoryview]:
    """Pieces of memory that the disk reads as a whole.

    Of pages of 4 KiB a virtual disk of Firecracker takes half as many bytes a second as of huge ones.
    """
    memory = mmap.mmap(-1, count * PIECE_BYTES, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    # A kernel without huge pages refuses.
    with suppress(OSError):
        memory.madvise(mmap.MADV_HUGEPAGE)
    whole = memoryview(memory)
    for number in range(count):
        yield whole[number * PIECE_BYTES : (number + 1) * PIECE_BYTES]


def _set_direct(descriptor: int, *, is_direct: bool) -> None:
    flags = fcntl.fcntl(descriptor, fcntl.F_GETFL)
    try:
        fcntl.fcntl(descriptor, fcntl.F_SETFL, flags | os.O_DIRECT if is_direct else flags & ~os.O_DIRECT)
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise


__all__ = ("LARGE_BYTES", "PIECE_BYTES", "DirectFile", "DirectWriter", "Fill", "NotWhole")
