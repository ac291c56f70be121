# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rubbish that can't be removed."""

from __future__ import annotations

import shutil
from datetime import datetime, timezone
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.retention.policy import RetentionPolicy
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.cluster_folder import ClusterFolder
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.stale import find_stale, remove_leftovers
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.retention.expire import expire


@pytest.fixture
def stuck(folder: ClusterFolder, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A leftover whose file comes back when it is removed, as on NFS while somebody has it open."""
    directory = Path(folder.backups_directory) / ".expired-20261101T000000Z-full"
    directory.mkdir()
    real = shutil.rmtree

    def remove(path: str, ignore_errors: bool = False) -> None:
        if path != str(directory):
            real(path, ignore_errors)
        elif not ignore_errors:
            raise OSError(39, "Directory not empty", path)

    monkeypatch.setattr(shutil, "rmtree", remove)
    return directory


def test_a_backup_is_taken_beside_it(folder: ClusterFolder, stuck: Path) -> None:
    other = Path(folder.backups_directory) / ".tmp-20261102T000000Z-full"
    other.mkdir()
    remove_leftovers(folder.backups_directory)
    assert find_stale(folder.backups_directory) == (str(stuck),)


def test_retention_goes_on_and_tells_of_it(folder: ClusterFolder, stuck: Path) -> None:
    other = Path(folder.backups_directory) / ".tmp-20261102T000000Z-full"
    other.mkdir()
    for names in ([other.name], []):
        plan = expire(folder, policy=RetentionPolicy(), clock=lambda: datetime.now(timezone.utc))
        assert [step.name for step in plan.stale] == names
        assert plan.left == (stuck.name,)
