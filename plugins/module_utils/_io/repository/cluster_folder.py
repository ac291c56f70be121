# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One cluster's folder in a repository."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from functools import cached_property
from typing import Any

from ..._core.errors import Unavailable
from ..._core.repository.bucket import Bucket
from ..._core.repository.identity import RepositoryIdentity
from ..._core.repository.layout import BACKUPS, CLUSTER_FILE, CLUSTER_LOCK, WAL, record_key
from ..._core.repository.repository_host import RepositoryHost
from ..._core.wal.listing import StoredWal
from ..encryption.age_identity import AgeIdentity
from ..storage.place import ANY
from ..storage.port import Lease, Storage
from ..wal.expired import read_expired
from ..wal.fetch import fetch_wal_file
from ..wal.listing import list_stored_wal
from ..wal.lookup import find_stored, list_wal_names
from ..wal.store import store_wal_file
from .cluster_json import read_cluster_document
from .storages import cluster_storage
from .writers import check_writer

_PATIENCE_SECONDS = 60.0


class ClusterFolder:
    """The folder ``<repository>/<name>``, which need not exist yet: identity, backups and WAL of one cluster.

    What is added is encrypted for ``recipients``, as far as there are any; ``identity`` decrypts what is encrypted.
    """

    is_several = False

    def __init__(
        self,
        repository_path: str,
        *,
        name: str,
        host: RepositoryHost | None = None,
        bucket: Bucket | None = None,
        recipients: tuple[str, ...] = (),
        identity: AgeIdentity | None = None,
    ) -> None:
        self.name = name
        self.storage: Storage = cluster_storage(repository_path, name=name, host=host, bucket=bucket)
        self.recipients = recipients
        self.age_identity = identity

    @cached_property
    def path(self) -> str:
        """How people name it."""
        return self.storage.address()

    @cached_property
    def backups_directory(self) -> str:
        """How people name the place of its backups."""
        return self.storage.address(BACKUPS)

    @cached_property
    def wal_directory(self) -> str:
        """How people name the place of its WAL."""
        return self.storage.address(WAL)

    @property
    def members(self) -> tuple[ClusterFolder, ...]:
        """The folders that this one is made of: itself."""
        return (self,)

    def has_backup(self, label: str) -> bool:
        """Whether a backup of this label is recorded here."""
        return self.storage.stat(record_key(label)) is not None

    def holders(self, _label: str) -> tuple[ClusterFolder, ...]:
        """The folders in which somebody who uses the backup has to hold it."""
        return (self,)

    def avoid(self, _label: str) -> bool:
        """Read the backup from elsewhere, because it is damaged here; ``False``: it is nowhere else."""
        return False

    @property
    def remarks(self) -> tuple[str, ...]:
        """What came from elsewhere than was planned, in words."""
        return ()

    def identity(self) -> RepositoryIdentity:
        """Whose folder this is.

        Raises Unavailable (``repository-missing``), InvalidInput (``cluster-unknown``), Damaged (``identity-damaged``).
        """
        return RepositoryIdentity.from_document(read_cluster_document(self.storage))

    def present_identity(self) -> RepositoryIdentity | None:
        """Whose folder this is; ``None``: there is none yet. Raises as :meth:`identity`."""
        repository, name = self.storage.outside()
        try:
            is_there = repository.stat(f"{name}/{CLUSTER_FILE}") is not None
        except Unavailable as error:
            if error.code != "repository-missing":
                raise
            is_there = False
        return self.identity() if is_there else None

    def write_identity(self, identity: RepositoryIdentity) -> None:
        """Replace ``cluster.json`` durably, making the folder with its directories where they are missing."""
        self.change_identity(lambda _before: identity)

    def change_identity(self, change: Callable[[RepositoryIdentity | None], RepositoryIdentity]) -> bool:
        """Read, change and write ``cluster.json`` while nobody else does; whether it changed.

        ``change`` gets the present identity, ``None`` when the folder has none yet. Hosts that register themselves at
        the same time do not lose each other's entry.
        """
        self.storage.prepare((BACKUPS, WAL))
        with self.locked():
            before = self.present_identity()
            after = change(before)
            if after == before:
                return False
            self.storage.put(CLUSTER_FILE, [str(after).encode("utf-8")], replaces=ANY)
            return True

    def stored_wal(self) -> StoredWal:
        """What is stored: the segments as runs of numbers, which is cheap for any number of them."""
        size = self.identity().segment_size
        return replace(list_stored_wal(self.storage, size=size), expired=read_expired(self.storage, size=size))

    def wal_names(self) -> tuple[str, ...]:
        """The names of all stored WAL files, without their compression's suffix, sorted; see :meth:`stored_wal`."""
        return list_wal_names(self.storage)

    def find_wal(self, name: str) -> str | None:
        """Where the WAL file with this name is stored, as people name it; ``None`` when it is not."""
        key = find_stored(self.storage, name=name)
        return None if key is None else self.storage.address(key)

    def fetch_wal(
        self, name: str, destination: str, *, document: dict[str, Any] | None = None, key: str | None = None
    ) -> None:
        """Put the verified file at ``destination``.

        Whoever fetches many gives what is known already: the content of cluster.json, and where the file is stored.
        Raises Missing (``segment-missing``), Damaged (``segment-damaged``, ``encrypted-damaged``), Refused
        (``segment-foreign``), Unavailable (``identity-missing``), InvalidInput (``identity-wrong``).
        """
        fetch_wal_file(
            self.storage,
            name=name,
            destination=destination,
            document=document or read_cluster_document(self.storage),
            identity=self.age_identity,
            key=key,
        )

    def store_wal(
        self,
        source_path: str,
        *,
        data_directory: str,
        name: str | None = None,
        compression: str = "auto",
        secret_directory: str | None = None,
    ) -> bool:
        """Store a WAL file of the cluster in ``data_directory``; ``False`` when it was there with the same content.

        ``name`` is its file name unless given; ``secret_directory`` has the cluster's secret where the other is gone.
        Raises Refused (``segment-differs``, ``segment-foreign``, ``writer-unknown``) and what :func:`store_wal_file`
        raises.
        """
        document = read_cluster_document(self.storage)
        check_writer(document, data_directory=os.path.realpath(data_directory))
        return store_wal_file(
            self.storage,
            name=name or os.path.basename(source_path),
            source_path=source_path,
            document=document,
            compression=compression,
            recipients=self.recipients,
            data_directory=secret_directory or data_directory,
        )

    def locked(self) -> Lease:
        """Be the only one that changes small files of the folder. Raises Busy (``repository-busy``)."""
        return self.storage.lease(CLUSTER_LOCK, wait_seconds=_PATIENCE_SECONDS)


__all__ = ("ClusterFolder",)
