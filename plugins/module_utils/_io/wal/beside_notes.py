# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is known on the database's host of a repository that is not required: which WAL files it has, and what failed.

A small file for each such repository lies beside the marks in ``pg_wal`` (``archived_marks.py``), and whoever stores
something there holds its lock. Nothing depends on it: where it is missing, the repository is asked for each file.
"""

from __future__ import annotations

import os
import time

from ..host.files import write_all
from ..host.temporary_file import lock_now
from .archived_marks import DIRECTORY_NAME

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

# Not of a segment, so that whoever removes marks leaves it.
_PREFIX = ".slot-"
_LIMIT_BYTES = 1 << 22
_FLAGS = os.O_RDWR | os.O_CREAT | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC


class BesideNotes:
    """The notes on the repository ``name``; ``origin`` is who stores there by which configuration."""

    def __init__(self, wal_directory: str, *, name: str, origin: str) -> None:
        self._directory = f"{wal_directory}/{DIRECTORY_NAME}"
        self._path = f"{self._directory}/{_PREFIX}{name}"
        self._origin = origin

    def lock(self) -> int:
        """A descriptor that keeps others from storing there; -1: somebody does. Raises OSError."""
        if not os.path.isdir(self._directory):
            os.makedirs(self._directory, 0o700, exist_ok=True)
        descriptor = os.open(self._path, _FLAGS, 0o600)
        if lock_now(descriptor):
            return descriptor
        os.close(descriptor)
        return -1

    def known(self) -> set[str]:
        """The files that the repository has, by the notes of this very configuration."""
        try:
            descriptor = os.open(self._path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
        except OSError:
            return set()
        try:
            origin, *names = os.read(descriptor, _LIMIT_BYTES).decode("utf-8", "replace").split("\n")
        finally:
            os.close(descriptor)
        # What was cut off by a crash has no end of line.
        return {*names[:-1]} if origin == self._origin else set()

    def write(self, descriptor: int, names: Iterable[str]) -> None:
        """Note that these are there, into the file that is locked by ``descriptor``. Raises OSError."""
        text = "".join(f"{line}\n" for line in (self._origin, *names))
        os.ftruncate(descriptor, 0)
        os.lseek(descriptor, 0, os.SEEK_SET)
        write_all(descriptor, text.encode("utf-8", "surrogateescape"))


def failed_lately(path: str, *, seconds: float) -> bool:
    """Whether the note of a failure was written within these seconds."""
    try:
        return 0 <= time.time() - os.stat(path).st_mtime < seconds
    except OSError:
        return False


__all__ = ("BesideNotes", "failed_lately")
