# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The directory that a storage lies in: what its files are called there, and whether it is the one that is meant."""

from __future__ import annotations

import os

from ..._core.errors import Unavailable
from ..host.files import fsync_descriptor

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

# What ``put`` may replace, besides a version: nothing, or whatever is there.
ABSENT = "absent"
ANY = "any"
DIRECTORY_MODE = 0o700


def make_private_directory(path: str) -> bool:
    """Make one directory, 0700 under any umask; ``False`` when it was there. The parent is not made durable here."""
    try:
        os.mkdir(path, DIRECTORY_MODE)
    except FileExistsError:
        return False
    os.chmod(path, DIRECTORY_MODE)
    return True


def make_path_below(root: str, relative: str) -> list[str]:
    """Make the directories of a relative path below ``root``, which must exist.

    The result is every directory whose names must be durable before something in the last one counts as stored,
    deepest last; ``root`` comes first. They are listed even when they were there: the run that made them may have been
    killed before it could make them durable.
    """
    passed = [root]
    for part in relative.split("/"):
        path = passed[-1] + "/" + part
        make_private_directory(path)
        passed.append(path)
    return passed


def fsync_path(path: str) -> None:
    """Make a file or the names in a directory durable."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        fsync_descriptor(descriptor)
    finally:
        os.close(descriptor)


def version_of(found: os.stat_result) -> str:
    """What tells one file under a name from the next."""
    return f"{found.st_ino}-{found.st_size}-{found.st_mtime_ns}"


class Place:
    """The directory ``root``.

    ``marker`` is a key without which it is not the one that is meant, because its file system is not mounted.
    """

    def __init__(self, root: str, *, marker: str | None = None) -> None:
        self.root = root
        self._marker = marker

    def address(self, key: str = "") -> str:
        """The path of a key, or of the directory."""
        return self.root + "/" + key if key else self.root

    def check_there(self, *, before_writing: str = "") -> None:
        """Return when this is the directory that is meant, which it becomes when the marker is written.

        Raises Unavailable (``repository-missing``).
        """
        if before_writing and before_writing == self._marker:
            return
        path = self.address(self._marker or "")
        try:
            os.stat(path)
        except OSError as error:
            raise Unavailable(
                f"'{path}' is not there: {error.strerror}",
                code="repository-missing",
                hint="Mount the repository's file system if it lies on one; nothing is written underneath.",
            ) from error

    def refuse(self, key: str, error: OSError) -> NoReturn:
        """Raise what it means that a write failed."""
        from .file_errors import repository_write_error

        raise repository_write_error(self.address(key), error) from error

    def not_readable(self, key: str, error: OSError) -> NoReturn:
        """Raise what it means that something could not be read."""
        from .file_errors import not_readable

        raise not_readable(self.address(key), error) from error


__all__ = (
    "ABSENT",
    "ANY",
    "DIRECTORY_MODE",
    "Place",
    "fsync_path",
    "make_path_below",
    "make_private_directory",
    "version_of",
)
