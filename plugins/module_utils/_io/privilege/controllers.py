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
# Source: acl(5). The bits of the group are the mask of what it gives to others.
_ACCESS_LIST = "system.posix_acl_access"
_USERS, _GROUPS = "/etc/passwd", "/etc/group"
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
        if place.status is None:
            return place.controllers
        return place.controllers | _writers(place.status, f"{_of_descriptor(place.directory)}/{place.name}")


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
        self._controllers: list[frozenset[int]] = [_writers_of_open(self._open[0])]

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
        self._controllers.append(self._controllers[-1] | entry | _writers_of_open(self._open[-1]))

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
        """In a sticky directory that others may write to, an entry is its owner's, and a missing one is theirs."""
        directory = os.fstat(self._open[-1])
        others = _others(directory, _of_descriptor(self._open[-1])) if directory.st_mode & stat.S_ISVTX else frozenset()
        return others if status is None or not others else frozenset({status.st_uid})

    def _path(self, name: str) -> str:
        return "/" + "/".join(self._names if name == "." else (*self._names, name))


def _writers_of_open(directory: int) -> frozenset[int]:
    return _writers(os.fstat(directory), _of_descriptor(directory))


def _writers(status: os.stat_result, path: str) -> frozenset[int]:
    """Who may change a file or a directory. In a sticky one the entries have owners of their own."""
    owner = frozenset({status.st_uid})
    is_sticky = stat.S_ISDIR(status.st_mode) and status.st_mode & stat.S_ISVTX
    return owner if is_sticky else owner | _others(status, path)


def _others(status: os.stat_result, path: str) -> frozenset[int]:
    """Who may write besides the owner."""
    if status.st_mode & stat.S_IWOTH or (status.st_mode & stat.S_IWGRP and _has_access_list(path)):
        return frozenset({ANYONE})
    if not status.st_mode & stat.S_IWGRP or status.st_gid == 0:
        return frozenset()
    return _members(status.st_gid) - {status.st_uid}


def _members(gid: int) -> frozenset[int]:
    """Whose own group it is, and ANYONE where it has further members; nobody for one such as Debian's ``staff``.

    A group that is not in this host's file is that of a directory service, which would list its users for minutes.
    """
    is_listed = any(int(fields[2]) == gid for fields in _lines_of(_GROUPS))
    try:
        anyone = [] if is_listed and not grp.getgrgid(gid).gr_mem else [ANYONE]
    except KeyError:
        anyone = [ANYONE]
    return frozenset([*anyone, *(int(fields[2]) for fields in _lines_of(_USERS) if int(fields[3]) == gid)])


def _lines_of(path: str) -> Iterator[list[str]]:
    """The fields of each user or group: name, password, number, and for users the number of their own group."""
    with open(path, encoding="utf-8", errors="surrogateescape") as lines:
        for line in lines:
            fields = line.rstrip("\n").split(":")
            if len(fields) > 3 and fields[2].isdigit() and (path == _GROUPS or fields[3].isdigit()):
                yield fields


def _has_access_list(path: str) -> bool:
    try:
        return bool(os.getxattr(path, _ACCESS_LIST))
    except OSError as error:
        # What cannot be read is taken for one.
        return error.errno not in (errno.ENODATA, errno.EOPNOTSUPP)


def _of_descriptor(descriptor: int) -> str:
    """Attributes of a directory that is open for nothing but its path are read by that name."""
    return f"/proc/self/fd/{descriptor}/."


def _components(path: str) -> list[str]:
    return [name for name in path.split("/") if name not in ("", ".")]


__all__ = ("ANYONE", "WalkedPath", "controllers_of", "sync_directory", "walked")
