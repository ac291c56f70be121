# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lock that allows one verification of a cluster's backups at a time."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime

from ..._core.errors import Unavailable
from ..._core.instant import format_instant
from ..._core.verify.state import STATE_NAME
from ..._io.host.file_lock import try_lock
from ..._io.host.machine import hostname
from ..._io.repository.backup_lock import LockHolder

_NAME = ".verify.lock"


@contextmanager
def verify_lock(cluster_path: str, *, since: datetime) -> Iterator[bool]:
    """Hold the lock, which ends with its process; yields whether it is held.

    In a read-only repository no state is written, so no lock is needed. Raises Unavailable
    (``verify-running``).
    """
    path = f"{cluster_path}/{_NAME}"
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError:
        yield False
        return
    try:
        if not try_lock(descriptor):
            raise _running(cluster_path, descriptor)
        os.ftruncate(descriptor, 0)
        holder = LockHolder("verify", os.getpid(), hostname(), format_instant(since))
        os.pwrite(descriptor, json.dumps(asdict(holder)).encode(), 0)
        _remove_stale(cluster_path)
        yield True
    finally:
        os.close(descriptor)


def _remove_stale(cluster_path: str) -> None:
    """Remove temporary files of runs that were killed while writing their state."""
    for name in os.listdir(cluster_path):
        if name.startswith(f"{STATE_NAME}.") and name.endswith(".tmp"):
            os.unlink(f"{cluster_path}/{name}")


def _running(cluster_path: str, descriptor: int) -> Unavailable:
    try:
        holder = LockHolder(**json.loads(os.pread(descriptor, 4096, 0)))
    except (ValueError, TypeError):
        holder = LockHolder("verify")
    return Unavailable(
        f"another verification of '{cluster_path}' is running ({holder})",
        code="verify-running",
        hint="Wait until it has finished.",
    )


__all__ = ("verify_lock",)
