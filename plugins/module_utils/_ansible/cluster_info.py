# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action of the module cluster_info."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._core.backup.compression import server_compressions
from .._core.errors import PitrError
from .._core.postgres.cluster import Cluster
from .._core.postgres.settings import SERVER_COMPRESSION_SINCE
from .._core.restore.lost_cluster import LOST_CODES
from .._io.host.runner import Runner, SystemRunner
from .._io.postgres.build_features import built_in_compressions
from .._io.stream.compression import host_decompressors
from .cluster import named_clusters
from .cluster_facts import cluster_facts
from .entry import Outcome, Request
from .psycopg2_server import connect, has_psycopg2


def cluster_info(request: Request) -> Outcome:
    """Every cluster of the host, or the one that the options name."""
    options = request.options
    runner = SystemRunner()
    clusters, problems = _found(options, runner=runner)
    return Outcome(
        changed=False,
        values={
            "clusters": [
                _facts(cluster, login_user=options["login_user"], runner=runner)
                for cluster in clusters
                if options["data_directory"] or options["port"] in (None, cluster.port)
            ],
            "problems": list(problems),
            "interpreter": {"psycopg2": has_psycopg2()},
        },
    )


def _found(options: Mapping[str, Any], *, runner: Runner) -> tuple[tuple[Cluster, ...], tuple[str, ...]]:
    try:
        return named_clusters(options, runner=runner)
    except PitrError as error:
        if options["without_cluster"] and error.code in LOST_CODES:
            return (), (error.message,)
        raise


def _facts(cluster: Cluster, *, login_user: str | None, runner: Runner) -> dict[str, Any]:
    built_in = built_in_compressions(cluster.bin_directory, runner=runner)
    compressions = server_compressions(version=cluster.version, wal_compression_values=built_in)
    return {
        **cluster_facts(cluster),
        "timeline": _timeline(cluster, login_user=login_user),
        "compression": {
            "server": _ordered(compressions) if cluster.version >= SERVER_COMPRESSION_SINCE else [],
            "client": list(host_decompressors()),
        },
    }


def _ordered(compressions: frozenset[str]) -> list[str]:
    return [name for name in ("zstd", "lz4", "gzip") if name in compressions]


def _timeline(cluster: Cluster, *, login_user: str | None) -> int:
    """The timeline that a running primary writes on; pg_control's knows of a promotion only after a checkpoint."""
    if not cluster.running or cluster.in_recovery:
        return cluster.timeline
    try:
        server = connect(cluster, login_user=login_user)
        try:
            return server.timeline()
        finally:
            server.close()
    except PitrError:
        # Discovery does not need a login, and does not fail without one.
        return cluster.timeline


__all__ = ("cluster_info",)
