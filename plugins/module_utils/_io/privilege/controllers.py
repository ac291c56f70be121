# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who controls a path: the users that could change what it leads to.

A path is walked component by component with descriptors, and no link is followed by the kernel. Where root alone
controls a path, nobody can exchange a part of it between the look and the use.
"""

from __future__ import annotations

import errno
import grp
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

ANYONE = -1
_MAX_LINKS = 40
_DIRECTORY = os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


@dataclass(frozen=True)
class WalkedPath:
    """A name in an open directory. ``controllers`` are user ids, with ANYONE where others can change the path.

    ``path`` has no links. ``status`` is that of what lies there, never of a link's target; ``None``: nothing.
    """

    directory: int
    name: str
    path: str
    status: os.stat_result | None
    controllers: frozenset[int]

    @property
    def is_directory(self) -> bool:
        """Whether a directory lies there."""
        return self.status is not None and stat.S_ISDIR(self.status.st_mode)


def controllers_of(path: str) -> frozenset[int]:
    """The users that could change what the path leads to, its content included. Raises OSError."""
    with walked(path) as place:
        return place.controllers | (frozenset() if place.status is None else _writers(place.status))


@contextmanager
def walked(path: str) -> Iterator[WalkedPath]:
    """The place that an absolute path leads to, links in it resolved; its directory is open inside.

    Raises OSError: FileNotFoundError where a directory on the way is missing, ELOOP for too many links.
    """
    walk = _Walk(path)
    try:
        yield walk.to_its_end()
    finally:
        walk.close()


def sync_directory(place: WalkedPath) -> None:
    """Make the names in a place's directory durable."""
    descriptor = os.open(".", os.O_RDONLY | os.O_DIRECTORY, dir_fd=place.directory)
    try:
        os.fsync(descriptor)
    except OSError as error:
        # What the rooms above forgive by `host.files.fsync_descriptor`, for the reason given there.
        if error.errno not in (errno.EBADF, errno.EINVAL):
            raise
    finally:
        os.close(descriptor)


class _Walk:
    """The open directories from the root to where the walk is, and the components that are left."""

    def __init__(self, path: str) -> None:
        if not path.startswith("/"):
            raise ValueError(f"'{path}' is not absolute")
        self._open = [os.open("/", _DIRECTORY)]
        self._names: list[str] = []
        self._left = _components(path)
        self._links = 0
        # By depth: what is controlled by whoever can change the directory of that depth.
        self._controllers: list[frozenset[int]] = [_writers(os.fstat(self._open[0]))]

    def to_its_end(self) -> WalkedPath:
        while True:
            name = self._left.pop(0) if self._left else "."
            if name == "..":
                self._leave()
                continue
            status = self._status(name)
            if status is not None and stat.S_ISLNK(status.st_mode):
                self._follow(name, status)
            elif self._left:
                self._enter(name, status)
            else:
                return self._place(name, status)

    def close(self) -> None:
        for descriptor in self._open:
            os.close(descriptor)

    def _status(self, name: str) -> os.stat_result | None:
        try:
            return os.stat(name, dir_fd=self._open[-1], follow_symlinks=False)
        except FileNotFoundError:
            return None

    def _follow(self, name: str, status: os.stat_result) -> None:
        self._links += 1
        if self._links > _MAX_LINKS:
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), self._path(name))
        target = os.readlink(name, dir_fd=self._open[-1])
        here = self._controllers[-1] | self._entry_controllers(status)
        if target.startswith("/"):
            while self._names:
                self._leave()
        # Whoever controls the link controls everything behind it.
        self._controllers[-1] |= here
        self._left = [*_components(target), *self._left]

    def _enter(self, name: str, status: os.stat_result | None) -> None:
        entry = self._entry_controllers(status)
        self._open.append(os.open(name, _DIRECTORY, dir_fd=self._open[-1]))
        self._names.append(name)
        self._controllers.append(self._controllers[-1] | entry | _writers(os.fstat(self._open[-1])))

    def _leave(self) -> None:
        if self._names:
            os.close(self._open.pop())
            self._names.pop()
            # Whoever controls the way down controls where it goes up again.
            self._controllers[-2:] = [self._controllers[-2] | self._controllers[-1]]

    def _place(self, name: str, status: os.stat_result | None) -> WalkedPath:
        controllers = self._controllers[-1] | self._entry_controllers(status)
        return WalkedPath(self._open[-1], name, self._path(name), status, controllers)

    def _entry_controllers(self, status: os.stat_result | None) -> frozenset[int]:
        """In a sticky directory that others may write to, an entry is its owner's, and a missing one is anyone's."""
        directory = os.fstat(self._open[-1])
        if not (directory.st_mode & stat.S_ISVTX and _is_shared(directory)):
            return frozenset()
        return frozenset({ANYONE if status is None else status.st_uid})

    def _path(self, name: str) -> str:
        return "/" + "/".join(self._names if name == "." else (*self._names, name))


def _writers(status: os.stat_result) -> frozenset[int]:
    """Who may change a file or a directory. In a sticky one the entries have owners of their own."""
    owner = frozenset({status.st_uid})
    is_sticky = stat.S_ISDIR(status.st_mode) and status.st_mode & stat.S_ISVTX
    return owner if is_sticky or not _is_shared(status) else owner | {ANYONE}


def _is_shared(status: os.stat_result) -> bool:
    if status.st_mode & stat.S_IWOTH:
        return True
    return bool(status.st_mode & stat.S_IWGRP) and status.st_gid != 0 and _has_members(status.st_gid)


def _has_members(gid: int) -> bool:
    """Whether the group has other members than users whose own group it is, such as Debian's empty ``staff``."""
    try:
        return bool(grp.getgrgid(gid).gr_mem)
    except KeyError:
        return True


def _components(path: str) -> list[str]:
    return [name for name in path.split("/") if name not in ("", ".")]


__all__ = ("ANYONE", "WalkedPath", "controllers_of", "sync_directory", "walked")
