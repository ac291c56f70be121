# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Following a backup that somebody else takes."""

from __future__ import annotations

import time
from collections.abc import Callable

from ..._core.catalogue.running_backup import RunningBackup
from ..._io.repository.backup_lock import backup_running, lock_holder
from ..._io.repository.running_backup import read_running
from ..._io.storage.port import Storage

_POLL_SECONDS = 1.0


def follow_running(
    storage: Storage,
    *,
    seconds: float,
    tell: Callable[[RunningBackup], None],
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> str | None:
    """The label of the backup that was being taken, once nobody takes one any more; ``None``: none was.

    Where an incremental one cannot be and a full one is taken instead, it is the label of that. Whoever holds the lock
    without saying how far it is is not waited for. ``tell`` is called with each change. Raises Unavailable
    (``backup-running``) after ``seconds``; 0: it is followed to its end.
    """
    began = clock()
    label, told = None, None
    while (running := read_running(storage)) is not None and running.label:
        label = running.label
        if seconds and clock() - began > seconds:
            holder = lock_holder(storage)
            if holder is None:
                break
            raise backup_running(storage, holder=holder)
        if running != told:
            told = running
            tell(running)
        sleep(_POLL_SECONDS)
    return label


__all__ = ("follow_running",)
