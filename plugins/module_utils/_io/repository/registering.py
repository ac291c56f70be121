# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Entering a cluster of this host among those that may write to its folder of the repository."""

from __future__ import annotations

from datetime import datetime, timezone

from ..._core.instant import format_instant
from ..._core.postgres.cluster import Cluster
from ..._core.repository.identity import RepositoryIdentity
from ..._core.repository.registration import registered
from ..host.machine import hostname, machine_id
from .cluster_folder import ClusterFolder


def registered_now(before: RepositoryIdentity | None, *, name: str, cluster: Cluster) -> RepositoryIdentity:
    """The identity with this host's cluster as a writer from now on."""
    now = format_instant(datetime.now(timezone.utc))
    return registered(before, name=name, cluster=cluster, machine_id=machine_id(), hostname=hostname(), now=now)


def register_writer(folder: ClusterFolder, *, cluster: Cluster) -> None:
    """Let this host's cluster write to its folder. Raises Refused (``repository-foreign``)."""
    folder.change_identity(lambda before: registered_now(before, name=folder.name, cluster=cluster))


__all__ = ("register_writer", "registered_now")
