# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``pgpitr backup``: take a base backup, by hand or from a timer."""

from __future__ import annotations

import sys
import threading
import time
from argparse import Namespace
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict
from functools import partial
from importlib import import_module

from .._core.backup.compression import COMPRESSIONS
from .._core.backup.request import (
    AUTO,
    BACKUP_TYPES,
    LIMIT_RANGES,
    REQUEST_RANGES,
    STANDBY_WAIT_SECONDS,
    BackupRequest,
    ChainLimits,
)
from .._core.backup.spool_limit import SPOOL_MAX_BYTES
from .._core.errors import Unavailable
from .._io.repository.backup_lock import check_unlocked
from .._io.repository.location import check_repository_place
from .._io.storage.port import Storage
from .command_parser import CommandParser
from .configured_cluster import ConfiguredCluster
from .standby import skips_standby

# When a new chain begins.
_LIMITS = {
    "full_every_days": "take a full backup once the chain's is so many days old; 0: no such limit",
    "max_incrementals": "take a full backup once the chain has so many incremental ones; 0: no such limit",
    "max_chain_percent": "take a full backup once the incremental ones are so large, in percent of the full one; 0: no"
    " such limit",
}


def new_parser() -> CommandParser:
    """The command's arguments."""
    parser = CommandParser(
        "backup",
        about="Every file is verified while it is stored, and a backup counts once the WAL that it needs is archived.",
        examples=(
            "--cluster db1",
            "--cluster db1 --dry-run",
            "--cluster db1 --type full --max-age-seconds 86400",
        ),
    )
    parser.add_cluster()
    parser.add_dry_run(help="check everything and tell which backup would be taken, and why; take none")
    parser.add_choice(
        "--type", choices=BACKUP_TYPES, default=AUTO, help="auto takes an incremental backup where that is possible"
    )
    _add_number(parser, "max_age_seconds", default=0, help="take no backup while the newest one is younger, in seconds")
    parser.add_value(
        "--compression",
        metavar="|".join(COMPRESSIONS),
        default=AUTO,
        help="auto takes the best that this host and the server can do (default: %(default)s)",
    )
    _add_limits(parser)
    parser.add_value(
        "--accept-faults",
        metavar="NAME,...",
        default="",
        help="extend a chain although PostgreSQL has these faults, by which it may restore wrong data",
    )
    _add_standby_options(parser)
    parser.add_number(
        "--wait-seconds",
        allowed=(0, None),
        default=0,
        help="how long to wait for another backup of this cluster to end",
    )
    return parser


def run(options: Namespace) -> int:
    """Take a backup unless there is one that is recent enough, or it is another's turn; 0. Everything else raises."""
    configured = ConfiguredCluster.read(options.cluster, config_directory=options.config_directory)
    if options.skip_standby and skips_standby(configured):
        return 0
    act = partial(_back_up, configured, options=options)
    return when_free(configured.folder.storage, act=act, wait_seconds=options.wait_seconds)


def backup_request(options: Namespace) -> BackupRequest:
    """What the options ask for."""
    return BackupRequest(
        type=options.type,
        max_age_seconds=options.max_age_seconds,
        compression=options.compression or AUTO,
        limits=ChainLimits(**{name: getattr(options, name) for name in _LIMITS}),
        allow_standby=options.allow_standby,
        standby_wait_seconds=options.standby_wait_seconds,
        accepted_faults=tuple(name for name in options.accept_faults.split(",") if name),
        spool_max_bytes=options.spool_max_bytes,
    )


def when_free(storage: Storage, *, act: Callable[[], int], wait_seconds: float) -> int:
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
        check_unlocked(storage, wait_seconds=deadline - time.monotonic())


def _back_up(configured: ConfiguredCluster, *, options: Namespace) -> int:
    # PostgreSQL's programs are asked about the cluster for as long as the rest takes to import.
    threading.Thread(target=import_module, args=(".backup_run", __package__), daemon=True).start()
    cluster = configured.discover()
    check_repository_place(configured.repository, cluster=cluster)
    with closing(configured.connect(cluster)) as server:
        from .backup_run import back_up

        request = backup_request(options)
        return back_up(request, server=server, configured=configured, cluster=cluster, options=options)


def _add_limits(parser: CommandParser) -> None:
    limits = asdict(ChainLimits())
    for name, text in _LIMITS.items():
        _add_number(parser, name, default=limits[name], help=text)
    _add_number(
        parser,
        "spool_max_bytes",
        default=SPOOL_MAX_BYTES,
        help="the most of it, in bytes, that lies on this host until it is sent or encrypted",
    )


def _add_standby_options(parser: CommandParser) -> None:
    on_standby = parser.add_mutually_exclusive_group()
    on_standby.add_argument("--allow-standby", action="store_true", help="take the backup of a standby as well")
    parser.add_skip_standby(on_standby)
    _add_number(
        parser,
        "standby_wait_seconds",
        default=STANDBY_WAIT_SECONDS,
        help="how long to wait until the primary has archived the WAL of a standby's backup",
    )


def _add_number(parser: CommandParser, name: str, *, default: int, help: str) -> None:  # noqa: A002 - argparse's word
    allowed = {**REQUEST_RANGES, **LIMIT_RANGES}[name]
    parser.add_number("--" + name.replace("_", "-"), allowed=allowed, default=default, help=help)


__all__ = ("backup_request", "new_parser", "run", "when_free")
