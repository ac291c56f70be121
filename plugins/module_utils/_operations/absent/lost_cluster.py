# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reconstructs a cluster whose data directory is gone."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ..._core.catalogue.record import Backup
from ..._core.errors import InvalidInput, PitrError, Refused
from ..._core.postgres.cluster import Cluster
from ..._core.restore.lost_cluster import (
    EMPTY,
    LOST_CODES,
    MISSING,
    OCCUPIED,
    ConfigurationFiles,
    MissingCluster,
    Programs,
    newest_usable,
    remembered_cluster,
    tablespace_directory,
)
from ..._core.restore.swap.swap_pair import is_left_in_place
from ..._io.host.agent_config import agent_config_path, read_agent_config
from ..._io.host.machine import systemd_runs
from ..._io.host.mounts import mount_points
from ..._io.host.runner import Runner
from ..._io.postgres.binaries import check_bin_directory, find_bin_directory
from ..._io.postgres.candidates import Candidate, candidate_at
from ..._io.postgres.configured_settings import read_setting
from ..._io.postgres.discovery import ClusterRequest
from ..._io.postgres.service_name import service_of
from ..._io.privilege.account import uid_of
from ..._io.privilege.root import has_root
from .repository_snapshot import RepositorySnapshot


@dataclass(frozen=True)
class LostClusterSearch:
    """What the user says of the cluster, and where the program's configuration and the backups of it lie."""

    snapshot: RepositorySnapshot
    config_directory: str
    wanted: ClusterRequest
    runner: Runner
    data_directory: str | None = None
    port: int | None = None

    @property
    def name(self) -> str:
        """The cluster's name in the repository."""
        return self.snapshot.folder.name


def reconstruct_cluster(search: LostClusterSearch, error: PitrError) -> Cluster:
    """The cluster that could not be found because its data directory is missing or empty.

    Raises ``error``, which says why it was not found, where that is not the reason; Refused
    (``parent-directory-unusable``, ``port-in-use``), InvalidInput (``config-invalid``), and what reading the repository
    raises.
    """
    if error.code not in LOST_CODES:
        raise error
    config = _config_of_lost(search, error)
    os_user = _checked_user(search.wanted.os_user or config["os_user"], config["data_directory"])
    candidate = candidate_at(config["data_directory"], runner=search.runner)
    _check_parent(config["data_directory"])
    _check_silence(config)
    backups = search.snapshot.records.backups
    backup = newest_usable(backups, system_identifier=search.snapshot.identity.system_identifiers[-1])
    if backup is None:
        raise error.with_hint(f"{error.hint} It may be lost, and the repository has no full backup of '{search.name}'.")
    programs = _programs(search, config, version=backup.version)
    service = service_of(
        candidate,
        version=backup.version,
        given=search.wanted.service,
        systemd=systemd_runs(),
        runner=search.runner,
    )
    return remembered_cluster(
        backup,
        config=config,
        os_user=os_user,
        programs=programs,
        files=_configuration_files(candidate, programs=programs, runner=search.runner),
        service=service,
        timelines=search.snapshot.stored_wal.timelines(),
        tablespaces=_tablespaces_there(backups, version=backup.version),
    )


def configured_directory(config_directory: str, *, cluster_name: str) -> str | None:
    """The data directory that the program's configuration names; ``None`` where there is none that can be read."""
    try:
        return read_agent_config(config_directory, cluster_name=cluster_name)["data_directory"] or None
    except PitrError:
        return None


def _config_of_lost(search: LostClusterSearch, error: PitrError) -> dict[str, str]:
    """The configuration of a cluster that is lost. Raises ``error`` for one that is not."""
    path = agent_config_path(search.config_directory, cluster_name=search.name)
    try:
        config = read_agent_config(search.config_directory, cluster_name=search.name)
    except PitrError as unreadable:
        raise error.with_hint(
            f"{error.hint} If it is lost: {unreadable.message}, which would say where it was. If this host never had "
            f"it and is to become the successor: set 'pitr_restore_source' to '{search.name}'."
        ) from unreadable
    directory = os.path.realpath(config["data_directory"]) if config["data_directory"] else ""
    place = MissingCluster(
        config_path=path,
        configured_directory=directory,
        configured_port=config["port"],
        state=_state_of(directory),
        asked_directory=os.path.realpath(search.data_directory) if search.data_directory else None,
        asked_port=search.port or None,
    )
    reason = place.why_not_lost()
    if reason is not None:
        raise error.with_hint(f"{error.hint} {reason}")
    if not config["port"].isdigit() or not (config["os_user"] or search.wanted.os_user):
        raise InvalidInput(
            f"'{path}' does not set 'port' and 'os_user' of the lost data directory '{directory}'",
            code="config-invalid",
            hint="Write into it what they were, as 'key = value' lines.",
        )
    return {**config, "data_directory": directory}


def _checked_user(name: str, data_directory: str) -> str:
    """The user that the lost cluster is restored as, which must be the one that this works as."""
    if uid_of(name) != os.geteuid():
        raise Refused(
            f"the lost '{data_directory}' was the cluster of '{name}', and this works as user id {os.geteuid()}",
            code="os-user-mismatch",
            hint=f"Set 'pitr_cluster_os_user' to '{name}', and run with 'become: true' (root) or as that user.",
        )
    return name


def is_empty_place(directory: str) -> bool:
    """Whether nothing lies there, or an empty directory."""
    return _state_of(directory) != OCCUPIED


def _state_of(directory: str) -> str:
    if not os.path.lexists(directory):
        return MISSING
    try:
        return EMPTY if all(_is_nothing(directory, name) for name in os.listdir(directory)) else OCCUPIED
    except OSError:
        # A file, or a directory that this user may not look into: nobody says that it is empty.
        return OCCUPIED


def _is_nothing(directory: str, name: str) -> bool:
    """Whether an entry is no part of a cluster: also the WAL on a file system of its own, which was not lost."""
    return is_left_in_place(name) or (name == "pg_wal" and os.path.realpath(f"{directory}/{name}") in mount_points())


def _check_parent(directory: str) -> None:
    parent = os.path.dirname(directory)
    if not os.path.isdir(parent):
        raise _parent_unusable(parent, directory, "does not exist")
    if not os.access(parent, os.X_OK, effective_ids=True):
        raise _parent_unusable(parent, directory, "cannot be entered by the cluster's user")
    if not has_root() and not os.access(parent, os.W_OK | os.X_OK, effective_ids=True):
        raise _parent_unusable(parent, directory, "cannot be written to by the user that runs this")


def _parent_unusable(parent: str, directory: str, what: str) -> Refused:
    return Refused(
        f"the data directory '{directory}' is gone, and '{parent}', in which it was, {what}",
        code="parent-directory-unusable",
        hint=f"Mount the file system that belongs there, or make '{parent}' a directory of the cluster's user.",
    )


def _check_silence(config: Mapping[str, str]) -> None:
    """A server does not notice at once that its files were removed, and would go on archiving."""
    address = f"{config['socket_directory']}/.s.PGSQL.{config['port']}"
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(2)
        try:
            connection.connect(address)
        except OSError:
            return
    raise Refused(
        f"the data directory '{config['data_directory']}' is gone, and a server answers on port {config['port']}",
        code="port-in-use",
        hint="It is the one that lost its files, or another on its port: stop it first.",
    )


def _programs(search: LostClusterSearch, config: Mapping[str, str], *, version: int) -> Programs:
    given = search.wanted.bin_directory
    if given:
        full = check_bin_directory(
            given, version=version, data_directory=config["data_directory"], runner=search.runner
        )
        return Programs(given, full)
    return Programs(*find_bin_directory(version, preferred=[config["bin_directory"]], runner=search.runner))


def _configuration_files(candidate: Candidate, *, programs: Programs, runner: Runner) -> ConfigurationFiles:
    outside = candidate.configuration_directory
    if outside is None:
        return ConfigurationFiles.inside(candidate.data_directory)
    hba_file, ident_file = (
        read_setting(
            name, program=f"{programs.directory}/postgres", arguments=["-D", outside], runner=runner, about=outside
        )
        for name in ("hba_file", "ident_file")
    )
    return ConfigurationFiles(f"{outside}/postgresql.conf", hba_file, ident_file, candidate.debian_name)


def _tablespaces_there(backups: Iterable[Backup], *, version: int) -> dict[int, str]:
    """The tablespaces of the lost cluster whose files are left, on file systems of their own."""
    known = {oid: location for backup in backups for oid, location in backup.tablespaces.items()}
    places = {oid: tablespace_directory(location, version=version) for oid, location in known.items()}
    return {oid: known[oid] for oid, place in places.items() if place is not None and os.path.lexists(place)}


__all__ = ("LostClusterSearch", "configured_directory", "is_empty_place", "reconstruct_cluster")
