# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One cluster's folder in a repository."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property

from ..._core.repository.identity import RepositoryIdentity
from ..._core.repository.layout import CLUSTER_FILE
from ..._core.wal.listing import StoredWal
from ..host.files import fsync_directory, write_durably
from ..storage.directories import make_private_directory
from ..storage.write_errors import repository_write_error
from ..wal.expired import read_expired
from ..wal.fetch import fetch_wal_file
from ..wal.layout import WAL, find_stored, list_wal_names
from ..wal.listing import list_stored_wal
from ..wal.store import store_wal_file
from .cluster_json import read_cluster_document
from .writers import check_writer


class ClusterFolder:
    """The folder ``<repository>/<name>``, which need not exist yet: identity, backups and WAL of one cluster."""

    def __init__(self, repository_path: str, *, name: str) -> None:
        self.name = name
        self.path = f"{repository_path}/{name}"

    @cached_property
    def backups_directory(self) -> str:
        """Where the backups lie, one directory each."""
        return f"{self.path}/backups"

    @cached_property
    def wal_directory(self) -> str:
        """Where the WAL lies, one directory for each timeline."""
        return f"{self.path}/{WAL}"

    def identity(self) -> RepositoryIdentity:
        """Whose folder this is.

        Raises Unavailable (``repository-missing``), InvalidInput (``cluster-unknown``), Damaged (``identity-damaged``).
        """
        return RepositoryIdentity.from_document(read_cluster_document(self.path))

    def write_identity(self, identity: RepositoryIdentity) -> None:
        """Replace ``cluster.json`` durably, making the folder with its directories where they are missing."""
        self.change_identity(lambda _before: identity)

    def change_identity(self, change: Callable[[RepositoryIdentity | None], RepositoryIdentity]) -> bool:
        """Read, change and write ``cluster.json`` while nobody else does; whether it changed.

        ``change`` gets the present identity, ``None`` when the folder has none yet. Hosts that register themselves at
        the same time do not lose each other's entry.
        """
        try:
            self._make_directories()
            with self.locked():
                exists = os.path.exists(f"{self.path}/{CLUSTER_FILE}")
                before = self.identity() if exists else None
                after = change(before)
                if after == before:
                    return False
                write_durably(f"{self.path}/{CLUSTER_FILE}", str(after).encode("utf-8"))
                return True
        except OSError as error:
            raise repository_write_error(self.path, error) from error

    def stored_wal(self) -> StoredWal:
        """What is stored: the segments as runs of numbers, which is cheap for any number of them."""
        size = self.identity().segment_size
        return replace(list_stored_wal(self.path, size=size), expired=read_expired(self.path, size=size))

    def wal_names(self) -> tuple[str, ...]:
        """The names of all stored WAL files, without their compression's suffix, sorted; see :meth:`stored_wal`."""
        return list_wal_names(self.path)

    def find_wal(self, name: str) -> str | None:
        """Where the WAL file with this name is stored; ``None`` when it is not."""
        return find_stored(self.path, name=name)

    def fetch_wal(self, name: str, destination: str) -> None:
        """Put the verified file at ``destination``.

        Raises Missing (``segment-missing``), Damaged (``segment-damaged``), Refused (``segment-foreign``).
        """
        document = read_cluster_document(self.path)
        fetch_wal_file(self.path, name=name, destination=destination, document=document)

    def store_wal(
        self, source_path: str, *, data_directory: str, name: str | None = None, compression: str = "auto"
    ) -> bool:
        """Store a WAL file of the cluster in ``data_directory``; ``False`` when it was there with the same content.

        ``name`` is its file name unless given. Raises Refused (``segment-differs``, ``segment-foreign``,
        ``writer-unknown``) and what :func:`store_wal_file` raises.
        """
        document = read_cluster_document(self.path)
        check_writer(document, data_directory=os.path.realpath(data_directory))
        return store_wal_file(
            self.path,
            name=name or os.path.basename(source_path),
            source_path=source_path,
            document=document,
            compression=compression,
        )

    def _make_directories(self) -> None:
        for path in (self.path, self.backups_directory, self.wal_directory):
            make_private_directory(path)
        fsync_directory(os.path.dirname(self.path))
        fsync_directory(self.path)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Be the only one that changes small files of the folder."""
        descriptor = os.open(f"{self.path}/.lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)


def backup_directory(folder: ClusterFolder, label: str) -> str:
    """Where the backup of this label lies."""
    return os.path.join(folder.backups_directory, label)


__all__ = ("ClusterFolder", "backup_directory")
