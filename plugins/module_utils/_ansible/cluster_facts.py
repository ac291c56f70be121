# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What modules tell of a cluster in their results."""

from __future__ import annotations

from typing import Any

from .._core.postgres.cluster import Cluster


def cluster_facts(cluster: Cluster) -> dict[str, Any]:
    """The cluster as a return value."""
    return {
        "version": cluster.version,
        "server_version": cluster.server_version,
        "data_directory": cluster.data_directory,
        "port": cluster.port,
        "socket_directory": cluster.socket_directory,
        "bin_directory": cluster.bin_directory,
        "config_file": cluster.config_file,
        "hba_file": cluster.hba_file,
        "ident_file": cluster.ident_file,
        "service": {"kind": cluster.service.kind, "name": cluster.service.name},
        "debian_name": cluster.debian_name,
        "os_user": cluster.os_user,
        "system_identifier": cluster.system_identifier,
        "segment_size_bytes": cluster.segment_size.size_bytes,
        "role": cluster.role,
        "state": "running" if cluster.running else "stopped",
        "timeline": cluster.timeline,
        "tablespaces": {str(oid): location for oid, location in cluster.tablespaces.items()},
        "wal_directory": cluster.wal_directory,
    }


__all__ = ("cluster_facts",)
