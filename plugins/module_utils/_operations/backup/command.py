# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pg_basebackup that a plan needs."""

from __future__ import annotations

from ..._core.backup.compression import BackupCompression
from ..._core.backup.pg_basebackup import BaseBackupCommand
from ..._core.backup.plan import BackupPlan
from ..._core.postgres.cluster import Cluster
from ..._io.sql.peer import required_peer
from .backup_place import BackupPlace


def backup_command(
    plan: BackupPlan,
    *,
    cluster: Cluster,
    place: BackupPlace,
    label: str,
    compression: BackupCompression,
    parent_manifest: str | None,
) -> BaseBackupCommand:
    """The command that writes the backup with this label into ``place``; ``parent_manifest`` is a path."""
    request = plan.request
    return BaseBackupCommand(
        program=cluster.program("pg_basebackup"),
        directory=place.directory,
        host=cluster.socket_directory or "localhost",
        port=cluster.port,
        user=plan.facts.user,
        version=cluster.version,
        label=label,
        compression=compression,
        checksums=plan.checksums,
        checkpoint=request.checkpoint,
        max_rate_kib=place.max_rate_kib(request.max_rate_kib),
        parent_manifest=parent_manifest,
        user_is_superuser=plan.facts.is_superuser,
        peer=required_peer(cluster),
    )


__all__ = ("backup_command",)
