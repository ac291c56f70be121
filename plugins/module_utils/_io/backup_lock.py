# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One base backup of a cluster at a time."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

from .._core.errors import Unavailable

_NAME = ".lock"
# Somebody who only asks whether a backup runs holds the lock for a moment.
_PATIENCE_SECONDS = 1.0
_PAUSE_SECONDS = 0.05


@contextmanager
def backup_lock(backups_directory: str) -> Iterator[int]:
    """Hold the lock; the result is its descriptor.

    A child that inherits the descriptor keeps the lock, so that pg_basebackup is never alone with it free. The lock of
    a dead process is free. Raises Unavailable (``backup-running``).
    """
    descriptor = os.open(
        os.path.join(backups_directory, _NAME), os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600
    )
    try:
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while not _try(descriptor, fcntl.LOCK_EX):
            if time.monotonic() > deadline:
                raise backup_running(backups_directory)
            time.sleep(_PAUSE_SECONDS)
        yield descriptor
    finally:
        os.close(descriptor)


def is_backup_running(backups_directory: str) -> bool:
    """Whether somebody takes a backup now. Writes nothing."""
    try:
        descriptor = os.open(os.path.join(backups_directory, _NAME), os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        return not _try(descriptor, fcntl.LOCK_SH)
    finally:
        os.close(descriptor)


def backup_running(backups_directory: str) -> Unavailable:
    """The error for a cluster of which somebody else takes a backup."""
    return Unavailable(
        f"another backup of this cluster is being written in '{backups_directory}'",
        code="backup-running",
        hint="Wait until it has ended; 'pgpitr info' shows how far it is.",
    )


def _try(descriptor: int, operation: int) -> bool:
    try:
        fcntl.flock(descriptor, operation | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


__all__ = ("backup_lock", "backup_running", "is_backup_running")
