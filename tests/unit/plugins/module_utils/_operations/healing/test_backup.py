# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host that dies in the middle of healing a file of a backup."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Missing
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.several_folders import NamedFolder
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.healing.backup import BackupHealing
from dying_storage import Died, DyingStorage
from healing import Twins, quarantined, stored_in
from verify_repository import FULL, damage, wrong


def healing(twins: Twins, *, token: str = "1") -> BackupHealing:
    return BackupHealing(twins.far, [NamedFolder("near", twins.near)], token)


@pytest.mark.parametrize("name", ["base.tar.gz", "backup_manifest", "backup.json"])
def test_damaged_bytes_or_good_ones_are_there_whenever_it_dies(name: str, tmp_path: Path) -> None:
    twins = Twins(tmp_path)
    before = stored_in(twins.far)
    file, key, storage = Path(twins.far.backups_directory) / FULL / name, f"backups/{FULL}/{name}", twins.far.storage
    if name == "backup.json":
        file.write_bytes(b"{")
    else:
        damage(file, at=50)
    damaged = file.read_bytes()
    died = 0
    for left in range(9):
        twins.far.storage = DyingStorage(twins.far.path, left=left)
        try:
            healing(twins, token=str(left)).heal(FULL, name=name)
            break
        except Died:
            died += 1
        there = stored_in(twins.far).get(key)
        assert there == damaged or damaged in quarantined(twins.far).values()
        # Without its record a backup would be removed.
        assert name != "backup.json" or there is not None
    twins.far.storage = storage
    assert died >= (2 if name == "backup.json" else 3)
    assert stored_in(twins.far) == before and wrong(twins.verified()) == []
    assert damaged in quarantined(twins.far).values()


def test_archive_is_not_taken_from_where_its_manifest_is_damaged(tmp_path: Path) -> None:
    twins = Twins(tmp_path)
    (Path(twins.near.backups_directory) / FULL / "backup_manifest").write_text("{")
    damage(Path(twins.far.backups_directory) / FULL / "base.tar.gz", at=4000)
    with pytest.raises(Missing) as caught:
        healing(twins).heal(FULL, name="base.tar.gz")
    assert "cannot be compared with its manifest" in caught.value.message and quarantined(twins.far) == {}
