# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Segments that were fetched ahead of a recovery's calls: verified files in a directory in ``pg_wal``.

They belong to one recovery: who finds another one's name there takes nothing. A file has the name of its segment only
once it is whole.
"""

from __future__ import annotations

import fcntl
import os
import time

from ..._core.repository.layout import is_temporary_of
from ..host.files import list_directory
from ..host.temporary_file import is_still, lock_now

DIRECTORY_NAME = "pgpitr_fetched"
_OWNER, _POSITION, _LOCK = ".owner", ".position", ".lock"
_LIMIT_BYTES = 1 << 16
_PAUSE_SECONDS = 0.002
_FLAGS = os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC


class FetchedSpool:
    """What was fetched ahead into ``wal_directory``, for the recovery that is called ``owner``."""

    def __init__(self, wal_directory: str, *, owner: str) -> None:
        self._directory = wal_directory + "/" + DIRECTORY_NAME
        self._owner = owner

    def path(self, name: str) -> str:
        """Where the segment lies, or would."""
        return self._directory + "/" + name

    def take(self, name: str, *, destination: str) -> bool:
        """Give the segment its place, waiting while it is being fetched; whether it was there."""
        if self._read(_OWNER) != self._owner:
            return False
        while True:
            try:
                os.rename(self.path(name), destination)
                return True
            except OSError:
                if not self._waits_for(name):
                    return False

    def _waits_for(self, name: str) -> bool:
        """Whether the segment is being fetched; returns when that has ended."""
        for each in list_directory(self._directory):
            if is_temporary_of(each, name):
                try:
                    descriptor = os.open(self.path(each), os.O_RDWR | _FLAGS)
                except OSError:
                    # It has its name by now.
                    return True
                try:
                    fcntl.flock(descriptor, fcntl.LOCK_EX)
                finally:
                    os.close(descriptor)
                # Between the end of the lock and the name, or the end of the file, lie microseconds.
                time.sleep(_PAUSE_SECONDS)
                return os.path.exists(self.path(name))
        return False

    def note_position(self, name: str) -> None:
        """Say which segment was handed out last. Raises OSError."""
        descriptor = os.open(self.path(_POSITION), os.O_WRONLY | os.O_CREAT | _FLAGS, 0o600)
        try:
            os.pwrite(descriptor, name.encode("ascii"), 0)
        finally:
            os.close(descriptor)

    def position(self) -> str:
        """The segment that was handed out last; empty where nobody knows."""
        return self._read(_POSITION)

    def lock(self) -> int:
        """A descriptor that holds the right to fetch ahead; -1: a process fetches already. Raises OSError."""
        if not os.path.isdir(self._directory):
            os.mkdir(self._directory, 0o700)
        descriptor = os.open(self.path(_LOCK), os.O_RDWR | os.O_CREAT | _FLAGS, 0o600)
        if lock_now(descriptor) and is_still(self.path(_LOCK), descriptor):
            return descriptor
        os.close(descriptor)
        return -1

    def begin(self) -> None:
        """Make it this recovery's; whoever does that holds the lock. Raises OSError."""
        if self._read(_OWNER) == self._owner:
            return
        self.keep_only(())
        descriptor = os.open(self.path(_OWNER), os.O_WRONLY | os.O_CREAT | os.O_TRUNC | _FLAGS, 0o600)
        try:
            os.write(descriptor, self._owner.encode("utf-8", "surrogateescape"))
        finally:
            os.close(descriptor)

    def keep_only(self, names: tuple[str, ...]) -> set[str]:
        """Remove all segments but these; those of them that are there."""
        found = set()
        for each in list_directory(self._directory):
            if each in names:
                found.add(each)
            elif each not in (_OWNER, _POSITION, _LOCK):
                _remove(self.path(each))
        return found

    def remove(self) -> None:
        """Leave nothing behind; whoever does that holds the lock, whose file goes last."""
        # Without an owner nobody takes anything any more.
        _remove(self.path(_OWNER))
        self.keep_only(())
        for each in (_POSITION, _LOCK):
            _remove(self.path(each))
        try:
            os.rmdir(self._directory)
        except OSError:
            # Somebody begins again.
            return

    def _read(self, name: str) -> str:
        try:
            descriptor = os.open(self.path(name), os.O_RDONLY | _FLAGS)
        except OSError:
            return ""
        try:
            return os.read(descriptor, _LIMIT_BYTES).decode("utf-8", "surrogateescape")
        except OSError:
            # It is a directory, or a pipe.
            return ""
        finally:
            os.close(descriptor)


def remove_abandoned(wal_directory: str) -> None:
    """Remove what the process of an earlier recovery left when it was killed; nothing that one still uses."""
    if not os.path.isdir(wal_directory + "/" + DIRECTORY_NAME):
        return
    spool = FetchedSpool(wal_directory, owner="")
    try:
        lock = spool.lock()
    except OSError:
        return
    if lock >= 0:
        try:
            spool.remove()
        finally:
            os.close(lock)


def _remove(path: str) -> None:
    try:
        os.unlink(path)
    except OSError:
        return


__all__ = ("DIRECTORY_NAME", "FetchedSpool", "remove_abandoned")
