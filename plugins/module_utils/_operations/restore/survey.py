# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads what a plan depends on from host and repository; nothing is changed."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass, replace

from ..._core.catalogue.chain import Chain
from ..._core.catalogue.tar_names import tablespace_of
from ..._core.postgres.cluster import Cluster
from ..._core.postgres.postmaster_options import command_line_settings
from ..._core.postgres.settings import HOT_STANDBY_SETTINGS
from ..._core.restore.disk_space import DiskFacts, FileSystemSpace
from ..._core.restore.lost_cluster import CATALOGUE_VERSIONS
from ..._core.restore.placement import Placement
from ..._core.restore.request import RestoreFacts, RestoreRequest
from ..._core.wal.listing import StoredWal
from ..._core.wal.timeline import TimelineHistory
from ..._io.catalogue.records import incomplete_backups
from ..._io.host.free_space import free_bytes
from ..._io.host.mounts import mount_points
from ..._io.host.runner import Runner
from ..._io.postgres.configured_settings import configured_value, hot_standby_settings
from ..._io.postgres.control_data import read_control_data
from ..._io.wal.pg_wal import live_histories, live_segments
from ..absent.repository_snapshot import RepositorySnapshot
from ..extract.manifests import Manifests
from .configuration.server_settings import accepted_settings, deciding_settings
from .wal.received_wal import ReceivedWal, received_wal


@dataclass(frozen=True)
class Survey:
    """The facts, and where the segments lie that only the cluster itself has (paths by name)."""

    facts: RestoreFacts
    live: dict[str, str]


def survey(
    request: RestoreRequest,
    *,
    cluster: Cluster,
    snapshot: RepositorySnapshot,
    runner: Runner,
    planned: Cluster | None = None,
) -> Survey:
    """Everything that the plan depends on, as the cluster's user sees it; ``planned`` has the configuration to come."""
    received = received_wal(request.received_directory, cluster=cluster)
    identity, records, known = snapshot.identity, snapshot.records, snapshot.inventory
    own, mounts = _unstored(cluster, received, snapshot.stored_wal), mount_points()
    catalogue_version, timeline = _versions(cluster, received, runner=runner)
    is_told = bool(planned) or not _has_only_backup(cluster)
    # Nobody gives a copy the options of its source.
    started = planned or (cluster if request.in_place else replace(cluster, start_options=()))
    given = accepted_settings(cluster, request.settings, runner=runner)
    facts = RestoreFacts(
        cluster=cluster,
        catalogue_version=catalogue_version,
        repository_identifiers=identity.system_identifiers,
        backups=records.backups,
        damaged=dict((*records.damaged, *known.damage.backups, *incomplete_backups(snapshot.folder, records.backups))),
        wal=replace(known.wal, histories=_histories(cluster, received, known.wal.histories)).joined(own),
        damaged_histories=known.damaged_histories,
        live_only=frozenset(own),
        current_timeline=timeline,
        tablespaces=cluster.tablespaces,
        wal_directory=cluster.wal_directory,
        settings={**(hot_standby_settings(started, runner=runner) if is_told else {}), **_numbers(given)},
        hot_standby=_hot_standby(started, given, is_told=is_told, runner=runner),
        mount_points=mounts,
        mounted=_mounted(cluster, mounts),
        occupied_ports=_occupied(request, cluster),
        not_empty=_not_empty(request),
        missing=frozenset(path for path in cluster.own_directories if not os.path.lexists(path)),
        command_line=frozenset() if planned else frozenset(command_line_settings(started.start_options)),
        deciding={} if request.in_place else deciding_settings(started, given=given, runner=runner),
    )
    return Survey(facts, own)


def _live(cluster: Cluster, received: ReceivedWal) -> dict[str, str]:
    """Paths of the segments in the cluster's own pg_wal, and of those that were streamed from it where it lacks one."""
    live = live_segments(
        cluster.wal_path,
        system_identifier=cluster.system_identifier,
        segment_size_bytes=cluster.segment_size.size_bytes,
    )
    return {**received.segments, **live}


def _histories(
    cluster: Cluster, received: ReceivedWal, stored: Mapping[int, TimelineHistory]
) -> dict[int, TimelineHistory]:
    """Those that are stored, and others that only the cluster has or what was streamed from it."""
    return {**received.histories, **live_histories(cluster.wal_path), **stored}


def _mounted(cluster: Cluster, mounts: frozenset[str]) -> frozenset[str]:
    """Those of the cluster's directories that are mount points."""
    paths = (*cluster.own_directories, f"{cluster.data_directory}/pg_wal")
    return frozenset(path for path in paths if os.path.realpath(path) in mounts and not os.path.islink(path))


def _has_only_backup(cluster: Cluster) -> bool:
    """Whether the backup has the only configuration that is left: that one cannot be too low for the backup."""
    return cluster.is_lost and cluster.has_configuration_inside


def _unstored(cluster: Cluster, received: ReceivedWal, stored: StoredWal) -> dict[str, str]:
    """Where the segments lie that the repository lacks, by name."""
    return {name: path for name, path in _live(cluster, received).items() if not stored.has(name)}


def _numbers(given: Mapping[str, str]) -> dict[str, int]:
    """Those of the given settings that a recovery must not have too low."""
    return {name: int(value) for name, value in given.items() if name in HOT_STANDBY_SETTINGS}


def _hot_standby(started: Cluster, given: Mapping[str, str], *, is_told: bool, runner: Runner) -> bool:
    if "hot_standby" in given:
        return given["hot_standby"] == "on"
    return not is_told or configured_value(started, "hot_standby", runner=runner) == "on"


def _versions(cluster: Cluster, received: ReceivedWal, *, runner: Runner) -> tuple[int, int]:
    """The catalogue's version and the present timeline; of a lost cluster the newest that is known."""
    if cluster.is_lost:
        return CATALOGUE_VERSIONS.get(cluster.version, 0), max([cluster.timeline, *received.histories])
    control = read_control_data(cluster.data_directory, bin_directory=cluster.bin_directory, runner=runner)
    return control.catalog_version, control.newest_timeline


def disk_facts(placement: Placement, *, chain: Chain, manifests: Manifests) -> DiskFacts:
    """The free space where the restore writes, and the size of each tablespace in all links of the chain."""
    return DiskFacts(
        file_systems={
            path: _file_system_of(path) for path in (*placement.written_directories, *placement.wal_directories)
        },
        tablespace_bytes=_tablespace_bytes(chain, manifests) if chain.backup.tablespaces else {},
        waiting_bytes=_waiting_bytes(chain, manifests) if len(chain.links) > 1 else {},
    )


def _waiting_bytes(chain: Chain, manifests: Manifests) -> dict[int | None, int]:
    # Imported late: only chains need it.
    from ..extract.layer_limits import waiting_bytes

    return waiting_bytes(chain.links, manifests)


def _tablespace_bytes(chain: Chain, manifests: Manifests) -> dict[int, int]:
    sizes_bytes = dict.fromkeys(chain.backup.tablespaces, 0)
    for link in chain.links:
        for path, file in manifests.of(link.label).files.rows():
            oid = tablespace_of(path)
            if oid in sizes_bytes:
                sizes_bytes[oid] += file.size_bytes
    return sizes_bytes


def _file_system_of(path: str) -> FileSystemSpace:
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


__all__ = ("Survey", "disk_facts", "survey")
