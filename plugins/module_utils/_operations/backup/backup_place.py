# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where pg_basebackup writes the files of a backup, and how they come into the storage from there."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from ..._core.catalogue.record import new_label
from ..._core.repository.layout import BACKUPS, backup_folder
from ..._io.host.files import open_regular
from ..._io.host.scratch import scratch_directory
from ..._io.storage.directory import FileReading
from ..._io.storage.port import Storage

# Of a spool, where nobody can tell.
_LEAST_BYTES = 1 << 20


class BackupPlace:
    """The directory for one backup: the storage's own, or one of this host from which the files are sent there."""

    def __init__(self, storage: Storage, label: str, *, directory: str, is_spool: bool) -> None:
        self.directory = directory
        self._storage = storage
        self._folder = backup_folder(label)
        self._is_spool = is_spool

    def store(self, names: Iterable[str]) -> None:
        """Let the storage have the files that were written and verified, each durable when this returns."""
        if not self._is_spool:
            # pg_basebackup has made them durable.
            self._storage.adopt(self._folder)
            return
        for name in names:
            path = f"{self.directory}/{name}"
            self._storage.put(f"{self._folder}/{name}", _pieces(path))
            os.unlink(path)


@contextmanager
def backup_place(storage: Storage, label: str, *, needed_bytes: int | None) -> Iterator[BackupPlace]:
    """The place of a backup that takes about so many bytes; a spool is removed at the end, whatever happened.

    Raises Unavailable (``scratch-missing``).
    """
    directory = storage.local_directory(backup_folder(label))
    if directory is not None:
        yield BackupPlace(storage, label, directory=directory, is_spool=False)
        return
    with scratch_directory("pgpitr-spool-", needed_bytes=needed_bytes or _LEAST_BYTES) as scratch:
        yield BackupPlace(storage, label, directory=f"{scratch}/{label}", is_spool=True)


def free_label(storage: Storage, moment: datetime, *, backup_type: str) -> str:
    """A label that no backup has, of that moment or of one soon after."""
    taken = storage.list(BACKUPS)
    while (label := new_label(moment, backup_type=backup_type)) in taken:
        moment += timedelta(seconds=1)
    return label


def stored_bytes(storage: Storage, label: str, *, names: Iterable[str]) -> int:
    """What these files of a backup take in the storage."""
    found = (storage.stat(f"{backup_folder(label)}/{name}") for name in names)
    return sum(each[0] for each in found if each is not None)


def _pieces(path: str) -> Iterator[bytes]:
    with FileReading(open_regular(path)) as reading:
        yield from reading


__all__ = ("BackupPlace", "backup_place", "free_label", "stored_bytes")
