# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a failed write to the repository means to the user."""

from __future__ import annotations

import errno

from ..._core.errors import Unavailable

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_NOT_ALLOWED = (errno.EACCES, errno.EPERM, errno.EROFS)


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


__all__ = ("repository_full", "repository_write_error")
