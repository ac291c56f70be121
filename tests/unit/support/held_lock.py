# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lock of a cluster's backups in the hands of somebody else."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.backup_lock import BACKUP, backup_lock
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.storage.port import Storage


@contextmanager
def held_lock(storage: Storage, *, what: str = BACKUP) -> Iterator[threading.Event]:
    """Another thread has the lock; it gives it back when the event is set, and at the end."""
    taken, release = threading.Event(), threading.Event()

    def hold() -> None:
        with backup_lock(storage, what=what):
            taken.set()
            release.wait(60)

    other = threading.Thread(target=hold)
    other.start()
    try:
        assert taken.wait(60)
        yield release
    finally:
        release.set()
        other.join()
