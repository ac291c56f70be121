# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``pgpitr info``: what can be recovered, as text and as JSON."""

from __future__ import annotations

import gc
import json
import sys
import time
from argparse import Namespace
from contextlib import closing
from datetime import datetime, timezone

from .._core.archiving.archiver_state import ArchiverState
from .._core.errors import PitrError
from .._core.exit_codes import ExitCode
from .._core.report.catalogue_text import info_text
from .._core.report.cluster_summary import ClusterSummary
from .._core.report.serialization import cluster_to_dict
from .._io.host.agent_config import configured_clusters
from .._io.sql.held_wal import held_wal
from .._io.wal.archive_status import read_ready_files
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
        examples=("", "--cluster db1", "--json"),
    )
    parser.add_cluster(required=False, help="this cluster only (default: every cluster that is configured here)")
    parser.add_argument("--json", action="store_true", help="print JSON, in the form of report.json")
    return parser


def run(options: Namespace) -> int:
    """Print the catalogue of one cluster, or of every configured one; 0. Works with the server down.

    Of several, one that can't be read is named on standard error, the others are printed, and the result is 1.
    """
    # Nothing here makes circles, and looking for them among the objects of thousands of backups takes time.
    gc.disable()
    if options.cluster:
        clusters, failed = [_summarize(options.cluster, config_directory=options.config_directory)], False
    else:
        clusters, failed = _summarize_all(options.config_directory)
    if options.json:
        sys.stdout.write(json.dumps([cluster_to_dict(each) for each in clusters], indent=2) + "\n")
    elif clusters:
        sys.stdout.write(info_text(clusters))
    elif not failed:
        sys.stdout.write(f"No cluster is configured in '{options.config_directory}'.\n")
    return ExitCode.FAILED if failed else ExitCode.OK


def _summarize_all(config_directory: str) -> tuple[list[ClusterSummary], bool]:
    """Every configured cluster that can be read, and whether another can't."""
    clusters, failed = [], False
    for name in configured_clusters(config_directory):
        try:
            clusters.append(_summarize(name, config_directory=config_directory))
        except (PitrError, OSError) as error:
            complain(error, about=name)
            failed = True
    return clusters, failed


def _summarize(name: str, *, config_directory: str) -> ClusterSummary:
    configured = ConfiguredCluster.read(name, config_directory=config_directory)
    configured.repository.check_readable()
    return summarize_cluster(
        configured.folder,
        runner=configured.runner,
        now=datetime.now(timezone.utc),
        bin_directory=configured.config["bin_directory"] or None,
        archiver=_archiver(configured),
    )


def _archiver(configured: ConfiguredCluster) -> ArchiverState | None:
    """What waits to be archived, and what the server says of it; ``None`` where the data directory can't be read."""
    data_directory = configured.config["data_directory"]
    try:
        ready = read_ready_files(data_directory, now_seconds=time.time())
    except OSError:
        return None
    try:
        cluster = configured.discover()
        if not cluster.running:
            # The catalogue is wanted most when the server is down.
            return ArchiverState.of(None, ready=ready)
        with closing(configured.connect(cluster)) as server:
            return ArchiverState.of(server.archiver_stats(), ready=ready, held_wal=held_wal(server))
    except PitrError as error:
        return ArchiverState.of(None, ready=ready, server_error=" ".join(error.message.split()))


__all__ = ("new_parser", "run")
