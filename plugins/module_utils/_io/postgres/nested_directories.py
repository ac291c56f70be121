# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Directories of a cluster that lie in one another, links followed."""

from __future__ import annotations

import os
from collections.abc import Mapping

from ..._core.postgres.cluster import Cluster
from ..._core.postgres.nested_directories import check_not_nested


def check_directories(cluster: Cluster, *, tablespaces: Mapping[int, str] | None = None) -> None:
    """Raise Refused (``directories-nested``) where a tablespace or the WAL lies in another directory of the cluster.

    ``tablespaces`` are further ones, such as a backup's.
    """
    directories = {"the data directory": os.path.realpath(cluster.data_directory)}
    if cluster.wal_directory:
        directories["the WAL directory"] = os.path.realpath(cluster.wal_directory)
    every = {**(tablespaces or {}), **cluster.tablespaces}
    # In-place tablespaces have a relative location, and are refused elsewhere.
    check_not_nested(
        directories,
        tablespaces={oid: os.path.realpath(location) for oid, location in every.items() if os.path.isabs(location)},
    )


__all__ = ("check_directories",)
