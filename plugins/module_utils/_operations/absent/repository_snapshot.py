# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the repository has of a cluster, each part read once."""

from __future__ import annotations

from functools import cached_property

from ..._core.repository.identity import RepositoryIdentity
from ..._core.wal.listing import StoredWal
from ..._io.catalogue.records import Records, read_records
from ..._io.catalogue.wal_inventory import WalInventory, read_wal_inventory
from ..._io.repository.cluster_folder import ClusterFolder


class RepositorySnapshot:
    """A cluster's folder as it was when each part was first asked for, as the user that asked.

    A plan that was made from several listings could contradict itself, and a large archive takes long to list.
    """

    def __init__(self, folder: ClusterFolder) -> None:
        self.folder = folder

    @cached_property
    def identity(self) -> RepositoryIdentity:
        """Whose folder it is; ask first, as this tells a repository of other clusters from one that is not mounted.

        Raises what :meth:`ClusterFolder.identity` raises.
        """
        return self.folder.identity()

    @cached_property
    def records(self) -> Records:
        """The recorded backups. Raises Unavailable (``repository-not-readable``)."""
        return read_records(self.folder)

    @cached_property
    def stored_wal(self) -> StoredWal:
        """The names of the WAL files."""
        return self.folder.stored_wal()

    @cached_property
    def inventory(self) -> WalInventory:
        """What is known of the stored WAL."""
        return read_wal_inventory(self.folder, self.stored_wal)


__all__ = ("RepositorySnapshot",)
