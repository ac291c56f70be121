# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A cluster with tablespaces and a repository of two backups, as a plan sees them."""

from __future__ import annotations

from dataclasses import replace

from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.request import RestoreFacts, RestoreRequest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.target.recovery_target import RecoveryTarget
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.target.search import StopPoint
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.archive import ArchivedWal
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.interval_set import IntervalSet
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.lsn import Lsn
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.segment import SegmentSize
from sample_backup import sample_backup
from sample_cluster import sample_cluster

SIZE = SegmentSize(16 * 1024 * 1024)
GIB = 1024**3
BACKUP = sample_backup(
    version=15,
    size_bytes=3 * GIB,
    tablespaces={16400: "/mnt/ts"},
    settings={"max_connections": 100, "max_wal_senders": 10},
)
LATER = replace(
    BACKUP,
    label="20260915T120000Z-incremental",
    type="incremental",
    parent=BACKUP.label,
    size_bytes=GIB,
    start_lsn=Lsn.parse("0/4000028"),
    stop_lsn=Lsn.parse("0/4000100"),
)
CLUSTER = sample_cluster()
FACTS = RestoreFacts(
    cluster=CLUSTER,
    catalogue_version=202209061,
    repository_identifiers=("7",),
    backups=(BACKUP,),
    damaged={"20260101T000000Z-full": "cut off"},
    wal=ArchivedWal({1: IntervalSet((3, 6))}, {}, SIZE),
    live_only=frozenset({"000000010000000000000005"}),
    current_timeline=1,
    tablespaces={16400: "/mnt/ts", 16500: "/mnt/later"},
    wal_directory="/wal/pg_wal",
    settings={"max_connections": 100, "max_wal_senders": 10},
    hot_standby=True,
)
REQUEST = RestoreRequest("db1", RecoveryTarget.parse("latest", True))
BESIDE = replace(REQUEST, directory="/copy", port=5499)
STOP = StopPoint(BACKUP, 1, Lsn.parse("0/5000200"), None, None)
