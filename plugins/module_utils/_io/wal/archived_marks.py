# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which of the waiting segments are stored already, ahead of PostgreSQL's call for them: a small file for each.

They lie in a directory in ``pg_wal``: there they are the cluster's alone, no base backup copies them, and a cluster
that is thrown away takes them along. Who stores a segment holds the lock on its file, and writes into it what was
stored once that is durable. Nothing depends on such a file: where it is missing or says anything else, the segment is
stored, or compared with what is stored, as if there were none.
"""

from __future__ import annotations

import fcntl
import os
import time

from ..host.files import list_directory
from ..host.temporary_file import is_still, lock_now

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

DIRECTORY_NAME = "pgpitr_ahead"
_LIMIT_BYTES = 1 << 16
_FLAGS = os.O_RDWR | os.O_CREAT | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC
_SLOT_PREFIX = ".slot"


class ArchivedMarks:
    """The marks of the cluster whose segments lie in ``wal_directory``.

    ``origin`` is who archives, to where: what was stored by another host, from another directory or with another
    configuration counts for nothing.
    """

    def __init__(self, wal_directory: str, *, origin: str) -> None:
        self._wal_directory = wal_directory
        self._directory = wal_directory + "/" + DIRECTORY_NAME
        self._origin = origin

    def find(self, name: str) -> tuple[str, str, float] | None:
        """Key, version and age in seconds of what was stored of the segment as it lies there now; ``None``: nothing."""
        try:
            descriptor = os.open(self._path(name), os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
        except OSError:
            return None
        try:
            lines = os.read(descriptor, _LIMIT_BYTES).decode("utf-8", "replace").split("\n")
            identity = self.identity(name)
            # A mark that was cut off by a crash has not all of its lines.
            if len(lines) != 5 or identity is None or lines[:2] != [self._origin, identity] or lines[4]:
                return None
            return lines[2], lines[3], time.time() - os.fstat(descriptor).st_mtime
        except OSError:
            # It is a directory, or a pipe: no mark of ours.
            return None
        finally:
            os.close(descriptor)

    def identity(self, name: str) -> str | None:
        """What tells the file that has this name now from any that had it or gets it; ``None``: there is none.

        PostgreSQL gives used files the names of segments to come, which changes the time of the inode's last change.
        """
        try:
            found = os.stat(self._wal_directory + "/" + name)
        except FileNotFoundError:
            return None
        return f"{found.st_dev}-{found.st_ino}-{found.st_size}-{found.st_mtime_ns}-{found.st_ctime_ns}"

    def is_claimed(self, name: str) -> bool:
        """Whether somebody stores the segment, or has begun to."""
        return os.path.exists(self._path(name))

    def claim(self, name: str, *, waits: bool) -> Claim | None:
        """The right to store the segment, for as long as this process lives; ``None``: somebody else has it.

        With ``waits`` it is waited for, for as long as that takes. Raises OSError.
        """
        path = self._path(name)
        while True:
            descriptor = self._open(path)
            try:
                if waits:
                    fcntl.flock(descriptor, fcntl.LOCK_EX)
                elif not lock_now(descriptor):
                    return None
                if is_still(path, descriptor):
                    claim, descriptor = Claim(descriptor, path), -1
                    return claim
            finally:
                if descriptor >= 0:
                    os.close(descriptor)

    def settle(self, claim: Claim, name: str, *, identity: str | None, key: str, version: str) -> None:
        """Write down that the segment is stored durably, if it is still the file that it was. Raises OSError."""
        if identity is not None and identity == self.identity(name):
            claim.write(f"{self._origin}\n{identity}\n{key}\n{version}\n")

    def wait_for(self, name: str) -> bool:
        """Whether the segment that somebody else is storing, or has stored, is stored; waits until that is decided.

        Who has stored one leaves what is written, or nothing at all once PostgreSQL has been told; who fails leaves
        an empty file. Raises OSError.
        """
        try:
            descriptor = os.open(self._path(name), os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
        except FileNotFoundError:
            return True
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH)
            return os.fstat(descriptor).st_size > 0
        finally:
            os.close(descriptor)

    def forget(self, name: str) -> None:
        """Remove the mark: PostgreSQL is told now, and does not ask again."""
        try:
            os.unlink(self._path(name))
        except OSError:
            return

    def take_slot(self, number: int) -> int:
        """A descriptor that holds the place of one process; -1: another process has this one. Raises OSError."""
        descriptor = self._open(f"{self._directory}/{_SLOT_PREFIX}{number}")
        if lock_now(descriptor):
            return descriptor
        os.close(descriptor)
        return -1

    def prune(self, waiting: Iterable[str]) -> None:
        """Remove the marks of all segments but these that nobody is storing."""
        kept = set(waiting)
        for name in list_directory(self._directory):
            if name in kept or name.startswith(_SLOT_PREFIX):
                continue
            try:
                claim = self.claim(name, waits=False)
            except OSError:
                # What is no file is none of ours.
                continue
            if claim is not None:
                self.forget(name)
                claim.release()

    def _path(self, name: str) -> str:
        return self._directory + "/" + name

    def _open(self, path: str) -> int:
        try:
            return os.open(path, _FLAGS, 0o600)
        except FileNotFoundError:
            self._make_directory()
            return os.open(path, _FLAGS, 0o600)

    def _make_directory(self) -> None:
        try:
            os.mkdir(self._directory, 0o700)
        except FileExistsError:
            return


class Claim:
    """The locked file of a segment."""

    def __init__(self, descriptor: int, path: str) -> None:
        self._descriptor = descriptor
        self._path = path

    def clear(self) -> None:
        """Take back what was written of another file of this name. Raises OSError."""
        os.ftruncate(self._descriptor, 0)

    def write(self, text: str) -> None:
        """Say what was stored. Raises OSError."""
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, text.encode("utf-8", "surrogateescape"), 0)

    def release(self) -> None:
        """Let others have it."""
        if self._descriptor >= 0:
            descriptor, self._descriptor = self._descriptor, -1
            os.close(descriptor)


__all__ = ("DIRECTORY_NAME", "ArchivedMarks", "Claim")
