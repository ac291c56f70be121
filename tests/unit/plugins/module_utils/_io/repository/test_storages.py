# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The storage of a cluster by where its repository is."""

from __future__ import annotations

from pathlib import Path

from ansible_collections.pgfleet.pitr.plugins.module_utils._core.repository.repository_host import RepositoryHost
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.storages import cluster_storage


def test_a_directory_of_this_host_or_what_another_one_keeps(tmp_path: Path) -> None:
    here = cluster_storage(str(tmp_path), name="db1")
    there = cluster_storage("/srv/pitr", name="db1", host=RepositoryHost("backup1"))
    assert here.address("wal/x") == f"{tmp_path}/db1/wal/x" and here.local_directory("wal") == f"{tmp_path}/db1/wal"
    assert there.address("wal/x") == "pgpitr@backup1:/srv/pitr/db1/wal/x" and there.local_directory("wal") is None
    outer, name = there.outside()
    assert (outer.address(), name) == ("pgpitr@backup1:/srv/pitr", "db1")
