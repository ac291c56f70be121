# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A cluster for tests that care for little of it."""

from __future__ import annotations

from typing import Any

from ansible_collections.pgfleet.pitr.plugins.module_utils._core.postgres.cluster import PG_CTL, Cluster, ServiceName
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.segment import SegmentSize


def sample_cluster(data_directory: str = "/pg/data", **known: Any) -> Cluster:
    """A running primary with its configuration inside, which no service manager knows, but for what is given."""
    values: dict[str, Any] = {
        "version": 15,
        "bin_directory": "/pg/bin",
        "config_file": f"{data_directory}/postgresql.conf",
        "hba_file": f"{data_directory}/pg_hba.conf",
        "ident_file": f"{data_directory}/pg_ident.conf",
        "os_user": "postgres",
        "port": 5432,
        "socket_directory": "/tmp",
        "service": ServiceName(PG_CTL),
        "system_identifier": "7",
        "segment_size": SegmentSize(16 * 1024 * 1024),
        "running": True,
        "in_recovery": False,
        "timeline": 1,
    }
    return Cluster(data_directory, **{**values, **known})
