# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compressing and decompressing WAL as a stream, by the host's ``zstd`` and ``lz4`` or in this process.

Where the host has their libraries, these compress, without another process. A program's output passes through this
process, so that a write that fails has a reason, and so that no orphan writes on when this process is killed. Every
compressed form carries a checksum of its content.
"""

from __future__ import annotations

import os

from ..._core.errors import Damaged, Failed, InvalidInput, Unavailable
from ..._core.repository.layout import SUFFIX_BY_METHOD

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator

_CHUNK_BYTES = 1 << 18
_INFLATED_BYTES = 1 << 20
_LIBRARY_PIECE_BYTES = 1 << 20
_F_SETPIPE_SZ = 1031
_COMPLAINT_BYTES = 4096
_COMPRESS_ARGUMENTS = {"zstd": ("-q", "-c", "-1", "--check"), "lz4": ("-q", "-c", "-1", "-")}
DECOMPRESS_ARGUMENTS = {"zstd": ("-q", "-d", "-c"), "lz4": ("-q", "-d", "-c", "-")}
# Servers are often started with a short PATH or none; these are where packages put programs.
_USUAL_DIRECTORIES = ("/usr/local/bin", "/usr/bin", "/bin", "/opt/homebrew/bin")


class FrameError(Exception):
    """Compressed content is not what the method has written; the message says how."""


def find_program(name: str) -> str | None:
    """The full path of an executable in PATH or the usual directories, ``None`` when there is none."""
    for directory in (*os.environ.get("PATH", "").split(":"), *_USUAL_DIRECTORIES):
        path = directory + "/" + name
        if directory and os.access(path, os.X_OK) and os.path.isfile(path):
            return path
    return None


def host_decompressors() -> tuple[str, ...]:
    """Of ``zstd``, ``lz4`` and ``gzip``, what this host can decompress. Python does gzip by itself."""
    return (*(method for method in DECOMPRESS_ARGUMENTS if find_program(method)), "gzip")


def choose_compression(wanted: str) -> str:
    """The method to use: the wanted one, for ``auto`` the fastest good one this host has.

    Raises InvalidInput (``compression-unknown``), Unavailable (``program-missing``) when the host lacks the program.
    """
    if wanted == "auto":
        return next((method for method in ("zstd", "lz4") if find_program(method)), "gzip")
    if wanted not in SUFFIX_BY_METHOD:
        raise InvalidInput(
            f"compression '{wanted}' is unknown",
            code="compression-unknown",
            hint="Set 'pitr_archiving_compression' to auto, zstd, lz4, gzip or none.",
        )
    if wanted in _COMPRESS_ARGUMENTS:
        _program(wanted)
    return wanted


def compress(source: int, *, method: str) -> Generator[bytes, None, None]:
    """The compressed bytes of an open file, from its beginning to its end, in order."""
    os.lseek(source, 0, os.SEEK_SET)
    if method == "none":
        yield from _chunks(source)
    elif method == "gzip":
        yield from _compress_gzip(source)
    else:
        from .library_compress import library_compressor

        compressor = library_compressor(method)
        if compressor is not None:
            yield from compressor(source, _LIBRARY_PIECE_BYTES)
            return
        status = yield from _pipe_through((_program(method), *_COMPRESS_ARGUMENTS[method]), source=source)
        if status != 0:
            raise Failed(
                f"'{method}' failed with exit code {status} while compressing",
                code="compression-failed",
                hint="Its output is in the lines above; gzip ('pitr_archiving_compression') needs no program.",
            )


def decompress(source: int, *, path: str, method: str, write: Callable[[bytes], object]) -> None:
    """Hand an open stored file's original bytes to ``write``, in order, its checksum verified when this returns.

    ``path`` is for messages. For ``none`` nothing is verified here: its checksum lies beside the file
    (``_io/wal/checksum_file.py``). Raises Damaged (``segment-damaged``), and what ``write`` raises.
    """
    if method == "none":
        for chunk in _chunks(source):
            write(chunk)
    elif method == "gzip":
        _decompress_gzip(source, path=path, write=write)
    else:
        _decompress_by_program(source, path=path, method=method, write=write)


def damaged(path: str, what: str) -> Damaged:
    """The error for a stored file that is corrupt."""
    return Damaged(
        f"the stored file '{path}' is damaged: {what}",
        code="segment-damaged",
        hint="It is never used. Replace it with a good copy; without one, recovery ends at this segment.",
    )


def ended_by_signal(method: str, *, number: int, path: str) -> Failed:
    """The error for a program that was killed while it read a file, which says nothing about the file."""
    return Failed(
        f"'{method}' was terminated by signal {number} while reading '{path}'",
        code="compression-failed",
        hint="Check the system log for what terminated it (out of memory?), and try again.",
    )


def _chunks(source: int) -> Iterator[bytes]:
    while chunk := os.read(source, _CHUNK_BYTES):
        yield chunk


def _compress_gzip(source: int) -> Iterator[bytes]:
    import zlib

    # 31: the gzip container, which holds a CRC-32 and the size.
    compressor = zlib.compressobj(1, zlib.DEFLATED, 31)
    for chunk in _chunks(source):
        yield compressor.compress(chunk)
    yield compressor.flush()


def inflated(pieces: Iterable[bytes | memoryview]) -> Iterator[bytes]:
    """The content of a gzip stream that comes in pieces of any size. Raises FrameError."""
    import zlib

    decompressor = zlib.decompressobj(31)
    try:
        for piece in pieces:
            left = piece
            while left:
                # A thousand times as much may be in it.
                yield decompressor.decompress(left, _INFLATED_BYTES)
                left = decompressor.unconsumed_tail
            if decompressor.unused_data:
                break
        yield decompressor.flush()
    except zlib.error as error:
        raise FrameError(str(error)) from error
    if not decompressor.eof or decompressor.unused_data:
        raise FrameError("its compressed content does not end where it should")


def _decompress_gzip(source: int, *, path: str, write: Callable[[bytes], object]) -> None:
    try:
        for piece in inflated(_chunks(source)):
            write(piece)
    except FrameError as error:
        raise damaged(path, str(error)) from error


def _decompress_by_program(source: int, *, path: str, method: str, write: Callable[[bytes], object]) -> None:
    argv = (_program(method), *DECOMPRESS_ARGUMENTS[method])
    # What it says does not name the file, so it is part of the error that does.
    reading, writing = os.pipe()
    try:
        try:
            status = _write_through(argv, source=source, write=write, complaints=writing)
        finally:
            os.close(writing)
        said = os.read(reading, _COMPLAINT_BYTES).decode(errors="replace") if status else ""
    finally:
        os.close(reading)
    if status < 0:
        raise ended_by_signal(method, number=-status, path=path)
    if status != 0:
        words = " ".join(said.replace("/*stdin*\\", "").split()).strip(" :")
        raise damaged(path, f"'{method}' ended with exit code {status}" + (f": {words}" if words else ""))


def _program(name: str) -> str:
    path = find_program(name)
    if path is None:
        raise Unavailable(
            f"program '{name}' not found on this host",
            code="program-missing",
            hint=f"Install the operating system's package '{name}', or choose another 'pitr_archiving_compression'.",
        )
    return path


def _write_through(argv: tuple[str, ...], *, source: int, write: Callable[[bytes], object], complaints: int) -> int:
    """Run a filter from an open file to ``write``; its exit code, or minus the signal's number."""
    pieces = _pipe_through(argv, source=source, complaints=complaints)
    try:
        while True:
            write(next(pieces))
    except StopIteration as end:
        return int(end.value)
    finally:
        pieces.close()


def _pipe_through(argv: tuple[str, ...], *, source: int, complaints: int = 2) -> Generator[bytes, None, int]:
    """What a filter makes of an open file; its exit code at the end, or minus the signal's number.

    What it says of errors goes to ``complaints``, which must take it all without being read.
    """
    reading, writing = os.pipe()
    try:
        enlarge_pipe(reading)
        actions = [(os.POSIX_SPAWN_DUP2, descriptor, to) for descriptor, to in ((source, 0), (writing, 1))]
        if complaints != 2:
            actions.append((os.POSIX_SPAWN_DUP2, complaints, 2))
        process = os.posix_spawn(argv[0], argv, os.environ, file_actions=actions)
    except BaseException:
        os.close(reading)
        raise
    finally:
        os.close(writing)
    try:
        yield from _chunks(reading)
    finally:
        # Closed before waiting, so that a filter whose output nobody takes any more ends.
        os.close(reading)
        status = os.waitpid(process, 0)[1]
    return os.WEXITSTATUS(status) if os.WIFEXITED(status) else -os.WTERMSIG(status)


def enlarge_pipe(descriptor: int) -> None:
    """Let the pipe hold 1 MiB where the system allows it; otherwise it keeps its size."""
    from fcntl import fcntl

    try:
        fcntl(descriptor, _F_SETPIPE_SZ, 1 << 20)
    except OSError:
        # The user's allowance for pipes is used up: smaller steps do the same.
        return


__all__ = (
    "DECOMPRESS_ARGUMENTS",
    "FrameError",
    "choose_compression",
    "compress",
    "damaged",
    "decompress",
    "ended_by_signal",
    "enlarge_pipe",
    "find_program",
    "host_decompressors",
    "inflated",
)
