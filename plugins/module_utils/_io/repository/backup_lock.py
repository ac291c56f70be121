# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One at a time changes which backups a cluster has: a base backup, or retention."""

from __future__ import annotations

import json
import os
import time
from dataclasses import asdict, dataclass
from datetime import datetime, timezone

from ..._core.errors import Busy, Unavailable
from ..._core.instant import format_instant
from ..._core.json_fields import load_json, mapping_of, number_of, text_of
from ..._core.repository.layout import BACKUPS, BACKUPS_LOCK
from ..host.machine import hostname
from ..host.wait import wait_until
from ..storage.port import Lease, Storage

BACKUP = "backup"
EXPIRE = "expire"
COPY = "copy"
# How long a backup or a restore waits for retention, which takes seconds to minutes: what is due should not fail.
EXPIRE_PATIENCE_SECONDS = 600.0

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

    @classmethod
    def parse(cls, text: str, *, otherwise: str = BACKUP) -> LockHolder:
        """What the holder has noted; where that cannot be read, one who does ``otherwise``."""
        try:
            noted = mapping_of(load_json(text), "the note")
            return cls(
                text_of(noted["what"], "what"),
                number_of(noted["pid"], "pid"),
                text_of(noted["host"], "host"),
                text_of(noted["since"], "since"),
            )
        except (ValueError, KeyError):
            # It has just been taken, or by an earlier release, which knew backups only.
            return cls(otherwise)


def backup_lock(storage: Storage, *, what: str = BACKUP, wait_seconds: float = _PATIENCE_SECONDS) -> Lease:
    """Hold the lock.

    A child that inherits its descriptor keeps the lock, so that pg_basebackup is never alone with it free. The lock of
    a dead process is free. A backup waits for retention to end. Raises Unavailable (``backup-running``,
    ``expire-running``) after ``wait_seconds``.
    """
    lease = _taken(storage, what=what, wait_seconds=wait_seconds)
    holder = LockHolder(what, os.getpid(), hostname(), format_instant(datetime.now(timezone.utc)))
    lease.note(json.dumps(asdict(holder)))
    return lease


def lock_holder(storage: Storage) -> LockHolder | None:
    """Who holds the lock now; ``None``: nobody. Writes nothing."""
    noted = storage.holder(BACKUPS_LOCK)
    return None if noted is None else LockHolder.parse(noted)


def is_backup_running(storage: Storage) -> bool:
    """Whether somebody takes a backup now. Writes nothing."""
    holder = lock_holder(storage)
    return holder is not None and holder.what == BACKUP


def check_unlocked(storage: Storage, *, wait_seconds: float = _PATIENCE_SECONDS) -> None:
    """Return when the lock is free, waiting for at most so many seconds; writes nothing.

    Raises Unavailable (``backup-running``, ``expire-running``).
    """
    holder = wait_until(
        lambda: lock_holder(storage),
        seconds=max(wait_seconds, _PATIENCE_SECONDS),
        pause_seconds=_PAUSE_SECONDS,
        enough=lambda found: found is None,
    )
    if holder is not None:
        raise backup_running(storage, holder=holder)


def backup_running(storage: Storage, *, holder: LockHolder) -> Unavailable:
    """The error for a cluster whose lock somebody else holds; the message names him."""
    place = storage.address(BACKUPS)
    if holder.what == EXPIRE:
        return Unavailable(
            f"retention is removing backups from '{place}' ({holder})",
            code="expire-running",
            hint="Wait until it has ended, which takes seconds to minutes.",
        )
    return Unavailable(
        f"another backup of this cluster is being written in '{place}' ({holder})",
        code="backup-running",
        hint="Wait until it has ended; 'pgpitr info' shows how far it is.",
    )


def _taken(storage: Storage, *, what: str, wait_seconds: float) -> Lease:
    seconds = max(wait_seconds, _PATIENCE_SECONDS)
    deadline = time.monotonic() + max(seconds, EXPIRE_PATIENCE_SECONDS)
    while True:
        try:
            return storage.lease(BACKUPS_LOCK, wait_seconds=seconds)
        except Busy:
            holder = lock_holder(storage)
            seconds = _PATIENCE_SECONDS
            # It may just have been released.
            is_over = what != BACKUP or (holder is not None and holder.what != EXPIRE) or time.monotonic() > deadline
            if holder is not None and is_over:
                raise backup_running(storage, holder=holder) from None


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
