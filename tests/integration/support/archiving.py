# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of a cluster whose WAL a test archives, and the program that archives it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from support import kept_program
from support.cluster import Cluster
from support.workbench import Workbench


def cluster_options(cluster: Cluster) -> dict[str, Any]:
    """What names the cluster to a module: the tests' machines have several."""
    return {
        "data_directory": str(cluster.data),
        "bin_directory": str(cluster.program("postgres").parent),
        "login_user": cluster.superuser,
    }


def repository_options(
    workbench: Workbench, cluster: Cluster, *, repository: Path, name: str = "db1"
) -> dict[str, Any]:
    """What also names the repository, the cluster's place in it, and the program that archives."""
    return {
        **cluster_options(cluster),
        "name": name,
        "repository_path": str(repository),
        "agent_path": str(workbench.directory / "pgpitr"),
        "config_directory": str(workbench.directory / "config"),
    }


def install_agent(workbench: Workbench, options: Mapping[str, Any]) -> None:
    """Install the program for the cluster of these options."""
    known = (
        "name",
        "data_directory",
        "bin_directory",
        "login_user",
        "repository_path",
        "repository_age_recipients",
        "agent_path",
        "config_directory",
    )
    given = {key: options[key] for key in known if key in options}
    if not kept_program.lay_out(workbench, given):
        workbench.run_module("agent", given)
        kept_program.keep(workbench, given)


def installed_options(workbench: Workbench, cluster: Cluster, *, repository: Path) -> dict[str, Any]:
    """The same, once the program is installed."""
    options = repository_options(workbench, cluster, repository=repository)
    install_agent(workbench, options)
    return options


def archive(
    workbench: Workbench, cluster: Cluster, *, repository: Path, name: str = "db1", **more: Any
) -> dict[str, Any]:
    """Install the program, turn archiving on with a restart, and return the options of both.

    No segment is switched by time: tests compare trees, and on a busy machine they take more than a minute.
    """
    options = repository_options(workbench, cluster, repository=repository, name=name)
    install_agent(workbench, options)
    workbench.run_module("wal_archive", {**options, "allow_restart": True, "archive_timeout_seconds": 3600, **more})
    return options


def tree_digest(*roots: Path) -> dict[str, str]:
    """Kind, mode, modification time and content of everything below the roots: equal when nothing was changed."""
    digest = {}
    for root in roots:
        for path in sorted([root, *root.rglob("*")]):
            status = path.lstat()
            content = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() and not path.is_symlink() else ""
            digest[str(path)] = f"{status.st_mode:o} {status.st_uid} {status.st_mtime_ns} {content}"
    return digest
