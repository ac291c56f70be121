# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where pg_basebackup writes the files of a backup, and how they come into the storage from there."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ..._core.backup.pg_basebackup_failure import SPOOL_PREFIX
from ..._core.catalogue.record import Backup, new_label
from ..._core.repository.layout import AGE_SUFFIX, BACKUPS, backup_folder, is_tar_name
from ..._io.encryption.age import encrypt
from ..._io.host.files import open_regular
from ..._io.host.scratch import scratch_directory
from ..._io.repository.cluster_folder import ClusterFolder
from ..._io.storage.directory import FileReading
from ..._io.storage.port import Storage

# Of a spool, where nobody can tell.
_LEAST_BYTES = 1 << 20


class BackupPlace:
    """The directory for one backup: the storage's own, or one of this host from which the files are sent there."""

    def __init__(
        self, storage: Storage, label: str, *, directory: str, is_spool: bool, recipients: tuple[str, ...] = ()
    ) -> None:
        self.directory = directory
        self._storage = storage
        self._folder = backup_folder(label)
        self._is_spool = is_spool
        self._recipients = recipients

    def store(self, names: Sequence[str]) -> StoredFiles:
        """Let the storage have the files that were written and verified, each durable when this returns."""
        digests: dict[str, str] = {}
        if self._is_spool:
            names = [self._put(name, digests=digests) for name in names]
        else:
            # pg_basebackup has made them durable.
            self._storage.adopt(self._folder)
        found = (self._storage.stat(f"{self._folder}/{name}") for name in names)
        size_bytes = sum(each[0] for each in found if each is not None)
        return StoredFiles(tuple(names), size_bytes, bool(self._recipients), digests)

    def _put(self, name: str, *, digests: dict[str, str]) -> str:
        """Store a file of the spool and remove it there; its name in the storage."""
        path, pieces = f"{self.directory}/{name}", _pieces(f"{self.directory}/{name}")
        if self._recipients and is_tar_name(name):
            digest = hashlib.sha256()
            name += AGE_SUFFIX
            self._storage.put(f"{self._folder}/{name}", _encrypted(pieces, recipients=self._recipients, digest=digest))
            digests[name] = digest.hexdigest()
        else:
            self._storage.put(f"{self._folder}/{name}", pieces)
        os.unlink(path)
        return name


@dataclass(frozen=True)
class StoredFiles:
    """The names that the files of a backup have in the storage, and the SHA-256 of each that was encrypted."""

    names: tuple[str, ...]
    size_bytes: int
    is_encrypted: bool
    digests: Mapping[str, str]

    def recorded_in(self, backup: Backup) -> Backup:
        """The backup with what is known of its files."""
        return replace(
            backup,
            files=self.names,
            stored_bytes=self.size_bytes,
            is_encrypted=self.is_encrypted,
            digests=self.digests,
        )


@contextmanager
def backup_place(folder: ClusterFolder, label: str, *, needed_bytes: int | None) -> Iterator[BackupPlace]:
    """The place of a backup that takes about so many bytes; a spool is removed at the end, whatever happened.

    What is encrypted goes through a spool, so that the storage never has it in clear. Raises Unavailable
    (``scratch-missing``).
    """
    storage, recipients = folder.storage, folder.recipients
    directory = None if recipients else storage.local_directory(backup_folder(label))
    if directory is not None:
        yield BackupPlace(storage, label, directory=directory, is_spool=False)
        return
    with scratch_directory(SPOOL_PREFIX, needed_bytes=needed_bytes or _LEAST_BYTES) as scratch:
        yield BackupPlace(storage, label, directory=f"{scratch}/{label}", is_spool=True, recipients=recipients)


def free_label(storage: Storage, moment: datetime, *, backup_type: str) -> str:
    """A label that no backup has, of that moment or of one soon after."""
    taken = storage.list(BACKUPS)
    while (label := new_label(moment, backup_type=backup_type)) in taken:
        moment += timedelta(seconds=1)
    return label


def _pieces(path: str) -> Iterator[bytes]:
    with FileReading(open_regular(path)) as reading:
        yield from reading


def _encrypted(pieces: Iterable[bytes], *, recipients: tuple[str, ...], digest: hashlib._Hash) -> Iterator[bytes]:
    with closing(encrypt(pieces, recipients=recipients)) as encrypting:
        for piece in encrypting:
            digest.update(piece)
            yield piece


__all__ = ("BackupPlace", "StoredFiles", "backup_place", "free_label")
