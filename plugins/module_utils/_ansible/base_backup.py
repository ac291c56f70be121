# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action of the module base_backup: follow one that is being taken, or look, plan, take."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timezone
from functools import partial
from typing import Any

from .._core.backup.left_out import kept_lines, left_out_lines
from .._core.backup.plan import BackupPlan
from .._core.backup.request import BackupRequest, ChainLimits
from .._core.backup.type_decision import is_as_wanted
from .._core.catalogue.record import Backup
from .._core.catalogue.running_backup import RunningBackup
from .._core.errors import Failed
from .._core.postgres.cluster import Cluster
from .._core.report.serialization import backup_to_dict
from .._core.wording import size_text
from .._io.catalogue.records import read_records
from .._io.host.listener import go_on_alone
from .._io.host.runner import SystemRunner
from .._io.repository.cluster_folder import ClusterFolder
from .._io.repository.location import check_repository_place
from .._io.sql.server import Server
from .._operations.backup.base_backup import BaseBackup
from .._operations.backup.preflight import check_folder, plan_backup
from .._operations.backup.running_wait import follow_running
from .._operations.target.cluster_index import index_kept_up
from .cluster import resolve_cluster
from .entry import Job, Outcome, Request
from .psycopg2_server import connect
from .repository import folder_of, repository_of
from .steps_diff import steps_diff


def base_backup(request: Request) -> Outcome:
    """Take a base backup of a cluster into its repository, unless there is a recent one."""
    started = time.monotonic()
    repository = repository_of(request.options)
    folder = folder_of(request.options, repository=repository)
    cluster = resolve_cluster(request.options)
    check_repository_place(repository, cluster=cluster)
    label = None if request.check_mode else _follow(request, folder, cluster=cluster)
    server = connect(cluster, login_user=request.options["login_user"])
    try:
        followed = _followed(label, options=request.options, folder=folder, server=server) if label else None
        if followed is not None:
            return _told(followed, seconds=time.monotonic() - started)
        plan = plan_backup(
            request_of(request.options),
            cluster=cluster,
            server=server,
            repository=repository,
            folder=folder,
            config_directory=request.options["config_directory"],
        )
        decision, backup = plan.decision, plan.decision.recent
        warnings: tuple[str, ...] = ()
        if plan.steps and not request.check_mode:
            run = BaseBackup(
                plan, cluster=cluster, server=server, folder=folder, clock=_now, tell=partial(_log, request)
            )
            # A backup that was begun is worth its end, whatever becomes of the connection.
            go_on_alone()
            with index_kept_up(folder, cluster=cluster, runner=SystemRunner()):
                taken = run.take()
            decision, backup, warnings = taken.decision, taken.backup, taken.warnings
    finally:
        server.close()
    done = replace(plan, decision=decision)
    return _outcome(done, backup=backup, seconds=time.monotonic() - started, warnings=warnings)


def _follow(request: Request, folder: ClusterFolder, *, cluster: Cluster) -> str | None:
    """The label of what somebody else was taking, such as a run whose connection was cut.

    Raises Unavailable (``backup-running``), and Refused as :func:`check_folder` does.
    """
    check_folder(folder, cluster=cluster)
    return follow_running(folder.storage, seconds=request.options["timeout_seconds"], tell=partial(_log, request))


def _followed(label: str, *, options: Mapping[str, Any], folder: ClusterFolder, server: Server) -> Backup | None:
    """The backup with this label, if it counts and is one as it is asked for."""
    for taken in read_records(folder).backups:
        if taken.label == label and is_as_wanted(taken, wanted=options["type"], timeline=server.timeline()):
            return taken
    return None


def _told(backup: Backup, *, seconds: float) -> Outcome:
    values = {
        "taken": True,
        **_values_of(backup),
        "type": backup.type,
        "parent": backup.parent,
        "reason": "another run was taking it, which this one has followed",
        "seconds": round(seconds, 3),
    }
    values["line"] = f"took {backup.label} ({_sizes(backup)}, every file verified): {values['reason']}"
    return Outcome(True, values, warnings=left_out_lines(backup.left_out))


def _log(request: Request, running: RunningBackup) -> None:
    request.log(progress_line(running))


def _now() -> datetime:
    return datetime.now(timezone.utc)


def _killed(_request: Request) -> None:
    """Nothing is left to be ended: what there is of the backup is none, and the next one removes it."""
    raise Failed(
        "a process of this backup was killed",
        code="job-killed",
        hint="The backup is not kept. See in the system's log what killed it (out of memory?), and take it again.",
    )


BACKUP_JOB = Job(is_wanted=lambda _options: True, see_through=_killed)


def request_of(options: Mapping[str, Any]) -> BackupRequest:
    """What the module's options ask for."""
    return BackupRequest(
        type=options["type"],
        max_age_seconds=options["max_age_seconds"],
        compression=options["compression"],
        checkpoint=options["checkpoint"],
        timeout_seconds=options["timeout_seconds"],
        max_rate_kib=options["max_rate_kib"],
        limits=ChainLimits(
            full_every_days=options["full_every_days"],
            max_incrementals=options["max_incrementals"],
            max_chain_percent=options["max_chain_percent"],
        ),
        allow_standby=options["allow_standby"],
        standby_wait_seconds=options["standby_wait_seconds"],
        accepted_faults=tuple(options["accepted_faults"]),
        spool_max_bytes=options["spool_max_bytes"],
    )


def progress_line(running: RunningBackup) -> str:
    """The progress of a backup, for the system log."""
    return f"base backup {running.label}: {running.phase}, {running.percent} %, {running.stored_bytes} bytes stored"


def result_line(plan: BackupPlan, *, backup: Backup | None) -> str:
    """What was done, or would be done, in one line."""
    if plan.decision.recent is not None:
        return f"no backup is needed: {plan.decision.reason}"
    if backup is None:
        return f"would {plan.steps[0]}"
    return f"took {backup.label} ({_sizes(backup)}, every file verified): {plan.decision.reason}"


def _sizes(backup: Backup) -> str:
    return f"{size_text(backup.size_bytes)}, {size_text(backup.stored_bytes)} stored"


def _values_of(backup: Backup | None) -> dict[str, Any]:
    """The return values that are the backup's own."""
    return {
        "backup": None if backup is None else backup_to_dict(backup, is_usable=True),
        "bytes": backup.size_bytes if backup else 0,
        "stored_bytes": backup.stored_bytes if backup else 0,
        "left_out": list(backup.left_out) if backup else [],
    }


def _outcome(plan: BackupPlan, *, backup: Backup | None, seconds: float, warnings: tuple[str, ...]) -> Outcome:
    left_out = backup.left_out if backup else plan.left_out
    changed = bool(plan.steps)
    values = {
        "taken": changed and backup is not None,
        **_values_of(backup),
        "type": plan.decision.type,
        "parent": plan.decision.parent.label if plan.decision.parent else None,
        "reason": plan.decision.reason,
        "seconds": round(seconds, 3),
        "left_out": list(left_out),
        "line": result_line(plan, backup=backup),
    }
    said = (*warnings, *left_out_lines(left_out), *kept_lines(plan.kept))
    return Outcome(changed, values, diff=steps_diff(plan.steps), warnings=said)


__all__ = ("BACKUP_JOB", "base_backup", "progress_line", "request_of")
