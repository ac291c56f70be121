# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the program's configuration lies: one file for each cluster of the host."""

from __future__ import annotations

import os

from ..._core.errors import Damaged, InvalidInput, Refused, Unavailable
from ..._core.host.agent_config import MOST_REPOSITORIES, parse_agent_config
from ..._core.repository.cluster_name import check_cluster_name
from .files import list_directory, read_text

_SUFFIX = ".conf"
_CREDENTIALS_SUFFIX = ".s3"


def agent_config_path(config_directory: str, *, cluster_name: str) -> str:
    """The file of the cluster with this name. Raises InvalidInput (``invalid-cluster-name``)."""
    check_cluster_name(cluster_name)
    return f"{config_directory}/{cluster_name}{_SUFFIX}"


def credentials_paths(config_directory: str, *, cluster_name: str) -> tuple[str, ...]:
    """The files with the cluster's keys to object storage, where it has any: that of the first repository, and of each
    that there may be besides. Raises InvalidInput."""
    check_cluster_name(cluster_name)
    first = f"{config_directory}/{cluster_name}{_CREDENTIALS_SUFFIX}"
    return (first, *(f"{first}-{number}" for number in range(2, MOST_REPOSITORIES + 1)))


def read_agent_config(config_directory: str, *, cluster_name: str) -> dict[str, str]:
    """Every setting of the cluster, empty for one that is not set.

    Raises InvalidInput (``config-missing``, ``config-invalid``, ``invalid-cluster-name``), Unavailable
    (``config-not-readable``), as root Refused (``config-not-trusted``).
    """
    path = agent_config_path(config_directory, cluster_name=cluster_name)
    try:
        text = read_text(path)
    except (OSError, Damaged) as error:
        reason = error.strerror if isinstance(error, OSError) else error.message
        raise Unavailable(
            f"cannot read the configuration '{path}': {reason}",
            code="config-not-readable",
            hint="Only root and the group of the user that PostgreSQL runs as can read it.",
        ) from error
    if text is None:
        raise InvalidInput(
            f"the configuration file '{path}' does not exist",
            code="config-missing",
            hint=f"The playbook 'archive' writes it; configured here: {_known(config_directory)}.",
        )
    settings = parse_agent_config(text, path=path)
    if os.geteuid() == 0:
        _check_trusted(path, os_user=settings["os_user"])
    return settings


def _check_trusted(path: str, *, os_user: str) -> None:
    """Root becomes the user that a configuration names: only root, or that user himself, may be who wrote it."""
    # Imported late: PostgreSQL's commands are never root.
    from ..privilege.account import uid_of
    from ..privilege.controllers import controllers_of

    if not controllers_of(path) <= {0, uid_of(os_user) or 0}:
        raise Refused(
            f"the configuration '{path}' can be changed by others than root",
            code="config-not-trusted",
            hint="Let root own the file and every directory above it, writable by nobody else.",
        )


def configured_clusters(config_directory: str) -> tuple[str, ...]:
    """The names of the clusters that have a configuration on this host, sorted."""
    names = list_directory(config_directory)
    return tuple(sorted(name[: -len(_SUFFIX)] for name in names if name.endswith(_SUFFIX)))


def _known(config_directory: str) -> str:
    try:
        return ", ".join(configured_clusters(config_directory)) or "none"
    except OSError as error:
        return f"unknown ({error.strerror})"


__all__ = ("agent_config_path", "configured_clusters", "credentials_paths", "read_agent_config")
