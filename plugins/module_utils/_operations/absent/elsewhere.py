# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A cluster of the repository that this host has never seen, as it will be here."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace

from ..._core.absent.configuration_elsewhere import configuration_elsewhere, decided_by
from ..._core.archiving.commands import archive_command
from ..._core.catalogue.origin import Origin, OriginConfiguration
from ..._core.catalogue.record import Backup
from ..._core.errors import InvalidInput, Refused
from ..._core.postgres.cluster import PG_CTL, Cluster, ServiceName
from ..._core.postgres.settings import settings_in
from ..._core.restore.lost_cluster import ConfigurationFiles, Programs, newest_usable, remembered_cluster
from ..._core.restore.request import RestoreRequest
from ..._io.catalogue.origins import read_origin
from ..._io.host.machine import systemd_runs
from ..._io.host.runner import Runner
from ..._io.postgres.binaries import check_bin_directory, find_bin_directory
from ..._io.postgres.candidates import Candidate, candidate_at
from ..._io.postgres.configured_settings import configured_value, read_setting
from ..._io.postgres.discovery import ClusterRequest, discover
from ..._io.postgres.service_name import service_of
from ..._io.privilege.account import account_of_uid
from ..._io.privilege.root import has_root
from .elsewhere_files import is_written_by_restore, write_scratch
from .host_survey import usable_socket_directories
from .repository_snapshot import RepositorySnapshot

_DEBIAN_CONFIGURATIONS = "/etc/postgresql"
_DEBIAN_DATA = re.compile(r"/var/lib/postgresql/([0-9]+)/([A-Za-z0-9_.][A-Za-z0-9_.-]*)")
_DEBIAN_TOOL = "pg_ctlcluster"


@dataclass(frozen=True)
class Elsewhere:
    """The cluster as it will be on this host, and what it is made from.

    ``planned`` is the same with the configuration in a scratch directory, where it can be read before it is in its
    place. ``configuration`` are the files to write; ``None`` where the host has them already. ``origin`` is that of
    the backup ``label``.
    """

    cluster: Cluster
    planned: Cluster
    origin: Origin
    label: str
    configuration: OriginConfiguration | None

    @property
    def configuration_directory(self) -> str | None:
        """Where the configuration will lie outside the data directory; ``None``: inside, or it is there already."""
        if self.configuration is None or self.cluster.has_configuration_inside:
            return None
        return os.path.dirname(self.cluster.config_file)

    def planned_with(self, own: Mapping[str, str]) -> Cluster:
        """As planned, with these settings over all others."""
        if own and self.configuration is not None:
            write_scratch(os.path.dirname(self.planned.config_file), decided_by(self.configuration, own))
        return self.planned


@dataclass(frozen=True)
class ElsewhereSearch:
    """What the user says of the cluster on this host; ``scratch`` is an empty directory of this process."""

    request: RestoreRequest
    snapshot: RepositorySnapshot
    wanted: ClusterRequest
    runner: Runner
    scratch: str
    agent_path: str
    config_directory: str
    data_directory: str | None = None
    port: int | None = None

    def find(self) -> Elsewhere:
        """The cluster on this host.

        Raises InvalidInput (``option-missing``), Refused (``backup-origin-missing``, ``cluster-on-this-host``,
        ``os-user-mismatch``, ``parent-directory-unusable``), Unavailable (``bin-directory-missing``), Damaged
        (``backup-origin-damaged``), Failed (``configuration-invalid``).
        """
        backup, origin = self._newest_origin()
        directory = os.path.realpath(self._directory(origin))
        self._check_not_here(backup, directory=directory)
        _check_parent(directory)
        candidate = self._candidate(directory, version=backup.version)
        programs = self._programs(version=backup.version, directory=directory)
        cluster = self._cluster(backup, origin, candidate=candidate, programs=programs)
        if candidate.configuration_directory is not None:
            return Elsewhere(cluster, cluster, origin, backup.label, None)
        return self._with_sockets(cluster, origin, label=backup.label)

    def _newest_origin(self) -> tuple[Backup, Origin]:
        """The newest full backup that tells where it is from: the cluster as it was last."""
        identifier, name = self.snapshot.identity.system_identifiers[-1], self.snapshot.folder.name
        backups = self.snapshot.records.backups
        newest = newest_usable(backups, system_identifier=identifier)
        if newest is None:
            raise Refused(
                f"the repository has no full backup of '{name}'",
                code="backup-missing",
                hint="Without one nothing can be restored: look for another copy of the repository.",
            )
        for backup in sorted(backups, key=lambda each: each.stop_time, reverse=True):
            origin = read_origin(self.snapshot.folder, backup.label, digest=backup.origin_digest)
            if origin is not None and backup.system_identifier == identifier:
                return backup, origin
        raise Refused(
            f"no backup of '{name}' says what its host and its configuration were like: an earlier release took them",
            code="backup-origin-missing",
            hint="Write 'data_directory', 'port', 'os_user' and 'repository_path' into "
            f"'{self.config_directory}/{name}.conf' on this host, as 'key = value' lines, and restore without "
            "'pitr_restore_source', as after the loss of a disk.",
        )

    def _directory(self, origin: Origin) -> str:
        directory = self.request.directory or self.data_directory
        if not directory:
            raise InvalidInput(
                "data_directory is not set, and nothing says where on this host the cluster is to be",
                code="option-missing",
                hint=f"Set 'pitr_cluster_data_directory'; on '{origin.hostname}' it was '{origin.data_directory}'.",
            )
        return directory

    def _check_not_here(self, backup: Backup, *, directory: str) -> None:
        if not self.request.in_place or self.request.standby:
            return
        for cluster in discover(runner=self.runner).clusters:
            if cluster.system_identifier == backup.system_identifier and cluster.data_directory != directory:
                raise Refused(
                    f"this host has the cluster already, in '{cluster.data_directory}'",
                    code="cluster-on-this-host",
                    hint="Restore it there, with 'pitr_cluster_data_directory' as it is and without "
                    "'pitr_restore_source'; or make a copy with 'pitr_restore_data_directory'.",
                )

    def _candidate(self, directory: str, *, version: int) -> Candidate:
        """What the host has for this data directory: configuration files of its own, or Debian's place for them."""
        if not self.request.in_place:
            return Candidate(directory)
        found = candidate_at(directory, runner=self.runner)
        configured = found.configuration_directory
        if configured is not None and is_written_by_restore(configured):
            # By one that failed.
            return replace(found, configuration_directory=None)
        if configured is not None or shutil.which(_DEBIAN_TOOL) is None:
            return found
        name = _DEBIAN_DATA.fullmatch(directory)
        if name is None or int(name.group(1)) != version:
            return found
        return replace(found, debian_name=f"{version}/{name.group(2)}")

    def _programs(self, *, version: int, directory: str) -> Programs:
        given = self.wanted.bin_directory
        if given:
            full = check_bin_directory(given, version=version, data_directory=directory, runner=self.runner)
            return Programs(given, full)
        return Programs(*find_bin_directory(version, preferred=[], runner=self.runner))

    def _cluster(self, backup: Backup, origin: Origin, *, candidate: Candidate, programs: Programs) -> Cluster:
        directory = candidate.data_directory
        service = service_of(
            candidate, version=backup.version, given=self.wanted.service, systemd=systemd_runs(), runner=self.runner
        )
        files, sockets = ConfigurationFiles.inside(directory), ""
        port = self.request.port or self.port or origin.port
        if candidate.configuration_directory is not None:
            files, port, sockets = self._found(candidate, programs=programs)
        elif candidate.debian_name is not None:
            files = _debian_files(candidate.debian_name)
        cluster = remembered_cluster(
            backup,
            config={"data_directory": directory, "port": str(port), "socket_directory": sockets},
            os_user=_checked_user(self.wanted.os_user),
            programs=programs,
            files=files,
            service=service if self.request.in_place else ServiceName(PG_CTL),
            timelines=self.snapshot.stored_wal.timelines(),
            tablespaces={},
        )
        return replace(cluster, wal_directory=self.request.wal_directory)

    def _found(self, candidate: Candidate, *, programs: Programs) -> tuple[ConfigurationFiles, int, str]:
        """The configuration that somebody has made for the cluster on this host, such as ``pg_createcluster``."""
        outside = str(candidate.configuration_directory)
        names = ("hba_file", "ident_file", "port", "unix_socket_directories")
        arguments, program = ["-D", outside], f"{programs.directory}/postgres"
        values = {
            name: read_setting(name, program=program, arguments=arguments, runner=self.runner, about=outside)
            for name in names
        }
        files = ConfigurationFiles(
            f"{outside}/postgresql.conf", values["hba_file"], values["ident_file"], candidate.debian_name
        )
        return files, int(values["port"]), values["unix_socket_directories"].split(",")[0].strip()

    def _with_sockets(self, cluster: Cluster, origin: Origin, *, label: str) -> Elsewhere:
        """The configuration with those socket directories that this host has."""
        first = self._planned(cluster, self._configuration(cluster, origin))
        built = replace(first, config_file=os.devnull)
        configured, fallback = (configured_value(each, _SOCKETS, runner=self.runner) for each in (first, built))
        usable = usable_socket_directories(configured, fallback=fallback)
        configuration = self._configuration(cluster, origin, own={_SOCKETS: usable})
        placed = replace(cluster, socket_directory=usable.split(",")[0].strip())
        return Elsewhere(placed, self._planned(placed, configuration), origin, label, configuration)

    def _configuration(
        self, cluster: Cluster, origin: Origin, *, own: Mapping[str, str] | None = None
    ) -> OriginConfiguration:
        return configuration_elsewhere(
            origin,
            data_directory=cluster.data_directory,
            own={**self._own_settings(cluster), **(own or {})},
            given=self.request.settings,
        )

    def _own_settings(self, cluster: Cluster) -> dict[str, str]:
        own = {"port": str(cluster.port)}
        if not self.request.in_place:
            return own
        own["archive_command"] = archive_command(
            self.agent_path, cluster_name=self.request.name, config_directory=self.config_directory
        )
        if "archive_library" in settings_in(cluster.version):
            own["archive_library"] = ""
        if not cluster.has_configuration_inside:
            own["data_directory"] = cluster.data_directory
            own["hba_file"], own["ident_file"] = cluster.hba_file, cluster.ident_file
            own["external_pid_file"] = f"/var/run/postgresql/{str(cluster.debian_name).replace('/', '-')}.pid"
        return own

    def _planned(self, cluster: Cluster, configuration: OriginConfiguration) -> Cluster:
        """The cluster with this configuration in the scratch directory."""
        path = write_scratch(self.scratch, configuration)
        return replace(
            cluster,
            config_file=path,
            service=ServiceName(PG_CTL),
            # It has to read the other files there, too.
            start_options=("-c", f"data_directory={self.scratch}"),
        )


_SOCKETS = "unix_socket_directories"


def _debian_files(name: str) -> ConfigurationFiles:
    place = f"{_DEBIAN_CONFIGURATIONS}/{name}"
    return ConfigurationFiles(f"{place}/postgresql.conf", f"{place}/pg_hba.conf", f"{place}/pg_ident.conf", name)


def _checked_user(wanted: str | None) -> str:
    account = account_of_uid(os.geteuid())
    name = account.name if account else str(os.geteuid())
    if (wanted or name) != name:
        raise Refused(
            f"the cluster is to belong to '{wanted}', and this works as '{name}'",
            code="os-user-mismatch",
            hint="Run with 'become: true' (root), or as that user.",
        )
    return name


def _check_parent(directory: str) -> None:
    """Return when the data directory can be made: root makes what is missing, or this user may."""
    parent = os.path.dirname(directory)
    while not os.path.lexists(parent):
        parent = os.path.dirname(parent)
    rights = os.X_OK if has_root() else os.X_OK | os.W_OK
    if os.path.isdir(parent) and os.access(parent, rights, effective_ids=True):
        return
    raise Refused(
        f"'{directory}' cannot be made: '{parent}' is no directory that the cluster's user may enter and write to",
        code="parent-directory-unusable",
        hint=f"Make '{os.path.dirname(directory)}' a directory of the cluster's user, or run with 'become: true'.",
    )


__all__ = ("Elsewhere", "ElsewhereSearch")
