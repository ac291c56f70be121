# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From the options of a module to the one cluster they mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .._core.errors import InvalidInput
from .._core.postgres.cluster import Cluster
from .._core.postgres.settings import OLDEST_VERSION
from .._io.host.runner import Runner, SystemRunner
from .._io.postgres.discovery import ClusterRequest, cluster_at, discover


def resolve_cluster(options: Mapping[str, Any], *, runner: Runner | None = None) -> Cluster:
    """The cluster that ``CLUSTER_OPTIONS`` name, discovered where they say nothing.

    Raises InvalidInput: ``cluster-missing``, ``cluster-ambiguous``, ``port-differs``, ``data-directory-missing``,
    ``data-directory-invalid``, ``bin-directory-missing``, ``version-mismatch``,
    ``version-not-supported``; Refused ``os-user-mismatch``.
    """
    cluster = _chosen(options, runner=runner or SystemRunner())
    if cluster.version < OLDEST_VERSION:
        raise InvalidInput(
            f"'{cluster.data_directory}' is of PostgreSQL {cluster.version}",
            code="version-not-supported",
            hint=f"PostgreSQL {OLDEST_VERSION} and later are supported.",
        )
    return cluster


def _chosen(options: Mapping[str, Any], *, runner: Runner) -> Cluster:
    wanted = wanted_of(options)
    port = options.get("port")
    if options.get("data_directory"):
        cluster = cluster_at(options["data_directory"], runner=runner, wanted=wanted)
        if port and cluster.port != port:
            raise _port_differs(port, [cluster])
        return cluster
    discovery = discover(runner=runner, wanted=wanted)
    chosen = [cluster for cluster in discovery.clusters if not port or cluster.port == port]
    if len(chosen) == 1:
        return chosen[0]
    if chosen:
        raise InvalidInput(
            f"this host has {len(chosen)} clusters: {_listed(chosen)}",
            code="cluster-ambiguous",
            hint="Say which one is meant: set 'pitr_cluster_data_directory' (or 'pitr_cluster_port').",
        )
    if discovery.clusters:
        raise _port_differs(port, discovery.clusters)
    raise InvalidInput(
        "no PostgreSQL cluster was found on this host" + "".join(f"; {problem}" for problem in discovery.problems),
        code="cluster-missing",
        hint="Set 'pitr_cluster_data_directory', and run with 'become: true' (root) or as the user that owns it.",
    )


def wanted_of(options: Mapping[str, Any]) -> ClusterRequest:
    """What the options say of any cluster."""
    return ClusterRequest(options.get("bin_directory"), options.get("service"), options.get("os_user"))


def _port_differs(port: Any, clusters: Sequence[Cluster]) -> InvalidInput:
    return InvalidInput(
        f"port {port} is not the cluster's: found {_listed(clusters)}",
        code="port-differs",
        hint="Correct 'pitr_cluster_port', or leave it unset.",
    )


def _listed(clusters: Sequence[Cluster]) -> str:
    return ", ".join(
        f"'{cluster.data_directory}' (version {cluster.version}, port {cluster.port}, "
        f"{'running' if cluster.running else 'stopped'})"
        for cluster in clusters
    )


__all__ = ("resolve_cluster", "wanted_of")
