# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One backup of ``pgpitr backup``, from the decision to what is told of it."""

from __future__ import annotations

import sys
from argparse import Namespace
from datetime import datetime, timezone

from .._core.backup.left_out import kept_lines, left_out_lines
from .._core.backup.request import BackupRequest
from .._core.catalogue.record import Backup
from .._core.catalogue.running_backup import RunningBackup, running_text
from .._core.postgres.cluster import Cluster
from .._core.wording import size_text
from .._io.host.runner import SystemRunner
from .._io.sql.server import Server
from .._operations.backup.base_backup import BaseBackup
from .._operations.backup.preflight import plan_backup
from .._operations.target.cluster_index import index_kept_up
from .configured_cluster import ConfiguredCluster
from .console.progress_line import clear_line, draw_line


def back_up(
    request: BackupRequest,
    *,
    server: Server,
    configured: ConfiguredCluster,
    cluster: Cluster,
    options: Namespace,
) -> int:
    """Decide, take a backup where one is due, and tell of it; 0. Raises what planning and taking one raise."""
    plan = plan_backup(
        request,
        cluster=cluster,
        server=server,
        repository=configured.repository,
        folder=configured.folder,
        config_directory=options.config_directory,
    )
    if not plan.steps:
        sys.stdout.write(f"nothing to do: {plan.decision.reason}\n")
        return 0
    sys.stdout.write(f"would {plan.steps[0]}\n" if options.dry_run else f"{plan.steps[0]}\n")
    if options.dry_run:
        return 0
    sys.stdout.flush()
    backup = BaseBackup(plan, cluster=cluster, server=server, folder=configured.folder, clock=_now, tell=_tell)
    with index_kept_up(configured.folder, cluster=cluster, runner=SystemRunner()):
        taken = backup.take()
    clear_line()
    if taken.decision != plan.decision:
        sys.stdout.write(f"took a {taken.decision.type} backup instead: {taken.decision.reason}\n")
    sys.stdout.write(_ended(taken.backup))
    for line in (*taken.warnings, *left_out_lines(taken.backup.left_out), *kept_lines(plan.kept)):
        sys.stdout.write(f"warning: {line}\n")
    return 0


def _tell(running: RunningBackup) -> None:
    draw_line(running_text(running))


def _ended(backup: Backup) -> str:
    seconds = (backup.stop_time - backup.start_time).total_seconds()
    return (
        f"{backup.label}: {size_text(backup.size_bytes)} in {seconds:.1f} s, "
        f"{size_text(backup.stored_bytes)} stored ({backup.compression}), every file verified\n"
    )


def _now() -> datetime:
    return datetime.now(timezone.utc)


__all__ = ("back_up",)
