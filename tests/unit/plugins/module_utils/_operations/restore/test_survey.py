# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a restore writes, and how much of it belongs to tablespaces."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from ansible_collections.pgfleet.pitr.plugins.module_utils._core.catalogue.chain import chain_of
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.placement import Placement
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.catalogue.records import read_backups
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.cluster_folder import ClusterFolder
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.extract.manifests import Manifests
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.restore.survey import disk_facts


def test_space_is_that_of_the_nearest_directory_and_tablespaces_count_in_every_link(
    chain: ClusterFolder, tmp_path: Path
) -> None:
    (tmp_path / "space").mkdir()
    base, space = str(tmp_path / "data.pitr-new"), str(tmp_path / "space" / ".pitr-new")
    placement = Placement(directory="", port=5432, base=base, spaces={16400: space}, links={})
    backups = read_backups(chain)
    found = disk_facts(placement, chain=chain_of(backups[-1], backups=backups), manifests=Manifests(chain))

    assert {path: each.directory for path, each in found.file_systems.items()} == {
        base: str(tmp_path),
        space: str(tmp_path / "space"),
    }
    assert {each.device for each in found.file_systems.values()} == {tmp_path.stat().st_dev}
    assert all(each.free_bytes > 0 for each in found.file_systems.values())
    # The one file of each link's tablespace.
    assert found.tablespace_bytes == {16400: 2 * 9000}


def test_manifests_are_left_alone_without_tablespaces(chain: ClusterFolder, tmp_path: Path) -> None:
    class Untouched(Manifests):
        def of(self, label: str):
            raise AssertionError(f"the manifest of {label} is not needed")

    (full, *_others) = (replace(each, tablespaces={}) for each in read_backups(chain))
    placement = Placement(directory="", port=5432, base=str(tmp_path), spaces={}, links={})
    found = disk_facts(placement, chain=chain_of(full, backups=(full,)), manifests=Untouched(chain))
    assert found.tablespace_bytes == {}
