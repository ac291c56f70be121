# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action of the module wal_archive_info."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from .._core.archiving.archiver_stats import ReadyFiles
from .._core.archiving.wanted_settings import archiving_is_active
from .._core.errors import Damaged, InvalidInput, Missing, Refused
from .._core.instant import format_instant
from .._core.postgres.cluster import Cluster
from .._core.report.catalogue_text import archiver_lines
from .._core.report.serialization import archiver_to_dict
from .._core.report.summary import archiving_attention, archiving_line
from .._core.repository.registration import check_not_foreign
from .._core.wal.file_name import SEGMENT, wal_file_kind
from .._core.wal.interval_set import IntervalSet
from .._core.wal.listing import StoredWal
from .._core.wal.listing_ranges import gaps_in, stored_ranges
from .._core.wal.segment import Segment
from .._io.host.effective_user import acting_as
from .._io.host.runner import SystemRunner
from .._io.postgres.server import Server
from .._io.repository.cluster_folder import ClusterFolder
from .._io.repository.repository import Repository
from .._io.wal.archive_status import read_ready_files
from .cluster import resolve_cluster
from .cluster_facts import cluster_facts
from .entry import Outcome, Request
from .psycopg2_server import connect
from .repository import acting_as_owner, folder_of, repository_of


def wal_archive_info(request: Request) -> Outcome:
    """What the archiver does, what waits for it, and what the repository has. Works with the server down."""
    options = request.options
    repository = repository_of(options)
    folder = folder_of(options, repository=repository)
    try:
        cluster = resolve_cluster(options, runner=SystemRunner())
    except InvalidInput as error:
        if error.code not in _GONE:
            raise
        return _without_cluster(options, repository=repository, folder=folder, reason=error.message)
    with acting_as(cluster.os_user):
        repository.check_readable()
        check_not_foreign(folder.identity(), cluster=cluster)
        ready = read_ready_files(cluster.data_directory, now_seconds=time.time())
        server = _ask_server(options, cluster=cluster) if cluster.running else dict(_SERVER_DOWN)
        listed = folder.stored_wal()
        damaged = _damaged(folder) if options["check_files"] else None
    stats = server.pop("stats")
    archiver = archiver_to_dict(stats, ready=ready)
    lag = _lag(server["insert_segment"], ready=ready, stored=listed, server=server)
    return Outcome(
        changed=False,
        values={
            "archiver": archiver,
            "text": "\n".join(archiver_lines(archiver)) + "\n",
            "line": archiving_line(archiver, lag_bytes=lag["bytes"]),
            "attention": archiving_attention(archiver, is_active=server["archiving"]),
            "archived_count": stats.archived_count if stats else None,
            "failed_count": stats.failed_count if stats else None,
            "last_archived_time": _instant(stats.last_archived_time if stats else None),
            "last_failed_time": _instant(stats.last_failed_time if stats else None),
            "settings": server["settings"],
            "archiving": server["archiving"],
            "lag": lag,
            **_repository_values(listed, damaged=damaged),
            "cluster": cluster_facts(cluster),
        },
    )


# A host whose data directory is lost is asked most urgently what its repository has.
_GONE = ("cluster-missing", "data-directory-invalid", "data-directory-missing")
_SETTINGS = ("archive_mode", "archive_command", "archive_timeout", "wal_level", "summarize_wal")
_SERVER_DOWN: Mapping[str, Any] = {
    "stats": None,
    "settings": None,
    "archiving": None,
    "insert_segment": None,
    "insert_lsn": None,
}


def _without_cluster(
    options: Mapping[str, Any], *, repository: Repository, folder: ClusterFolder, reason: str
) -> Outcome:
    """What the repository has of a cluster that is not there."""
    with acting_as_owner(repository):
        repository.check_readable()
        listed = folder.stored_wal()
        damaged = _damaged(folder) if options["check_files"] else None
    of_server = ("archived_count", "failed_count", "last_archived_time", "last_failed_time", "settings", "archiving")
    return Outcome(
        changed=False,
        values={
            "archiver": None,
            "text": "  archiver  there is no cluster\n",
            "line": "there is no cluster",
            "attention": [f"the cluster is not there: {reason}"],
            **dict.fromkeys(of_server),
            "lag": dict.fromkeys(("segments", "bytes", "seconds")),
            **_repository_values(listed, damaged=damaged),
            "cluster": None,
        },
    )


def _repository_values(listed: StoredWal, *, damaged: list[dict[str, str]] | None) -> dict[str, Any]:
    return {
        "stored": [one.to_dict(listed.size) for one in stored_ranges(listed)],
        "gaps": [one.to_dict(listed.size) for one in gaps_in(listed)],
        "damaged_files": damaged,
    }


def _ask_server(options: Mapping[str, Any], *, cluster: Cluster) -> dict[str, Any]:
    server = connect(cluster, login_user=options["login_user"])
    try:
        in_force = server.settings()
        lsn = None if cluster.in_recovery else server.insert_lsn()
        return {
            "stats": server.archiver_stats(),
            "settings": {name: in_force[name].value for name in _SETTINGS if name in in_force},
            "archiving": archiving_is_active(in_force),
            "insert_lsn": lsn,
            "insert_segment": _current_segment(server, cluster=cluster) if lsn else None,
        }
    finally:
        server.close()


def _current_segment(server: Server, *, cluster: Cluster) -> Segment:
    return Segment.containing(server.insert_lsn(), timeline=server.timeline(), size=cluster.segment_size)


def _lag(current: Segment | None, *, ready: ReadyFiles, stored: StoredWal, server: Mapping[str, Any]) -> dict[str, Any]:
    """How far the repository is behind: finished segments that wait, bytes of WAL that only this host has, seconds."""
    waiting = sum(1 for name in ready.names if wal_file_kind(name) == SEGMENT)
    lag: dict[str, Any] = {"segments": waiting, "bytes": None, "seconds": round(ready.oldest_seconds, 1)}
    if current is not None:
        last = stored.intervals.get(current.timeline, IntervalSet()).last
        if last is not None:
            lag["bytes"] = max(0, server["insert_lsn"] - stored.size.start_of(last + 1))
    return lag


def _damaged(folder: ClusterFolder) -> list[dict[str, str]]:
    """Read every stored file as a recovery would; those that cannot be used, and why."""
    found = []
    with tempfile.TemporaryDirectory(prefix="pgpitr-") as scratch:
        for name in folder.wal_names():
            target = f"{scratch}/{name}"
            try:
                folder.fetch_wal(name, target)
            except (Damaged, Missing, Refused) as error:
                found.append({"name": name, "code": error.code, "msg": error.message})
            if os.path.exists(target):
                os.unlink(target)
    return found


def _instant(moment: datetime | None) -> str | None:
    return None if moment is None else format_instant(moment)


__all__ = ("wal_archive_info",)
