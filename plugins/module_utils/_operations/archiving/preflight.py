# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is checked before a cluster's archive settings are changed."""

from __future__ import annotations

import os
from collections.abc import Mapping

from ..._core.archiving.other_name import archived_name, check_same_name
from ..._core.archiving.request import ArchiveRequest
from ..._core.errors import PitrError, Refused, Unavailable
from ..._core.postgres.cluster import Cluster
from ..._core.postgres.seen_settings import ServerSetting
from ..._core.repository.identity import RepositoryIdentity
from ..._core.repository.layout import CLUSTER_FILE
from ..._io.host.agent_config import agent_config_path
from ..._io.host.runner import Runner
from ..._io.postgres.nested_directories import check_directories
from ..._io.repository.cluster_folder import ClusterFolder
from ..._io.repository.location import check_repository_place
from ..._io.repository.repository import Repository
from ..._io.sql.server import Server

# What the role makes in a first run so that another host's repository can be reached, and in check mode has not made.
MADE_BY_THE_ROLE = (
    "program-missing",
    "repository-host-unknown",
    "repository-key-refused",
    "repository-program-missing",
    "repository-unreachable",
)
# What the tasks before this one make in a real run, and cannot have made in check mode.
_MADE_BEFORE = ("agent-missing", "agent-config-missing", "repository-missing", *MADE_BY_THE_ROLE)


def check_repository(repository: Repository, *, cluster: Cluster) -> None:
    """Raise when the repository cannot take this cluster's WAL."""
    check_directories(cluster)
    check_repository_place(repository, cluster=cluster)
    repository.check()


def present_identity(folder: ClusterFolder) -> RepositoryIdentity | None:
    """The folder's identity, ``None`` when it has none yet. Raises Damaged (``identity-damaged``)."""
    return folder.present_identity()


def check_repository_is_not_lost(
    folder: ClusterFolder, *, server: Server, in_force: Mapping[str, ServerSetting], command: str
) -> None:
    """Raise Unavailable (``repository-missing``) when the cluster archives to a folder that no longer exists.

    A file system that is not mounted looks like an empty repository, and must not be filled underneath.
    """
    last = server.archiver_stats().last_archived_wal
    if last is None or in_force["archive_command"].value != command:
        return
    raise Unavailable(
        f"the cluster has archived up to {last} already, and '{folder.path}/{CLUSTER_FILE}' is missing",
        code="repository-missing",
        hint="Mount the repository or bring it back. If it is lost for good, set archive_command to '' and reload, and"
        " run again to begin a new one.",
    )


def check_agent(request: ArchiveRequest, *, cluster: Cluster, runner: Runner) -> None:
    """Raise when PostgreSQL could not run the program: it is missing, not executable, broken, or not configured.

    Unavailable: ``agent-missing``, ``agent-not-executable``, ``agent-broken``, ``agent-config-missing``.
    """
    path = request.agent_path
    config = agent_config_path(request.config_directory, cluster_name=request.cluster_name)
    if not os.path.isfile(path):
        raise _agent_error(f"agent_path '{path}' does not exist", code="agent-missing")
    if not os.access(path, os.X_OK, effective_ids=True):
        raise _agent_error(f"agent_path '{path}' is not executable by '{cluster.os_user}'", code="agent-not-executable")
    if not os.access(config, os.R_OK, effective_ids=True):
        raise _agent_error(f"'{config}' is not readable by '{cluster.os_user}'", code="agent-config-missing")
    result = runner.run([path, "version"], check=False)
    if result.rc != 0:
        said = (result.stderr or result.stdout).strip()
        raise _agent_error(f"'{path} version' failed with exit code {result.rc}: {said}", code="agent-broken")


def check_name(request: ArchiveRequest, *, cluster: Cluster, server: Server, repository: Repository) -> None:
    """Raise Refused (``cluster-name-differs``) when the cluster archives under another name, unless that may change."""
    present = archived_name(server.settings()["archive_command"].value)
    if present is None or present == request.cluster_name or request.replace_archive_command:
        return
    check_same_name(
        request.cluster_name,
        present=present,
        known_as_present=repository.cluster(present).present_identity(),
        system_identifier=cluster.system_identifier,
        data_directory=cluster.data_directory,
    )


def check_rights(server: Server, *, cluster: Cluster) -> None:
    """Raise Refused (``permission-missing``) when the role may not read the settings in files."""
    if not server.is_superuser():
        raise Refused(
            f"the role that connects to '{cluster.data_directory}' is not a superuser",
            code="permission-missing",
            hint="Set 'pitr_cluster_login_user' to a superuser that pg_hba.conf lets in over the Unix socket.",
        )


def is_made_by_earlier_task(error: PitrError) -> bool:
    """Whether the error is about something that an earlier task creates, but not in check mode."""
    return error.code in _MADE_BEFORE


def _agent_error(message: str, *, code: str) -> Unavailable:
    return Unavailable(
        message,
        code=code,
        hint="Run the module 'agent' first (the playbook 'archive' does), with the same 'pitr_agent_path',"
        " 'pitr_agent_config_directory' and 'pitr_cluster_name'.",
    )


__all__ = (
    "MADE_BY_THE_ROLE",
    "check_agent",
    "check_name",
    "check_repository",
    "check_repository_is_not_lost",
    "check_rights",
    "is_made_by_earlier_task",
    "present_identity",
)
