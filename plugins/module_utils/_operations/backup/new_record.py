# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The record of a backup that has just been taken."""

from __future__ import annotations

from datetime import datetime

from ..._core.backup.plan import BackupPlan
from ..._core.backup.server_role import only_range
from ..._core.catalogue.record import Backup
from ..._core.postgres.cluster import Cluster
from ..._core.release import VERSION
from .streaming_verifier import VerifiedBackup


def new_record(
    plan: BackupPlan,
    *,
    cluster: Cluster,
    cluster_name: str,
    label: str,
    compression: str,
    times: tuple[datetime, datetime],
    verified: VerifiedBackup,
) -> Backup:
    """What is known of it from the plan and its manifest, before it is known how it was stored."""
    manifest, facts = verified.manifest, plan.facts
    wal, parent = only_range(manifest.wal_ranges), plan.decision.parent
    return Backup(
        label=label,
        type=str(plan.decision.type),
        parent=parent.label if parent else None,
        cluster=cluster_name,
        system_identifier=cluster.system_identifier,
        version=cluster.version,
        version_num=facts.version_num,
        start_time=times[0],
        stop_time=times[1],
        start_lsn=wal.start,
        stop_lsn=wal.end,
        timeline=wal.timeline,
        segment_size=cluster.segment_size,
        size_bytes=manifest.size_bytes,
        stored_bytes=0,
        compression=compression,
        files=verified.names,
        pgfleet_version=VERSION,
        data_checksums=facts.data_checksums,
        wal_directory=cluster.wal_directory,
        tablespaces=verified.tablespaces,
        settings=facts.hot_standby_settings(),
        relation_layout=facts.relation_layout(),
    )


__all__ = ("new_record",)
