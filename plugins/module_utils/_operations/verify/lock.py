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

from ..._core.errors import Busy, Unavailable
from ..._core.instant import format_instant
from ..._core.repository.layout import VERIFY_LOCK
from ..._io.host.machine import hostname
from ..._io.repository.backup_lock import LockHolder
from ..._io.storage.port import Storage


@contextmanager
def verify_lock(storage: Storage, *, since: datetime) -> Iterator[bool]:
    """Hold the lock, which ends with its process; yields whether it is held.

    In a read-only repository no state is written, so no lock is needed. Raises Unavailable
    (``verify-running``).
    """
    try:
        lease = storage.lease(VERIFY_LOCK)
    except Busy as error:
        raise _running(storage, error.holder) from None
    except Unavailable:
        yield False
        return
    with lease:
        lease.note(json.dumps(asdict(LockHolder("verify", os.getpid(), hostname(), format_instant(since)))))
        yield True


def _running(storage: Storage, noted: str) -> Unavailable:
    holder = LockHolder.parse(noted, otherwise="verify")
    return Unavailable(
        f"another verification of '{storage.address()}' is running ({holder})",
        code="verify-running",
        hint="Wait until it has finished.",
    )


__all__ = ("verify_lock",)
