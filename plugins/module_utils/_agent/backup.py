# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``pgpitr backup``: take a base backup, by hand or from a timer."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import asdict
from datetime import datetime, timezone
from functools import partial

from .._core.backup.plan import STANDBY_WAIT_SECONDS, BackupRequest
from .._core.backup.type_decision import AUTO, BACKUP_TYPES, ChainLimits
from .._core.catalogue.record import Backup
from .._core.catalogue.running_backup import RunningBackup
from .._core.errors import Unavailable
from .._core.postgres.cluster import Cluster
from .._core.wording import size_text
from .._io.postgres.server import Server
from .._io.repository.backup_lock import check_unlocked
from .._io.repository.location import check_location
from .._operations.backup.base_backup import BaseBackup
from .._operations.backup.preflight import plan_backup
from .command_line import cluster_and_names, take_flag, take_number, take_option, usage_error
from .configured_cluster import ConfiguredCluster
from .standby import SKIP_STANDBY, skips_standby

_ALLOW_STANDBY = "--allow-standby"


def run(arguments: Sequence[str], *, config_directory: str) -> int:
    """Take a backup unless there is one that is recent enough, or it is another's turn; 0. Everything else raises."""
    skip, rest = take_flag(arguments, name=SKIP_STANDBY)
    wait_seconds, rest = take_number(rest, name="--wait-seconds")
    request, rest = take_request(rest)
    name, _unused = cluster_and_names(rest, names=())
    if skip and request.allow_standby:
        raise usage_error(f"{SKIP_STANDBY} and {_ALLOW_STANDBY} exclude each other")
    configured = ConfiguredCluster.read(name, config_directory=config_directory)
    with configured.acting():
        if skip and skips_standby(configured):
            return 0
        act = partial(_back_up, configured, request=request, config_directory=config_directory)
        return when_free(configured.folder.backups_directory, act=act, wait_seconds=wait_seconds or 0)


def when_free(backups_directory: str, *, act: Callable[[], int], wait_seconds: float) -> int:
    """The result of ``act``, which is called again once a backup that it met has ended: what it decides is new then.

    Raises Unavailable (``backup-running``, ``expire-running``) after ``wait_seconds``.
    """
    deadline = time.monotonic() + wait_seconds
    while True:
        try:
            return act()
        except Unavailable as error:
            if error.code != "backup-running" or time.monotonic() >= deadline:
                raise
            sys.stdout.write(f"waiting: {error.message}\n")
            sys.stdout.flush()
        check_unlocked(backups_directory, wait_seconds=deadline - time.monotonic())


def take_request(arguments: Sequence[str]) -> tuple[BackupRequest, list[str]]:
    """What the options ask for, and the arguments that are left. Raises InvalidInput (``usage``)."""
    backup_type, rest = take_option(arguments, name="--type")
    max_age_seconds, rest = take_number(rest, name="--max-age-seconds")
    compression, rest = take_option(rest, name="--compression")
    limits, rest = _limits(rest)
    standby_wait_seconds, rest = take_number(rest, name="--standby-wait-seconds")
    allow_standby, rest = take_flag(rest, name=_ALLOW_STANDBY)
    return BackupRequest(
        type=_known_type(backup_type or AUTO),
        max_age_seconds=max_age_seconds or 0,
        compression=compression or AUTO,
        limits=limits,
        allow_standby=allow_standby,
        standby_wait_seconds=STANDBY_WAIT_SECONDS if standby_wait_seconds is None else standby_wait_seconds,
    ), rest


def _back_up(configured: ConfiguredCluster, *, request: BackupRequest, config_directory: str) -> int:
    cluster = configured.discover()
    directories = [cluster.data_directory, *([cluster.wal_directory] if cluster.wal_directory else [])]
    check_location(configured.repository.path, data_directories=directories, tablespaces=cluster.tablespaces.values())
    with closing(configured.connect(cluster)) as server:
        return _back_up_from(
            server, configured=configured, cluster=cluster, request=request, config_directory=config_directory
        )


def _back_up_from(
    server: Server, *, configured: ConfiguredCluster, cluster: Cluster, request: BackupRequest, config_directory: str
) -> int:
    plan = plan_backup(
        request,
        cluster=cluster,
        server=server,
        repository=configured.repository,
        folder=configured.folder,
        config_directory=config_directory,
    )
    if not plan.steps:
        sys.stdout.write(f"nothing to do: {plan.decision.reason}\n")
        return 0
    sys.stdout.write(f"{plan.steps[0]}\n")
    sys.stdout.flush()
    taken = BaseBackup(plan, cluster=cluster, server=server, folder=configured.folder, clock=_now, tell=_tell).take()
    if taken.decision != plan.decision:
        sys.stdout.write(f"took a {taken.decision.type} backup instead: {taken.decision.reason}\n")
    sys.stdout.write(_ended(taken.backup))
    return 0


def _tell(running: RunningBackup) -> None:
    """Draw the progress on a terminal, on one line."""
    if sys.stderr.isatty():
        stored = size_text(running.stored_bytes)
        sys.stderr.write(f"\r\033[K{running.label}: {running.phase}, {running.percent} %, {stored} stored\r")
        sys.stderr.flush()


def _ended(backup: Backup) -> str:
    seconds = (backup.stop_time - backup.start_time).total_seconds()
    clear = "\r\033[K" if sys.stdout.isatty() else ""
    return (
        f"{clear}{backup.label}: {size_text(backup.size_bytes)} in {seconds:.1f} s, "
        f"{size_text(backup.stored_bytes)} stored ({backup.compression}), every file verified\n"
    )


def _known_type(text: str) -> str:
    if text not in BACKUP_TYPES:
        raise usage_error(f"--type '{text}' is not one of {', '.join(BACKUP_TYPES)}")
    return text


def _limits(arguments: Sequence[str]) -> tuple[ChainLimits, list[str]]:
    """When a new chain begins, and the arguments that are left."""
    values, rest = asdict(ChainLimits()), list(arguments)
    for key in values:
        number, rest = take_number(rest, name="--" + key.replace("_", "-"))
        if number is not None:
            values[key] = number
    return ChainLimits(**values), rest


def _now() -> datetime:
    return datetime.now(timezone.utc)


__all__ = ("run", "take_request", "when_free")
