# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each part of the repository is read once."""

from __future__ import annotations

from ansible_collections.pgfleet.pitr.plugins.module_utils._core.repository.identity import RepositoryIdentity
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.listing import StoredWal
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.cluster_folder import ClusterFolder
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.absent.repository_snapshot import (
    RepositorySnapshot,
)


class CountingFolder(ClusterFolder):
    """Counts how often the archive is listed."""

    listings = 0

    def stored_wal(self) -> StoredWal:
        self.listings += 1
        return super().stored_wal()


def test_archive_is_listed_once_however_often_it_is_asked_for(chain: ClusterFolder) -> None:
    folder = CountingFolder(chain.path.rpartition("/")[0], name=chain.name)
    snapshot = RepositorySnapshot(folder)
    assert folder.listings == 0, "nothing is read that nobody asks for"
    for _time in range(3):
        assert snapshot.inventory.wal.intervals == snapshot.stored_wal.intervals
        assert len(snapshot.records.backups) == 2
        assert isinstance(snapshot.identity, RepositoryIdentity)
    assert folder.listings == 1
    assert snapshot.records is snapshot.records and snapshot.identity is snapshot.identity
