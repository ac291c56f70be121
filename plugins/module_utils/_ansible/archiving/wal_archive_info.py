# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action of the module wal_archive_info."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import closing
from datetime import datetime
from typing import Any

from ..._core.archiving.archiver_state import check_queue
from ..._core.errors import InvalidInput, Unavailable
from ..._core.instant import format_instant
from ..._core.postgres.cluster import Cluster
from ..._core.report.archiver_form import archiver_to_dict
from ..._core.report.archiver_text import archiver_attention, archiver_lines, archiving_line
from ..._core.repository.registration import check_not_foreign
from ..._core.wal.listing_ranges import gaps_in, stored_ranges
from ..._io.host.runner import SystemRunner
from ..._io.repository.cluster_folder import ClusterFolder
from ..._io.repository.repository import Repository
from ..._io.wal.wal_directory import read_wal_directory
from ..._operations.archiving.archiver import RepositoryState, archiver_state, written_before_stop, written_wal
from ..._operations.archiving.other_states import other_states
from ..._operations.archiving.status import ServerState, StoredState, server_state, stored_state
from ..cluster import resolve_cluster
from ..cluster_facts import cluster_facts
from ..entry import Outcome, Request
from ..psycopg2_server import connect
from ..repository import folder_of, repository_of

# A host whose data directory is lost is asked most urgently what its repository has.
_GONE = ("cluster-missing", "data-directory-invalid", "data-directory-missing")
# Of a repository that is away, unlike one that never was there, the cluster's host tells all the same.
_NOT_THERE = "repository-missing"
_OF_SERVER = ("archived_count", "failed_count", "last_archived_time", "last_failed_time", "settings", "archiving")


def wal_archive_info(request: Request) -> Outcome:
    """What the archiver does, what waits for it, and what the repository has. Works with the server down."""
    options = request.options
    check_queue(options["queue_max_bytes"])
    repository = repository_of(options)
    folder = folder_of(options, repository=repository)
    try:
        cluster = resolve_cluster(options, runner=SystemRunner())
    except InvalidInput as error:
        if error.code not in _GONE:
            raise
        return _without_cluster(options, repository=repository, folder=folder, reason=error.message)
    wal = read_wal_directory(cluster.data_directory, now_seconds=time.time())
    server = _ask(cluster, login_user=options["login_user"]) if cluster.running else None
    stored, unread = _stored(folder, repository=repository, cluster=cluster, check_files=options["check_files"])
    archiver = archiver_state(
        wal,
        server=server,
        written=written_wal(server, wal=wal)
        if server
        else written_before_stop(cluster, wal=wal, runner=SystemRunner()),
        repository=_state(repository, folder, stored, unread=unread, data_directory=cluster.data_directory),
        queue_max_bytes=options["queue_max_bytes"] or None,
    )
    lag = archiver.lag
    return Outcome(
        changed=False,
        values={
            "archiver": archiver_to_dict(archiver),
            "text": "\n".join(archiver_lines(archiver)) + "\n",
            "line": archiving_line(archiver),
            "attention": [*archiver_attention(archiver)],
            **_server_values(server),
            "lag": {"segments": lag.segments, "bytes": lag.size_bytes, "seconds": lag.seconds},
            **_repository_values(stored),
            "cluster": cluster_facts(cluster),
        },
    )


def _state(
    repository: Repository,
    folder: ClusterFolder,
    stored: StoredState | None,
    *,
    unread: str | None,
    data_directory: str,
) -> RepositoryState:
    wal = stored.wal if stored else None
    others = other_states(repository, name=folder.name, stored=wal, data_directory=data_directory)
    return RepositoryState(folder.path, wal, error=unread, others=others)


def _stored(
    folder: ClusterFolder, *, repository: Repository, cluster: Cluster, check_files: bool
) -> tuple[StoredState | None, str | None]:
    """What the repository has; without one that can be reached, why. Raises what is wrong with the options."""
    try:
        repository.check_readable()
        check_not_foreign(folder.identity(), cluster=cluster)
        return stored_state(folder, check_files=check_files), None
    except Unavailable as error:
        if error.code == _NOT_THERE:
            raise
        return None, " ".join(error.message.split())


def _without_cluster(
    options: Mapping[str, Any], *, repository: Repository, folder: ClusterFolder, reason: str
) -> Outcome:
    """What the repository has of a cluster that is not there."""
    repository.check_readable()
    stored = stored_state(folder, check_files=options["check_files"])
    return Outcome(
        changed=False,
        values={
            "archiver": None,
            "text": "  archiver  there is no cluster\n",
            "line": "there is no cluster",
            "attention": [f"the cluster is not there: {reason}"],
            **_server_values(None),
            "lag": dict.fromkeys(("segments", "bytes", "seconds")),
            **_repository_values(stored),
            "cluster": None,
        },
    )


def _ask(cluster: Cluster, *, login_user: str | None) -> ServerState:
    with closing(connect(cluster, login_user=login_user)) as server:
        return server_state(server, in_recovery=cluster.in_recovery)


def _server_values(server: ServerState | None) -> dict[str, Any]:
    if server is None:
        return dict.fromkeys(_OF_SERVER)
    return {
        "archived_count": server.stats.archived_count,
        "failed_count": server.stats.failed_count,
        "last_archived_time": _instant(server.stats.last_archived_time),
        "last_failed_time": _instant(server.stats.last_failed_time),
        "settings": dict(server.settings),
        "archiving": server.is_active,
    }


def _repository_values(stored: StoredState | None) -> dict[str, Any]:
    if stored is None:
        return dict.fromkeys(("stored", "gaps", "damaged_files"))
    damaged = stored.damaged
    return {
        "stored": [one.to_dict(stored.wal.size) for one in stored_ranges(stored.wal)],
        "gaps": [one.to_dict(stored.wal.size) for one in gaps_in(stored.wal)],
        "damaged_files": None
        if damaged is None
        else [{"name": each.name, "code": each.code, "msg": each.message} for each in damaged],
    }


def _instant(moment: datetime | None) -> str | None:
    return None if moment is None else format_instant(moment)


__all__ = ("wal_archive_info",)
