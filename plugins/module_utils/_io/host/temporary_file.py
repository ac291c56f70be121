# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Temporary files beside what they are to become: nobody else can have made one, nor foresee its name."""

from __future__ import annotations

import fcntl
import os

from ..._core.repository.layout import is_temporary_of, temporary_name

_TOKEN_BYTES = 8
_NEW = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_OLD = os.O_RDWR | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC


def open_temporary(path: str) -> tuple[int, str]:
    """A new, empty file (0600) in the directory of ``path``: a descriptor and its path.

    It is locked until it is closed, so that what a killed process has left can be told from it. Raises OSError.
    """
    folder, name = _parted(path)
    while True:
        temporary = folder + temporary_name(name, token=os.urandom(_TOKEN_BYTES).hex())
        descriptor = os.open(temporary, _NEW, 0o600)
        try:
            # Somebody who cleans may have been faster with the lock, and has removed it.
            if lock_now(descriptor) and is_still(temporary, descriptor):
                os.fchmod(descriptor, 0o600)
                kept, descriptor = descriptor, -1
                return kept, temporary
        finally:
            if descriptor >= 0:
                os.close(descriptor)


def remove_stale_temporaries(path: str) -> None:
    """Remove the temporary files that killed processes have left for ``path``, as far as this user may."""
    folder, name = _parted(path)
    try:
        names = os.listdir(folder or ".")
    except OSError:
        # Writing there says what is wrong with it.
        return
    for each in names:
        if is_temporary_of(each, name):
            _remove_stale(folder + each)


def _remove_stale(path: str) -> None:
    try:
        descriptor = os.open(path, _OLD)
    except OSError:
        return
    try:
        if lock_now(descriptor) and is_still(path, descriptor):
            os.unlink(path)
    except OSError:
        # Another user's, or gone: nobody needs it to be away.
        return
    finally:
        os.close(descriptor)


def _parted(path: str) -> tuple[str, str]:
    """The directory with the slash behind it (empty: the present one), and the name."""
    folder, slash, name = path.rpartition("/")
    return folder + slash, name


def lock_now(descriptor: int) -> bool:
    """Lock the open file; ``False``: somebody else has it."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def is_still(path: str, descriptor: int) -> bool:
    """Whether the name still belongs to the open file."""
    try:
        return os.path.samestat(os.lstat(path), os.fstat(descriptor))
    except FileNotFoundError:
        return False


__all__ = ("is_still", "lock_now", "open_temporary", "remove_stale_temporaries")
