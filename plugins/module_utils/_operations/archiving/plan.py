# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What setting up a cluster's archiving would change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..._core.archiving.request import ArchiveRequest
from ..._core.archiving.wanted_settings import wanted_settings
from ..._core.errors import Refused
from ..._core.postgres.cluster import Cluster
from ..._core.postgres.setting_changes import SettingPlan, edited_texts, plan_settings
from ..._core.repository.identity import RepositoryIdentity
from ..._io.catalogue.histories import histories_to_store
from ..._io.catalogue.unstored_wal import unstored_of
from ..._io.postgres.configuration_files import ConfigurationFile, check_writable, read_configuration_files
from ..._io.repository.cluster_folder import ClusterFolder
from ..._io.repository.registering import registered_now
from ..._io.sql.server import Server
from .preflight import check_repository_is_not_lost, present_identity


@dataclass(frozen=True)
class ArchivePlan:
    """Everything that will change.

    ``histories`` and ``segments`` are the files of the server's own history that the repository lacks, by name.
    """

    settings: SettingPlan
    files: Mapping[str, ConfigurationFile]
    texts: Mapping[str, str]
    identity_before: RepositoryIdentity | None
    identity: RepositoryIdentity
    restart: bool
    histories: tuple[str, ...] = ()
    segments: tuple[str, ...] = ()

    @property
    def registers(self) -> bool:
        """Whether the cluster or this host has to be registered in the repository."""
        return self.identity != self.identity_before

    @property
    def changed(self) -> bool:
        """Whether there is anything to do."""
        return self.registers or self.settings.reload or self.restart or bool(self.histories or self.segments)


def plan_archive(request: ArchiveRequest, *, cluster: Cluster, server: Server, folder: ClusterFolder) -> ArchivePlan:
    """The plan; changes nothing.

    Raises Refused: ``archive-library-set``, ``archive-command-foreign``, ``setting-overridden``, ``restart-required``,
    ``configuration-not-writable``, ``repository-foreign``; Unavailable ``repository-missing``.
    """
    in_force = server.settings()
    in_files = server.file_settings()
    wanted = wanted_settings(request, version=cluster.version, in_force=in_force, in_files=in_files)
    settings = plan_settings(wanted, in_force=in_force, in_files=in_files, main_file=cluster.config_file)
    _check_restart(settings, request=request)
    files = read_configuration_files({step.file for step in settings.steps})
    check_writable(files.values())
    before = present_identity(folder)
    timeline = server.timeline()
    if before is None:
        check_repository_is_not_lost(folder, server=server, in_force=in_force, command=request.archive_command)
    return ArchivePlan(
        settings=settings,
        files=files,
        texts=edited_texts({path: file.text for path, file in files.items()}, steps=settings.steps),
        identity_before=before,
        identity=registered_now(before, name=folder.name, cluster=cluster),
        restart=settings.restart_required and request.allow_restart,
        histories=histories_to_store(folder, cluster=cluster, timeline=timeline),
        segments=unstored_of(folder, cluster=cluster, timeline=timeline),
    )


def _check_restart(settings: SettingPlan, *, request: ArchiveRequest) -> None:
    if not settings.restart_required or request.allow_restart or request.report_restart:
        return
    changes = ", ".join(f"{name} from '{before}' to '{after}'" for name, before, after in settings.waiting)
    raise Refused(
        f"PostgreSQL has to be restarted to change {changes}; nothing was changed",
        code="restart-required",
        hint="Set 'pitr_archiving_allow_restart: true' (a restart ends every session), or"
        " 'pitr_archiving_restart_required: report' to write the settings and restart when it suits you.",
    )


__all__ = ("ArchivePlan", "plan_archive")
