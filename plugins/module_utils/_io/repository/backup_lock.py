# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One at a time changes which backups a cluster has: a base backup, or retention."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime, timezone

from ..._core.errors import Unavailable
from ..._core.instant import format_instant
from ..host.file_lock import try_lock, wait_for_lock
from ..host.machine import hostname

BACKUP = "backup"
EXPIRE = "expire"
# How long a backup or a restore waits for retention, which takes seconds to minutes: what is due should not fail.
EXPIRE_PATIENCE_SECONDS = 600.0

_NAME = ".lock"
# Somebody who only asks whether a backup runs holds the lock for a moment.
_PATIENCE_SECONDS = 1.0
_PAUSE_SECONDS = 0.1


@dataclass(frozen=True)
class LockHolder:
    """Who holds the lock: what it does (``backup``, ``expire``), its process, host, and since when (ISO 8601, UTC)."""

    what: str
    pid: int = 0
    host: str = ""
    since: str = ""

    def __str__(self) -> str:
        return f"process {self.pid} on host '{self.host}', since {self.since}" if self.pid else "an unknown process"


@contextmanager
def backup_lock(
    backups_directory: str, *, what: str = BACKUP, wait_seconds: float = _PATIENCE_SECONDS
) -> Iterator[int]:
    """Hold the lock; the result is its descriptor.

    A child that inherits the descriptor keeps the lock, so that pg_basebackup is never alone with it free. The lock of
    a dead process is free. A backup waits for retention to end. Raises Unavailable (``backup-running``,
    ``expire-running``) after ``wait_seconds``.
    """
    descriptor = os.open(
        os.path.join(backups_directory, _NAME), os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600
    )
    try:
        _take(descriptor, backups_directory, what=what, wait_seconds=wait_seconds)
        _sign(descriptor, LockHolder(what, os.getpid(), hostname(), format_instant(datetime.now(timezone.utc))))
        yield descriptor
    finally:
        os.close(descriptor)


def lock_holder(backups_directory: str) -> LockHolder | None:
    """Who holds the lock now; ``None``: nobody. Writes nothing."""
    try:
        descriptor = os.open(os.path.join(backups_directory, _NAME), os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        return None if try_lock(descriptor, shared=True) else _signed(descriptor)
    finally:
        os.close(descriptor)


def is_backup_running(backups_directory: str) -> bool:
    """Whether somebody takes a backup now. Writes nothing."""
    holder = lock_holder(backups_directory)
    return holder is not None and holder.what == BACKUP


def check_unlocked(backups_directory: str, *, wait_seconds: float = _PATIENCE_SECONDS) -> None:
    """Return when the lock is free, waiting for at most so many seconds; writes nothing.

    Raises Unavailable (``backup-running``, ``expire-running``).
    """
    deadline = time.monotonic() + max(wait_seconds, _PATIENCE_SECONDS)
    while (holder := lock_holder(backups_directory)) is not None:
        if time.monotonic() > deadline:
            raise backup_running(backups_directory, holder=holder)
        time.sleep(_PAUSE_SECONDS)


def backup_running(backups_directory: str, *, holder: LockHolder) -> Unavailable:
    """The error for a cluster whose lock somebody else holds; the message names him."""
    if holder.what == EXPIRE:
        return Unavailable(
            f"retention is removing backups from '{backups_directory}' ({holder})",
            code="expire-running",
            hint="Wait until it has ended, which takes seconds to minutes.",
        )
    return Unavailable(
        f"another backup of this cluster is being written in '{backups_directory}' ({holder})",
        code="backup-running",
        hint="Wait until it has ended; 'pgpitr info' shows how far it is.",
    )


def _take(descriptor: int, backups_directory: str, *, what: str, wait_seconds: float) -> None:
    seconds = max(wait_seconds, _PATIENCE_SECONDS)
    deadline = time.monotonic() + max(seconds, EXPIRE_PATIENCE_SECONDS)
    while not wait_for_lock(descriptor, seconds=seconds):
        holder = lock_holder(backups_directory)
        seconds = _PATIENCE_SECONDS
        if holder is None:
            # It has just been released.
            continue
        if what != BACKUP or holder.what != EXPIRE or time.monotonic() > deadline:
            raise backup_running(backups_directory, holder=holder)


def _sign(descriptor: int, holder: LockHolder) -> None:
    """Say for others who holds it. It need not survive a crash."""
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, json.dumps(asdict(holder)).encode(), 0)


def _signed(descriptor: int) -> LockHolder:
    try:
        return LockHolder(**json.loads(os.pread(descriptor, 4096, 0)))
    except (ValueError, TypeError):
        # It has just been taken, or by an earlier release, which knew backups only.
        return LockHolder(BACKUP)


__all__ = (
    "BACKUP",
    "EXPIRE",
    "EXPIRE_PATIENCE_SECONDS",
    "LockHolder",
    "backup_lock",
    "backup_running",
    "check_unlocked",
    "is_backup_running",
    "lock_holder",
)
