# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stored chains as PostgreSQL's own program combines them, unpacked by tar: nothing of the collection's code."""

from __future__ import annotations

from pathlib import Path

from support.cluster import Cluster
from support.os_user import OsUser
from support.workbench import Workbench


def unpack(backup: Path, directory: Path, *, user: OsUser, spaces: Path) -> Path:
    """A stored backup as a plain directory, its tablespaces in directories of their own."""
    for path in sorted(backup.glob("*.tar.gz")):
        stem = path.name.partition(".")[0]
        target = directory if stem == "base" else spaces / f"{directory.name}-{stem}"
        user.run(["mkdir", "-m", "700", target])
        user.run(["tar", "-C", target, "-xzf", path])
    for space in spaces.glob(f"{directory.name}-*"):
        user.run(["ln", "-sfn", space, directory / "pg_tblspc" / space.name.rpartition("-")[2]])
    user.run(["cp", backup / "backup_manifest", directory])
    return directory


def combined_by_postgresql(
    workbench: Workbench, cluster: Cluster, repository: Path, *, labels: list[str]
) -> tuple[Path, dict[str, Path]]:
    """The directory that pg_combinebackup makes of a chain, and those of its tablespaces by oid."""
    user, spaces = cluster.os_user, workbench.make_directory("unpacked spaces")
    unpacked = workbench.make_directory("unpacked")
    links = [
        unpack(repository / "db1" / "backups" / label, unpacked / label, user=user, spaces=spaces) for label in labels
    ]
    moved = {}
    for last in spaces.glob(f"{labels[-1]}-*"):
        moved[last.name.rpartition("-")[2]] = (last, workbench.directory / f"combined-{last.name}")
    combined = workbench.directory / "combined"
    mappings = [f"--tablespace-mapping={before}={after}" for before, after in moved.values()]
    user.run([cluster.program("pg_combinebackup"), *links, "-o", combined, *mappings])
    return combined, {oid: after for oid, (_before, after) in moved.items()}


__all__ = ("combined_by_postgresql", "unpack")
