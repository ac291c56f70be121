# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What it means when the system does not let a file of the repository be read or written."""

from __future__ import annotations

import errno

from ..._core.errors import Unavailable

# ESTALE: another host has removed it from the network's file system.
_GONE = (errno.ENOENT, errno.ESTALE)
# EUCLEAN and EBADMSG: ext4 and XFS found their own structures or checksums damaged.
_DAMAGED = (errno.EIO, errno.EUCLEAN, errno.EBADMSG)
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_NOT_ALLOWED = (errno.EACCES, errno.EPERM, errno.EROFS)
_NOT_READABLE = "repository-not-readable"


def repository_write_error(path: str, error: OSError) -> Unavailable:
    """The error to raise when ``path`` in the repository could not be written."""
    reason = error.strerror or str(error)
    if error.errno in _FULL:
        return repository_full(path, reason)
    if error.errno in _NOT_ALLOWED:
        return Unavailable(
            f"cannot write '{path}': {reason}",
            code="repository-not-writable",
            hint="It must belong to the user that PostgreSQL runs as, on a file system mounted for writing.",
        )
    return Unavailable(
        f"cannot write '{path}': {reason}",
        code="write-failed",
        hint="Look at the repository's file system and at the kernel's log; PostgreSQL keeps what is not archived.",
    )


def repository_full(path: str, what: str) -> Unavailable:
    """The error for a repository that takes no more."""
    return Unavailable(
        f"the repository is full, cannot write '{path}': {what}",
        code="repository-full",
        hint="Make room on the repository's file system (or raise the quota); PostgreSQL keeps what is not archived.",
    )


def is_gone(error: OSError) -> bool:
    """Whether the file is not there any more."""
    return error.errno in _GONE


def is_damage(error: OSError) -> bool:
    """Whether the medium or its file system is damaged there."""
    return error.errno in _DAMAGED


def is_away(error: Exception) -> bool:
    """Whether the whole storage could not be asked, which says nothing of the file that was to be read.

    A file that cannot be read may be taken for damaged or absent. One behind a network that fails for a moment, and
    answers in the next, must not: retention would decide by it.
    """
    return isinstance(error, Unavailable) and error.code != _NOT_READABLE


def not_readable(path: str, error: OSError) -> Unavailable:
    """The error for a file that may be whole, and can't be read."""
    return Unavailable(
        f"cannot read '{path}': {error.strerror}",
        code=_NOT_READABLE,
        hint="Run as the repository's user, and see that its file system is mounted.",
    )


__all__ = ("is_away", "is_damage", "is_gone", "not_readable", "repository_full", "repository_write_error")
