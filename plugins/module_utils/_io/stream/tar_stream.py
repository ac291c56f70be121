# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The content of an archive that another process may still be writing, decompressed."""

from __future__ import annotations

import io
import os
import subprocess
import threading
import time
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, closing
from typing import Protocol, cast

from ..._core.errors import Damaged
from ..host.files import open_regular, write_all
from ..host.runner import program_missing, start_program
from .compression import DECOMPRESS_ARGUMENTS, FrameError, ended_by_signal, enlarge_pipe, find_program, inflated
from .library_reader import LibraryReader
from .lz4_library import Lz4Reader, lz4_library
from .zstd_library import ZstdReader, zstd_library

# The most that is read between two questions whether the file is whole, and that comes in one piece. Half a cache of
# the second level: what was decompressed is still there when it is summed.
PIECE_BYTES = 1 << 19
_PAUSE_SECONDS = 0.02

# Gets how far a file was read, in bytes, and whether that is its end.
Noted = Callable[[int, bool], None]


class StreamAborted(Exception):
    """The archive will never be whole: its writer has failed, and nobody wants its content any more."""


def read_archive(
    path: str, *, compression: str, is_whole: Callable[[], bool], noted: Noted | None = None
) -> Generator[memoryview, None, None]:
    """The decompressed content in pieces, which are only valid until the next one is asked for.

    Where the file ends before ``is_whole()``, this waits for more; ``is_whole`` may raise StreamAborted. What was read
    once is ``noted`` and not read again. Raises Damaged (``archive-damaged``), Unavailable (``program-missing``), and
    what ``noted`` raises.
    """
    return _decompressed(_Growing(path, is_whole=is_whole, noted=noted or _unnoted), compression=compression)


def read_opened(
    open_it: Callable[[], AbstractContextManager[Opened]],
    *,
    path: str,
    compression: str,
    before_piece: Callable[[], object] | None = None,
) -> Generator[memoryview, None, None]:
    """The same of an archive that is whole, opened when the first piece is asked for; ``path`` is for messages.

    ``before_piece`` is called before each piece is read.

    Raises as :func:`read_archive`, and what opening, reading and closing raise.
    """
    return _decompressed(_Whole(open_it, path=path, before_piece=before_piece), compression=compression)


class Opened(Protocol):
    """An open file, or what stands for one."""

    descriptor: int


class _Source(Protocol):
    """Compressed bytes: their name for messages, and each time they are asked for all of them in pieces."""

    path: str

    def pieces(self) -> Generator[memoryview, None, None]: ...


class _Growing:
    """A file that another process may still be writing."""

    def __init__(self, path: str, *, is_whole: Callable[[], bool], noted: Noted) -> None:
        self.path = path
        self._is_whole = is_whole
        self._noted = noted

    def pieces(self) -> Generator[memoryview, None, None]:
        """What is there, and what comes until it is whole."""
        return _read_growing(self.path, is_whole=self._is_whole, noted=self._noted)


class _Whole:
    """A file that is opened by somebody else."""

    def __init__(
        self,
        open_it: Callable[[], AbstractContextManager[Opened]],
        *,
        path: str,
        before_piece: Callable[[], object] | None,
    ) -> None:
        self.path = path
        self._open = open_it
        self._before_piece = before_piece or _go_on

    def pieces(self) -> Generator[memoryview, None, None]:
        """What is there."""
        buffer = memoryview(bytearray(PIECE_BYTES))
        with self._open() as opened, os.fdopen(opened.descriptor, "rb", buffering=0, closefd=False) as stream:
            while True:
                self._before_piece()
                size_bytes = _fill(stream, buffer)
                if not size_bytes:
                    return
                yield buffer[:size_bytes]


def _go_on() -> None:
    """Nothing is waited for."""


def _unnoted(_position: int, _is_end: bool) -> None:
    """Nobody asks how far it was read."""


def _decompressed(source: _Source, *, compression: str) -> Generator[memoryview, None, None]:
    if compression == "none":
        return source.pieces()
    if compression == "gzip":
        return _inflate(source)
    reader = _library_reader(compression)
    if reader is not None:
        return _read_through_library(source, reader=reader)
    return _read_through_program(source, method=compression)


def _read_growing(path: str, *, is_whole: Callable[[], bool], noted: Noted) -> Generator[memoryview, None, None]:
    buffer = memoryview(bytearray(PIECE_BYTES))
    position = 0
    with os.fdopen(open_regular(path), "rb", buffering=0) as stream:
        while True:
            # Asked before reading: what is written before the answer is read after it.
            whole = is_whole()
            size_bytes = stream.readinto(buffer) or 0
            if size_bytes:
                position += size_bytes
                noted(position, False)
                yield buffer[:size_bytes]
            elif whole:
                noted(position, True)
                return
            else:
                time.sleep(_PAUSE_SECONDS)


def _inflate(source: _Source) -> Generator[memoryview, None, None]:
    try:
        with closing(source.pieces()) as pieces:
            for piece in inflated(pieces):
                yield memoryview(piece)
    except FrameError as error:
        raise _damaged(source.path, str(error)) from error


def _library_reader(method: str) -> LibraryReader | None:
    library = zstd_library() if method == "zstd" else lz4_library()
    if library is None:
        return None
    reader = ZstdReader if method == "zstd" else Lz4Reader
    return reader(library, piece_bytes=PIECE_BYTES)


def _read_through_library(source: _Source, *, reader: LibraryReader) -> Generator[memoryview, None, None]:
    try:
        with closing(source.pieces()) as pieces:
            for piece in pieces:
                yield from reader.feed(piece)
            yield reader.finish()
    except FrameError as error:
        raise _damaged(source.path, str(error)) from error
    finally:
        reader.close()


def _read_through_program(source: _Source, *, method: str) -> Generator[memoryview, None, None]:
    program = find_program(method)
    if program is None:
        raise program_missing(method)
    pipe = subprocess.PIPE
    argv = (program, *DECOMPRESS_ARGUMENTS[method])
    with start_program(argv, stdin=pipe, stdout=pipe, stderr=pipe) as process:
        feeder = _Feeder(source, process=process)
        feeder.start()
        try:
            yield from _read_pipe(process)
        finally:
            # Nobody reads any more, so a program that still runs has lost its purpose.
            process.kill()
            feeder.join()
        said = process.stderr.read().decode("utf-8", "replace").strip() if process.stderr else ""
    if feeder.error is not None:
        raise feeder.error
    if process.returncode > 0 or feeder.rejected:
        raise _damaged(source.path, said or f"'{method}' ended with exit code {process.returncode}")
    if process.returncode < 0 and not feeder.delivered:
        raise ended_by_signal(method, number=-process.returncode, path=source.path)


def _read_pipe(process: subprocess.Popen[bytes]) -> Generator[memoryview, None, None]:
    stream = cast(io.RawIOBase, process.stdout)
    enlarge_pipe(stream.fileno())
    buffer = memoryview(bytearray(PIECE_BYTES))
    while True:
        size_bytes = _fill(stream, buffer)
        if size_bytes:
            yield buffer[:size_bytes]
        if size_bytes < len(buffer):
            process.wait()
            return


def _fill(stream: io.RawIOBase, buffer: memoryview) -> int:
    """Read until the buffer is full or nothing more comes: a pipe gives an eighth of it at a time."""
    filled = 0
    while filled < len(buffer):
        size_bytes = stream.readinto(buffer[filled:])
        if not size_bytes:
            break
        filled += size_bytes
    return filled


class _Feeder(threading.Thread):
    """Hands the bytes to the program, and closes its input behind the last one."""

    def __init__(self, source: _Source, *, process: subprocess.Popen[bytes]) -> None:
        super().__init__(daemon=True)
        self.error: BaseException | None = None
        self.rejected = False
        self.delivered = False
        self._source = source
        self._process = process

    def run(self) -> None:
        sink = cast(io.RawIOBase, self._process.stdin)
        try:
            with closing(self._source.pieces()) as pieces:
                for piece in pieces:
                    write_all(sink.fileno(), piece)
            self.delivered = True
        except BrokenPipeError:
            self.rejected = True
        except BaseException as error:  # noqa: BLE001 - it is raised again by the thread that reads
            self.error = error
        finally:
            sink.close()


def _damaged(path: str, what: str) -> Damaged:
    return Damaged(
        f"the archive '{path}' is damaged: {what}",
        code="archive-damaged",
        hint="The backup is not usable; take a new one, or restore from another.",
    )


__all__ = ("PIECE_BYTES", "Noted", "Opened", "StreamAborted", "read_archive", "read_opened")
