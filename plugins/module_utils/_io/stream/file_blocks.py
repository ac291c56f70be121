# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The blocks of a file on disk: taken before it is written, and freed in its middle while the rest stays where it is.

Source: fallocate(2). ext4, XFS, Btrfs, tmpfs and NFS 4.2 can do it, NFS 3 and FAT cannot.
"""

from __future__ import annotations

import ctypes
import errno
import os
import tempfile

_LIBC = ctypes.CDLL(None, use_errno=True)
_KEEP_SIZE, _PUNCH_HOLE = 1, 2
_UNABLE = (errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL)
_PROBE_BYTES = 1 << 16


def reserve(descriptor: int, size_bytes: int) -> bool:
    """Make an open file so long that it can be written without asking for more; whether its file system can.

    Raises OSError, such as ENOSPC.
    """
    return _fallocate(descriptor, 0, start=0, end=size_bytes)


def free_range(path: str, *, start: int, end: int) -> bool:
    """Free these bytes of a file, which reads as zeros there; whether its file system can. Blocks are freed whole.

    Raises OSError.
    """
    descriptor = os.open(path, os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        return _fallocate(descriptor, _PUNCH_HOLE | _KEEP_SIZE, start=start, end=end)
    finally:
        os.close(descriptor)


def can_free_ranges(directory: str) -> bool:
    """Whether the file system of a directory, in which this account may write, can do that. Raises OSError."""
    with tempfile.TemporaryFile(dir=directory, buffering=0) as probe:
        probe.write(bytes(_PROBE_BYTES))
        return _fallocate(probe.fileno(), _PUNCH_HOLE | _KEEP_SIZE, start=0, end=_PROBE_BYTES)


def _fallocate(descriptor: int, mode: int, *, start: int, end: int) -> bool:
    # The first has 64-bit offsets on 32-bit hosts too; musl has only the second, with 64 bits everywhere.
    call = getattr(_LIBC, "fallocate64", None) or getattr(_LIBC, "fallocate", None)
    if call is None:
        return False
    offset, length = ctypes.c_int64(start), ctypes.c_int64(end - start)
    while call(descriptor, mode, offset, length) != 0:
        number = ctypes.get_errno()
        if number in _UNABLE:
            return False
        if number != errno.EINTR:
            raise OSError(number, os.strerror(number))
    return True


__all__ = ("can_free_ranges", "free_range", "reserve")
