# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one cluster of a host that is meant."""

from __future__ import annotations

from collections.abc import Sequence

from ..errors import InvalidInput
from .cluster import Cluster
from .settings import OLDEST_VERSION


def select_cluster(clusters: Sequence[Cluster], *, port: int | None, problems: Sequence[str] = ()) -> Cluster:
    """The cluster on this port, or the only one without a port.

    ``problems`` say why others could not be looked at. Raises InvalidInput: ``cluster-missing``,
    ``cluster-ambiguous``, ``port-differs``.
    """
    chosen = [cluster for cluster in clusters if not port or cluster.port == port]
    if len(chosen) == 1:
        return chosen[0]
    if chosen:
        raise InvalidInput(
            f"this host has {len(chosen)} clusters: {_listed(chosen)}",
            code="cluster-ambiguous",
            hint="Say which one is meant: set 'pitr_cluster_data_directory' (or 'pitr_cluster_port').",
        )
    if clusters:
        raise InvalidInput(
            f"port {port} is not the cluster's: found {_listed(clusters)}",
            code="port-differs",
            hint="Correct 'pitr_cluster_port', or leave it unset.",
        )
    raise InvalidInput(
        "no PostgreSQL cluster was found on this host" + "".join(f"; {problem}" for problem in problems),
        code="cluster-missing",
        hint="Set 'pitr_cluster_data_directory', and run with 'become: true' (root) or as the user that owns it.",
    )


def check_supported(cluster: Cluster) -> None:
    """Raise InvalidInput (``version-not-supported``) for a cluster of an older version than is supported."""
    if cluster.version < OLDEST_VERSION:
        raise InvalidInput(
            f"'{cluster.data_directory}' is of PostgreSQL {cluster.version}",
            code="version-not-supported",
            hint=f"PostgreSQL {OLDEST_VERSION} and later are supported.",
        )


def _listed(clusters: Sequence[Cluster]) -> str:
    return ", ".join(
        f"'{cluster.data_directory}' (version {cluster.version}, port {cluster.port}, "
        f"{'running' if cluster.running else 'stopped'})"
        for cluster in clusters
    )


__all__ = ("check_supported", "select_cluster")
