# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Looking at host and repository before a restore is planned; nothing is changed."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass, replace

from ..._core.catalogue.chain import Chain
from ..._core.catalogue.tar_names import is_in_tar
from ..._core.postgres.cluster import Cluster
from ..._core.restore.lost_cluster import CATALOGUE_VERSIONS
from ..._core.restore.request import FileSystemSpace, RestoreFacts, RestoreRequest
from ..._io.catalogue.records import incomplete_backups, read_records
from ..._io.catalogue.wal_inventory import read_wal_inventory
from ..._io.host.free_space import free_bytes
from ..._io.host.runner import Runner
from ..._io.postgres.configured_settings import configured_value, hot_standby_settings
from ..._io.postgres.control_data import read_control_data
from ..._io.repository.cluster_folder import ClusterFolder, backup_directory
from ..._io.wal.pg_wal import live_histories, live_segments
from ..extract.backup import read_manifest


@dataclass(frozen=True)
class Survey:
    """The facts, and where the segments lie that only the cluster itself has (paths by name)."""

    facts: RestoreFacts
    live: dict[str, str]


def survey(request: RestoreRequest, *, cluster: Cluster, folder: ClusterFolder, runner: Runner) -> Survey:
    """Everything that the plan depends on. Call it while acting as the cluster's user."""
    identity = folder.identity()
    records = read_records(folder)
    stored = folder.stored_wal()
    live = live_segments(
        cluster.wal_path,
        system_identifier=cluster.system_identifier,
        segment_size_bytes=cluster.segment_size.size_bytes,
    )
    known = read_wal_inventory(folder, stored)
    own = {name: path for name, path in live.items() if not stored.has(name)}
    histories = {**live_histories(cluster.wal_path), **known.wal.histories}
    catalogue_version, timeline = _versions(cluster, runner=runner)
    # Where the backup has the only configuration that is left, that one cannot be too low for the backup.
    is_told = not (cluster.is_lost and cluster.has_configuration_inside)
    places = [cluster.data_directory, *([cluster.wal_directory] if cluster.wal_directory else [])]
    facts = RestoreFacts(
        cluster=cluster,
        catalogue_version=catalogue_version,
        repository_identifiers=identity.system_identifiers,
        backups=records.backups,
        damaged=dict((*records.damaged, *known.damage.backups, *incomplete_backups(folder, records.backups))),
        wal=replace(known.wal, histories=histories).joined(own),
        damaged_histories=known.damaged_histories,
        live_only=frozenset(own),
        current_timeline=timeline,
        tablespaces=cluster.tablespaces,
        wal_directory=cluster.wal_directory,
        settings=hot_standby_settings(cluster, runner=runner) if is_told else {},
        hot_standby=not is_told or configured_value(cluster, "hot_standby", runner=runner) == "on",
        rooms={},
        mount_points=frozenset(path for path in places if os.path.ismount(path)),
        occupied_ports=_occupied(request, cluster),
        not_empty=_not_empty(request),
        missing=frozenset(path for path in places if not os.path.lexists(path)),
    )
    return Survey(facts, own)


def _versions(cluster: Cluster, *, runner: Runner) -> tuple[int, int]:
    """The catalogue's version and the present timeline."""
    if cluster.is_lost:
        return CATALOGUE_VERSIONS.get(cluster.version, 0), cluster.timeline
    control = read_control_data(cluster.data_directory, bin_directory=cluster.bin_directory, runner=runner)
    return control.catalog_version, control.timeline


def with_space(facts: RestoreFacts, *, folder: ClusterFolder, chain: Chain, places: list[str]) -> RestoreFacts:
    """The facts with the free space of each place, and the size of each tablespace in all links of the chain."""
    return replace(
        facts,
        rooms={place: _room(place) for place in places},
        tablespace_bytes=_tablespace_bytes(folder, chain) if chain.backup.tablespaces else {},
    )


def _tablespace_bytes(folder: ClusterFolder, chain: Chain) -> dict[int, int]:
    manifests = [read_manifest(backup_directory(folder, link.label)) for link in chain.links]
    return {
        oid: sum(
            file.size_bytes
            for manifest in manifests
            for path, file in manifest.files.items()
            if is_in_tar(path, stem=str(oid))
        )
        for oid in chain.backup.tablespaces
    }


def _room(path: str) -> FileSystemSpace:
    while not os.path.isdir(path):
        path = os.path.dirname(path)
    return FileSystemSpace(path, os.stat(path).st_dev, free_bytes(path))


def _occupied(request: RestoreRequest, cluster: Cluster) -> frozenset[int]:
    if request.port is None:
        return frozenset()
    return frozenset({request.port} if _answers(request.port, directory=cluster.socket_directory) else ())


def _answers(port: int, *, directory: str) -> bool:
    try:
        socket.create_connection(("localhost", port), timeout=2).close()
    except OSError:
        return bool(directory) and os.path.exists(f"{directory}/.s.PGSQL.{port}.lock")
    return True


def _not_empty(request: RestoreRequest) -> frozenset[str]:
    path = request.directory
    if path is None or not os.path.lexists(path):
        return frozenset()
    return frozenset() if os.path.isdir(path) and not os.listdir(path) else frozenset({path})


__all__ = ("Survey", "survey", "with_space")
