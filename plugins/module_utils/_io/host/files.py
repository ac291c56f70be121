# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writing files so that they survive a crash, the same way everywhere."""

from __future__ import annotations

import os

from ..._core.errors import Unavailable


def write_durably(path: str, content: bytes, *, mode: int = 0o600, owner: tuple[int, int] | None = None) -> None:
    """Replace ``path`` by ``content`` so that after a crash there is the old or the new file, whole.

    Temporary name in the same directory, write, fsync, rename, fsync of the directory. ``owner`` is (uid, gid).
    Raises Unavailable (``write-failed``) when the system refuses, with the file it is about.
    """
    temporary = f"{path}.{os.getpid()}.tmp"
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
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
    """Make the names in a directory durable."""
    descriptor = os.open(path or ".", os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read_text(path: str) -> str | None:
    """The file's text, ``None`` when there is no such file. Other failures raise OSError."""
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as stream:
            return stream.read()
    except FileNotFoundError:
        return None


def write_all(descriptor: int, content: bytes | memoryview) -> None:
    """Write all of it to an open file or pipe, which may take less at a time. Raises OSError."""
    left = memoryview(content)
    while left:
        left = left[os.write(descriptor, left) :]


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


__all__ = ("fsync_directory", "list_directory", "read_text", "write_all", "write_durably", "write_failed")
