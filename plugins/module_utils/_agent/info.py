# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``pgpitr info``: what can be recovered and what waits to be archived, as text, as JSON and as metrics."""

from __future__ import annotations

import gc
import json
import sys
import time
from argparse import Namespace
from collections.abc import Sequence
from contextlib import closing
from datetime import datetime, timezone

from .._core.archiving.archive_lag import WrittenWal
from .._core.archiving.archiver_state import SERVER_DOWN, ArchiverState
from .._core.archiving.other_repository import OtherRepository
from .._core.archiving.wal_directory import WalDirectory
from .._core.errors import PitrError
from .._core.exit_codes import ExitCode
from .._core.report.catalogue_text import info_text, unread_cluster_text
from .._core.report.cluster_summary import ClusterSummary
from .._core.report.metrics import WatchedCluster, metrics_text
from .._core.report.serialization import cluster_to_dict
from .._core.wal.listing import StoredWal
from .._io.host.agent_config import configured_clusters
from .._io.repository.cluster_folder import ClusterFolder
from .._io.wal.wal_directory import read_wal_directory
from .._operations.archiving.archiver import RepositoryState, archiver_state, written_before_stop, written_wal
from .._operations.archiving.other_states import other_states
from .._operations.archiving.status import ServerState, server_state
from .._operations.report.cluster_report import summarize_cluster
from .command_parser import CommandParser
from .configured_cluster import ConfiguredCluster
from .console.messages import complain


def new_parser() -> CommandParser:
    """The command's arguments."""
    parser = CommandParser(
        "info",
        about="Backups, the windows of recoverable moments, gaps, pins, and what waits to be archived. Works with the"
        " server down.",
        failed="a cluster could not be read; what is known of the others is printed",
        examples=("", "--cluster db1", "--json", "--metrics"),
    )
    parser.add_cluster(required=False, help="this cluster only (default: every cluster that is configured here)")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print JSON, in the form of report.json")
    form.add_argument("--metrics", action="store_true", help="print metrics, in the text format of Prometheus")
    return parser


def run(options: Namespace) -> int:
    """Print the catalogue of one cluster, or of every configured one; 0. Works with the server down.

    One that can't be read is named on standard error, and as text with what is known of its archiving; the others are
    printed, and the result is 1.
    """
    # Nothing here makes circles, and looking for them among the objects of thousands of backups takes time.
    gc.disable()
    names = (options.cluster,) if options.cluster else configured_clusters(options.config_directory)
    found = [_look_at(name, config_directory=options.config_directory) for name in names]
    sys.stdout.write(_text(found, options=options))
    errors = [(each.name, error) for each, error in found if error]
    for name, error in errors:
        complain(error, about="" if options.cluster else name)
    return ExitCode.FAILED if errors else ExitCode.OK


def _text(found: Sequence[tuple[WatchedCluster, PitrError | OSError | None]], *, options: Namespace) -> str:
    """What is printed."""
    clusters = [each for each, _error in found]
    read = [each.summary for each in clusters if each.summary]
    if options.metrics:
        return metrics_text(clusters)
    if options.json:
        return json.dumps([cluster_to_dict(each) for each in read], indent=2) + "\n"
    if not clusters:
        return f"No cluster is configured in '{options.config_directory}'.\n"
    unread = [unread_cluster_text(each.name, archiver=each.archiver) for each in clusters if _is_away(each)]
    return "\n".join(text for text in (info_text(read) if read else "", *unread) if text)


def _is_away(cluster: WatchedCluster) -> bool:
    """Whether the host knows something of a cluster whose repository could not be read."""
    return cluster.summary is None and cluster.archiver is not None


def _look_at(name: str, *, config_directory: str) -> tuple[WatchedCluster, PitrError | OSError | None]:
    """The cluster, and why its repository could not be read: that is when people ask why WAL waits."""
    try:
        configured = ConfiguredCluster.read(name, config_directory=config_directory)
        folder = configured.folder
    except (PitrError, OSError) as error:
        return WatchedCluster(name, None, None), error
    try:
        summary = _summarize(configured, folder=folder)
        return WatchedCluster(name, summary, summary.archiver), None
    except (PitrError, OSError) as error:
        reason = error.message if isinstance(error, PitrError) else str(error)
        others = _others(configured, None)
        away = RepositoryState(folder.path, None, error=" ".join(reason.split()), others=others)
        return WatchedCluster(name, None, _archiver(configured, repository=away)), error


def _summarize(configured: ConfiguredCluster, *, folder: ClusterFolder) -> ClusterSummary:
    configured.repository.check_readable()
    return summarize_cluster(
        folder,
        runner=configured.runner,
        now=datetime.now(timezone.utc),
        bin_directory=configured.config["bin_directory"] or None,
        archiver=lambda stored: _archiver(
            configured, repository=RepositoryState(folder.path, stored, others=_others(configured, stored))
        ),
    )


def _others(configured: ConfiguredCluster, stored: StoredWal | None) -> tuple[OtherRepository, ...]:
    directory = configured.config["data_directory"] or None
    return other_states(configured.repository, name=configured.name, stored=stored, data_directory=directory)


def _archiver(configured: ConfiguredCluster, *, repository: RepositoryState) -> ArchiverState | None:
    """The state of archiving; ``None`` where the data directory can't be read."""
    try:
        wal = read_wal_directory(configured.config["data_directory"], now_seconds=time.time())
    except OSError:
        return None
    server, written, why = _ask(configured, wal=wal)
    return archiver_state(
        wal,
        server=server,
        written=written,
        repository=repository,
        server_error=why,
        queue_max_bytes=int(configured.config["queue_max_bytes"] or 0) or None,
    )


def _ask(configured: ConfiguredCluster, *, wal: WalDirectory) -> tuple[ServerState | None, WrittenWal | None, str]:
    """What the server says, where its WAL ends, and why it could not be asked: a catalogue is wanted most then."""
    try:
        cluster = configured.discover()
        if not cluster.running:
            return None, written_before_stop(cluster, wal=wal, runner=configured.runner), SERVER_DOWN
        with closing(configured.connect(cluster)) as connection:
            server = server_state(connection, in_recovery=cluster.in_recovery)
        return server, written_wal(server, wal=wal), ""
    except PitrError as error:
        return None, None, " ".join(error.message.split())


__all__ = ("new_parser", "run")
