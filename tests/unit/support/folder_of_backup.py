# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A repository's folder whose only backup lies in a directory that a test has filled."""

from __future__ import annotations

from pathlib import Path

from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.cluster_folder import ClusterFolder


def folder_of_backup(label: str, source: Path) -> ClusterFolder:
    """The folder of `db1` in a repository beside the directory, which is linked there under the label."""
    repository = source.parent.parent / f"repository of {source.parent.name} {source.name}"
    backups = repository / "db1" / "backups"
    backups.mkdir(parents=True, exist_ok=True)
    (repository / "db1" / "cluster.json").touch()
    if not (backups / label).is_symlink():
        (backups / label).symlink_to(source)
    return ClusterFolder(str(repository), name="db1")
