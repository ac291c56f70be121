# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A temporary file that one process writes at a time, and that a killed one leaves to the next."""

from __future__ import annotations

import fcntl
import os
import time

from ..._core.errors import Busy

_PAUSE_SECONDS = 0.02


def open_locked_temporary(path: str, *, timeout_seconds: float = 60) -> int:
    """A descriptor of a new, empty file at ``path`` (0600), locked until it is closed.

    What a killed process left there is removed first, never written on. While another process holds the lock this
    waits. Raises Busy (``repository-busy``) after ``timeout_seconds``, and OSError from the file system.
    """
    deadline = time.monotonic() + timeout_seconds
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        try:
            if _lock(descriptor) and _is_still(path, descriptor):
                if os.fstat(descriptor).st_size == 0:
                    os.fchmod(descriptor, 0o600)
                    kept, descriptor = descriptor, -1
                    return kept
                os.unlink(path)
                continue
        finally:
            if descriptor >= 0:
                os.close(descriptor)
        if time.monotonic() > deadline:
            raise Busy(
                f"another process has been writing '{path}' for more than {timeout_seconds:g} seconds",
                code="repository-busy",
                hint="PostgreSQL tries again by itself; if it stays, see which process holds the file (fuser).",
            )
        time.sleep(_PAUSE_SECONDS)


def _lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_still(path: str, descriptor: int) -> bool:
    """Whether the name still belongs to the locked file: its former owner may have finished and removed it."""
    try:
        return os.path.samestat(os.stat(path), os.fstat(descriptor))
    except FileNotFoundError:
        return False


__all__ = ("open_locked_temporary",)
