# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan of the module wal_archive."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from ..._core.archiving.commands import archive_command
from ..._core.archiving.wanted_settings import ArchiveRequest, wanted_settings
from ..._core.errors import InvalidInput, Refused
from ..._core.instant import format_instant
from ..._core.postgres.cluster import Cluster
from ..._core.postgres.setting_changes import SettingPlan, edited_texts, plan_settings
from ..._core.repository.identity import RepositoryIdentity
from ..._core.repository.registration import registered
from ..._io.catalogue.histories import histories_to_store
from ..._io.host.machine import hostname, machine_id
from ..._io.postgres.configuration_files import ConfigurationFile, check_writable, read_configuration_files
from ..._io.postgres.server import Server
from ..._io.repository.cluster_folder import ClusterFolder
from .preflight import check_repository_is_not_lost, present_identity

REPORT = "report"

# The limits are those of pg_settings (min_val, max_val).
_RANGES = {
    "archive_timeout_seconds": (0, 1073741823),
    "max_wal_senders": (1, 262143),
    "wal_summary_keep_days": (0, 24855),
    "proof_timeout_seconds": (1, 86400),
}
_VARIABLES = {
    "archive_timeout_seconds": "pitr_archiving_timeout_seconds",
    "max_wal_senders": "max_wal_senders",
    "wal_summary_keep_days": "pitr_archiving_wal_summary_keep_days",
    "proof_timeout_seconds": "pitr_archiving_proof_timeout_seconds",
}


@dataclass(frozen=True)
class ArchivePlan:
    """Everything that will change, and what that needs. ``histories`` are those that the repository lacks, by name."""

    settings: SettingPlan
    files: Mapping[str, ConfigurationFile]
    texts: Mapping[str, str]
    identity_before: RepositoryIdentity | None
    identity: RepositoryIdentity
    restart: bool
    histories: tuple[str, ...] = ()

    @property
    def registers(self) -> bool:
        """Whether the repository has to learn of the cluster or of this host."""
        return self.identity != self.identity_before

    @property
    def changed(self) -> bool:
        """Whether there is anything to do."""
        return self.registers or self.settings.reload or self.restart or bool(self.histories)


def check_numbers(options: Mapping[str, Any]) -> None:
    """Raise InvalidInput (``option-out-of-range``) for numbers that PostgreSQL, or sense, would not take."""
    for name, (least, most) in _RANGES.items():
        if not least <= options[name] <= most:
            raise InvalidInput(
                f"{name} is {options[name]}, and must be {least} to {most}",
                code="option-out-of-range",
                hint=f"Correct '{_VARIABLES[name]}'.",
            )


def plan_archive(options: Mapping[str, Any], *, cluster: Cluster, server: Server, folder: ClusterFolder) -> ArchivePlan:
    """The plan for a module's options; changes nothing.

    Raises Refused: ``archive-library-set``, ``archive-command-foreign``, ``setting-overridden``, ``restart-required``,
    ``configuration-not-writable``, ``repository-foreign``; Unavailable ``repository-missing``.
    """
    in_force = server.settings()
    in_files = server.file_settings()
    command = archive_command(
        options["agent_path"], cluster_name=options["name"], config_directory=options["config_directory"]
    )
    request = ArchiveRequest(
        archive_command=command,
        archive_timeout_seconds=options["archive_timeout_seconds"],
        wal_level=options["wal_level"],
        max_wal_senders=options["max_wal_senders"],
        summarize_wal=options["summarize_wal"],
        wal_summary_keep_days=options["wal_summary_keep_days"],
        replace_archive_command=options["replace_archive_command"],
    )
    wanted = wanted_settings(request, version=cluster.version, in_force=in_force, in_files=in_files)
    settings = plan_settings(wanted, in_force=in_force, in_files=in_files, main_file=cluster.config_file)
    _check_restart(settings, options=options)
    files = read_configuration_files({step.file for step in settings.steps})
    check_writable(files.values())
    before = present_identity(folder)
    if before is None:
        check_repository_is_not_lost(folder, server=server, in_force=in_force, command=command)
    return ArchivePlan(
        settings=settings,
        files=files,
        texts=edited_texts({path: file.text for path, file in files.items()}, steps=settings.steps),
        identity_before=before,
        identity=registered_now(before, name=folder.name, cluster=cluster),
        restart=settings.restart_required and bool(options["allow_restart"]),
        histories=histories_to_store(folder, cluster=cluster, timeline=server.timeline()),
    )


def registered_now(before: RepositoryIdentity | None, *, name: str, cluster: Cluster) -> RepositoryIdentity:
    """The identity with this host's cluster as a writer since now."""
    now = format_instant(datetime.now(timezone.utc))
    return registered(before, name=name, cluster=cluster, machine_id=machine_id(), hostname=hostname(), now=now)


def _check_restart(settings: SettingPlan, *, options: Mapping[str, Any]) -> None:
    if not settings.restart_required or options["allow_restart"] or options["restart_required"] == REPORT:
        return
    changes = ", ".join(f"{name} from '{before}' to '{after}'" for name, before, after in settings.waiting)
    raise Refused(
        f"PostgreSQL has to be restarted to change {changes}; nothing was changed",
        code="restart-required",
        hint="Set 'pitr_archiving_allow_restart: true' (a restart ends every session), or"
        " 'pitr_archiving_restart_required: report' to write the settings and restart at a time of your own.",
    )


__all__ = ("ArchivePlan", "check_numbers", "plan_archive", "registered_now")
