# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Leases of a directory: locks on files, which end with the process that holds them."""

from __future__ import annotations

import errno
import os

from ..._core.errors import Busy, Missing
from ..host.file_lock import try_lock, wait_for_lock
from .place import Place, make_path_below
from .port import Lease

# A FIFO is not waited for.
_FLAGS = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_NOTE_BYTES = 4096
_READ_ONLY = (errno.EROFS, errno.EACCES)
# Somebody who only asks has a name for himself for a moment.
_ASKING_SECONDS = 0.2


class FileLease(Lease):
    """A locked file; ``descriptor`` -1: there is none, in a directory that can only be read."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor

    def note(self, text: str) -> None:
        """Write it into the file."""
        os.ftruncate(self.descriptor, 0)
        os.pwrite(self.descriptor, text.encode(), 0)

    def release(self) -> None:
        """Close the file, which ends the lock where no child has inherited it."""
        if self.descriptor >= 0:
            descriptor, self.descriptor = self.descriptor, -1
            os.close(descriptor)


def take_lease(place: Place, name: str, *, shared: bool, wait_seconds: float, is_stored: bool) -> FileLease:
    """What :meth:`Storage.lease` does."""
    path = place.address(name)
    descriptor = _open(place, name, shared=shared, is_stored=is_stored)
    lease = FileLease(descriptor)
    try:
        if descriptor < 0 or wait_for_lock(descriptor, seconds=wait_seconds, shared=shared):
            if is_stored and not is_still(path, descriptor):
                raise _missing(path)
            taken, lease = lease, FileLease(-1)
            return taken
        raise _busy(path, wait_seconds=wait_seconds, holder=_noted(descriptor))
    except OSError as error:
        place.refuse(name, error)
    finally:
        lease.release()


def lease_holder(path: str) -> str | None:
    """What :meth:`Storage.holder` tells."""
    try:
        descriptor = os.open(path, os.O_RDONLY | _FLAGS)
    except OSError:
        return None
    try:
        return None if try_lock(descriptor, shared=True) else _noted(descriptor)
    finally:
        os.close(descriptor)


def is_leased(path: str) -> bool:
    """What :meth:`Storage.is_held` tells."""
    try:
        descriptor = _open_to_ask(path)
    except FileNotFoundError:
        return False
    try:
        return not wait_for_lock(descriptor, seconds=_ASKING_SECONDS)
    except OSError as error:
        if error.errno != errno.EBADF:
            raise
        # Mounted by NFS for reading only: nothing is removed from here, so this is only said.
        return False
    finally:
        os.close(descriptor)


def is_still(path: str, descriptor: int) -> bool:
    """Whether the name still belongs to the open file."""
    try:
        return os.path.samestat(os.stat(path), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def _open(place: Place, name: str, *, shared: bool, is_stored: bool) -> int:
    """The file to lock; -1 where there is none and none can be made, which excludes nobody who shares."""
    path = place.address(name)
    try:
        if is_stored:
            return os.open(path, (os.O_RDONLY if shared else os.O_RDWR) | _FLAGS)
        make_path_below(place.root, name.rpartition("/")[0])
        return os.open(path, (os.O_RDONLY if shared else os.O_RDWR) | os.O_CREAT | _FLAGS, 0o600)
    except OSError as error:
        if is_stored and isinstance(error, FileNotFoundError):
            place.check_there()
            raise _missing(path) from None
        if shared and error.errno in _READ_ONLY and not os.path.exists(path):
            return -1
        place.refuse(name, error)


def _open_to_ask(path: str) -> int:
    """Over NFS a lock that excludes others needs a file open for writing; a rehearsal may have to do without."""
    try:
        return os.open(path, os.O_RDWR | _FLAGS)
    except OSError as error:
        if error.errno not in _READ_ONLY:
            raise
        return os.open(path, os.O_RDONLY | _FLAGS)


def _noted(descriptor: int) -> str:
    try:
        return os.pread(descriptor, _NOTE_BYTES, 0).decode("utf-8", "replace")
    except OSError:
        # Open for locking only.
        return ""


def _missing(path: str) -> Missing:
    return Missing(f"'{path}' is not there", code="not-stored", hint="See whether it was removed, or never stored.")


def _busy(path: str, *, wait_seconds: float, holder: str) -> Busy:
    return Busy(
        f"'{path}' has been locked by another process for more than {wait_seconds:g} seconds",
        code="repository-busy",
        hint="See which process holds the file (fuser), and try again.",
        holder=holder,
    )


__all__ = ("FileLease", "is_leased", "is_still", "lease_holder", "take_lease")
