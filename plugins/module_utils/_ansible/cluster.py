# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The cluster that a module's options name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._core.postgres.cluster import Cluster
from .._core.postgres.cluster_selection import check_supported, select_cluster
from .._io.host.runner import Runner, SystemRunner
from .._io.postgres.discovery import ClusterRequest, cluster_at, discover


def resolve_cluster(options: Mapping[str, Any], *, runner: Runner | None = None) -> Cluster:
    """The cluster that ``CLUSTER_OPTIONS`` name, discovered where they say nothing.

    Raises InvalidInput: ``cluster-missing``, ``cluster-ambiguous``, ``port-differs``, ``data-directory-missing``,
    ``data-directory-invalid``, ``bin-directory-missing``, ``version-mismatch``,
    ``version-not-supported``; Refused ``os-user-mismatch``.
    """
    clusters, problems = named_clusters(options, runner=runner or SystemRunner())
    cluster = select_cluster(clusters, port=options.get("port"), problems=problems)
    check_supported(cluster)
    return cluster


def named_clusters(options: Mapping[str, Any], *, runner: Runner) -> tuple[tuple[Cluster, ...], tuple[str, ...]]:
    """The cluster in the data directory that the options name, or every cluster of this host; and why others could
    not be inspected."""
    wanted = wanted_of(options)
    if options.get("data_directory"):
        return (cluster_at(options["data_directory"], runner=runner, wanted=wanted),), ()
    found = discover(runner=runner, wanted=wanted)
    return found.clusters, found.problems


def wanted_of(options: Mapping[str, Any]) -> ClusterRequest:
    """What the options say about any cluster."""
    return ClusterRequest(options.get("bin_directory"), options.get("service"), options.get("os_user"))


__all__ = ("named_clusters", "resolve_cluster", "wanted_of")
