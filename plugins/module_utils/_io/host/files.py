# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writing files so that they survive a crash, the same way everywhere."""

from __future__ import annotations

import errno
import os
from stat import S_ISDIR, S_ISREG

from ..._core.errors import Damaged, Unavailable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

# More than any file has that is read as a whole, but for manifests.
SMALL_FILE_BYTES = 1 << 24
_PIECE_BYTES = 1 << 20


def write_durably(path: str, content: bytes, *, mode: int = 0o600, owner: tuple[int, int] | None = None) -> None:
    """Replace ``path`` by ``content`` so that after a crash there is the old or the new file, whole.

    Temporary name in the same directory, write, fsync, rename, fsync of the directory. ``owner`` is (uid, gid).
    Raises Unavailable (``write-failed``) when the system refuses, with the file it is about.
    """
    from .temporary_file import open_temporary, remove_stale_temporaries

    try:
        remove_stale_temporaries(path)
        descriptor, temporary = open_temporary(path)
        try:
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(content)
                stream.flush()
                if owner is not None:
                    os.fchown(stream.fileno(), *owner)
                os.fchmod(stream.fileno(), mode)
                os.fsync(stream.fileno())
            os.rename(temporary, path)
        except BaseException:
            _remove_if_there(temporary)
            raise
        fsync_directory(os.path.dirname(path))
    except OSError as error:
        raise write_failed(path, error) from error


def write_failed(path: str, error: OSError) -> Unavailable:
    """The error to raise when ``path`` could not be written, with a hint that fits the reason."""
    return Unavailable(
        f"cannot write '{path}': {error.strerror}",
        code="write-failed",
        hint="Free space on that file system, or give the user that runs this the right to write there.",
    )


def fsync_directory(path: str) -> None:
    """Make the names in a directory durable; see :func:`fsync_descriptor`."""
    descriptor = os.open(path or ".", os.O_RDONLY | os.O_DIRECTORY)
    try:
        fsync_descriptor(descriptor)
    finally:
        os.close(descriptor)


def fsync_descriptor(descriptor: int) -> None:
    """Make an open file or directory durable.

    File systems that cannot do that with a directory (CIFS, some of FUSE) say EINVAL or EBADF. As PostgreSQL does, this
    is no failure: they write names down by themselves. Source: ``fsync_fname_ext`` in src/backend/storage/file/fd.c.
    """
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in (errno.EBADF, errno.EINVAL) or not S_ISDIR(os.fstat(descriptor).st_mode):
            raise


def read_text(path: str, *, limit_bytes: int = SMALL_FILE_BYTES) -> str | None:
    """The text of a regular file of limited size, ``None`` when there is no such file.

    Raises Damaged (``file-not-regular``, ``file-too-large``), OSError.
    """
    try:
        descriptor = open_regular(path)
    except FileNotFoundError:
        return None
    try:
        content = read_limited(descriptor, path=path, limit_bytes=limit_bytes)
    finally:
        os.close(descriptor)
    return content.decode("utf-8", "surrogateescape").replace("\r\n", "\n").replace("\r", "\n")


def read_lines(path: str, *, limit_bytes: int) -> Iterator[bytes]:
    """The lines of a regular file, one after the other.

    Raises Damaged (``file-not-regular``, ``file-too-large``), OSError.
    """
    descriptor = open_regular(path)
    try:
        yield from lines_of(descriptor, path=path, limit_bytes=limit_bytes)
    finally:
        os.close(descriptor)


def lines_of(descriptor: int, *, path: str, limit_bytes: int) -> Iterator[bytes]:
    """The lines of the rest of an open file. Raises Damaged (``file-too-large``) behind so many bytes, OSError."""
    left = limit_bytes
    with open(descriptor, "rb", closefd=False) as stream:
        while line := stream.readline(left + 1):
            left -= len(line)
            if left < 0:
                raise too_large(path, limit_bytes=limit_bytes)
            yield line


def open_regular(path: str, *, follow_link: bool = True, inside: int | None = None) -> int:
    """A descriptor for reading a regular file. Whatever else lies there is not waited for.

    ``inside`` is the open directory of ``path``, whatever has its name by now. Opening a FIFO would wait until somebody
    writes. Raises Damaged (``file-not-regular``), OSError (ELOOP for a link
    that is not followed).
    """
    nofollow = 0 if follow_link else os.O_NOFOLLOW
    name = path if inside is None else os.path.basename(path)
    descriptor = os.open(name, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | nofollow, dir_fd=inside)
    if S_ISREG(os.fstat(descriptor).st_mode):
        return descriptor
    os.close(descriptor)
    raise Damaged(
        f"'{path}' is not a regular file",
        code="file-not-regular",
        hint="Find out who put it there. It is not read; put back the file that belongs there.",
    )


def read_limited(descriptor: int, *, path: str, limit_bytes: int) -> bytes:
    """The rest of an open file. Raises Damaged (``file-too-large``) behind so many bytes, OSError."""
    pieces, left = [], limit_bytes + 1
    while left and (piece := os.read(descriptor, min(left, _PIECE_BYTES))):
        pieces.append(piece)
        left -= len(piece)
    if not left:
        raise too_large(path, limit_bytes=limit_bytes)
    return b"".join(pieces)


def too_large(path: str, *, limit_bytes: int) -> Damaged:
    """The error for a file of more than so many bytes."""
    return Damaged(
        f"'{path}' has more than {limit_bytes} bytes, which no such file has",
        code="file-too-large",
        hint="Find out who wrote it. It is not read; put back the file that belongs there.",
    )


def write_all(descriptor: int, content: bytes | memoryview) -> None:
    """Write all of it to an open file or pipe, which may take less at a time. Raises OSError."""
    left = memoryview(content)
    while left:
        left = left[os.write(descriptor, left) :]


def write_all_at(descriptor: int, content: memoryview, *, offset: int) -> None:
    """Write all of it at this place of an open file, which may take less at a time. Raises OSError."""
    while content:
        step = os.pwrite(descriptor, content, offset)
        offset, content = offset + step, content[step:]


def read_exactly(descriptor: int, size_bytes: int) -> bytes:
    """So many bytes of an open file, fewer only at its end. Raises OSError."""
    content = b""
    while len(content) < size_bytes:
        chunk = os.read(descriptor, size_bytes - len(content))
        if not chunk:
            break
        content += chunk
    return content


def list_directory(path: str) -> list[str]:
    """The names in a directory, in no order; none when there is no such directory. Other failures raise OSError."""
    try:
        return os.listdir(path)
    except (FileNotFoundError, NotADirectoryError):
        return []


def _remove_if_there(path: str) -> None:
    try:
        os.unlink(path)
    except FileNotFoundError:
        return


__all__ = (
    "SMALL_FILE_BYTES",
    "fsync_descriptor",
    "fsync_directory",
    "list_directory",
    "open_regular",
    "read_exactly",
    "read_limited",
    "read_lines",
    "read_text",
    "too_large",
    "write_all",
    "write_all_at",
    "write_durably",
    "write_failed",
)
