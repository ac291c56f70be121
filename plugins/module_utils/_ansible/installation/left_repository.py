# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A cluster that archives, and is to go on in a repository that has nothing of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ..._agent.configured_cluster import ConfiguredCluster
from ..._core.archiving.other_name import archived_name
from ..._core.errors import PitrError, Unavailable
from ..._core.postgres.cluster import Cluster
from ..._core.repository.layout import CLUSTER_FILE, WAL
from ..._io.host.runner import Runner
from ..._io.postgres.configured_settings import configured_value
from ..._io.repository.cluster_folder import ClusterFolder
from ..._io.repository.repository import Repository


def check_repository_is_not_left(
    wanted: Repository, options: Mapping[str, Any], *, cluster: Cluster, runner: Runner
) -> None:
    """Return unless the cluster archives to a repository that is there, and ``wanted`` has nothing of it.

    What ``wal_archive`` refuses later would come too late: with the configuration replaced, each segment would be
    refused by a repository that does not know the cluster. Raises Unavailable (``repository-missing``).
    """
    name = options["name"]
    try:
        present = ConfiguredCluster.read(name, config_directory=options["config_directory"])
    except PitrError:
        # There is none yet, or none that archive-push could use.
        return
    left = next(_with_wal(each.cluster(name) for each in (present.repository, *present.repository.others)), None)
    if left is None or archived_name(configured_value(cluster, "archive_command", runner=runner)) != name:
        return
    missing = wanted.cluster(name).storage.address(CLUSTER_FILE)
    raise Unavailable(
        f"the cluster archives to '{left.path}', and '{missing}' is missing in the repository that is wanted now",
        code="repository-missing",
        hint="Mount the repository, or correct its place. To move there, take along first what there is ('pgpitr"
        " copy'), or name both in 'pitr_repositories'. To begin anew, set archive_command to '' and reload, and run"
        " again.",
    )


def _with_wal(folders: Iterable[ClusterFolder]) -> Iterator[ClusterFolder]:
    for folder in folders:
        try:
            if folder.present_identity() is not None and folder.storage.list(WAL):
                yield folder
        except PitrError:
            # What cannot be reached is not archived to either.
            continue


__all__ = ("check_repository_is_not_left",)
