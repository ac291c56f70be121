# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The repository that a module's options name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._core.errors import InvalidInput
from .._core.repository.repository_host import RepositoryHost
from .._io.repository.cluster_folder import ClusterFolder
from .._io.repository.repository import Repository


def repository_of(options: Mapping[str, Any]) -> Repository:
    """The repository that ``REPOSITORY_OPTIONS`` name. Raises InvalidInput: ``option-missing``."""
    if not options.get("repository_path"):
        raise option_missing("repository_path", hint="Set 'pitr_repository_path' to the repository's directory.")
    return Repository(
        options["repository_path"],
        mount_point=options.get("repository_mount_point"),
        host=RepositoryHost.named(options),
    )


def folder_of(options: Mapping[str, Any], *, repository: Repository) -> ClusterFolder:
    """The cluster's folder. Raises InvalidInput: ``option-missing``, ``invalid-cluster-name``."""
    if not options.get("name"):
        raise option_missing("name", hint="Set 'pitr_cluster_name' to the cluster's name in the repository.")
    return repository.cluster(options["name"])


def option_missing(name: str, *, hint: str) -> InvalidInput:
    """The error for an option that is needed and unset."""
    return InvalidInput(f"'{name}' is not set", code="option-missing", hint=hint)


__all__ = ("folder_of", "option_missing", "repository_of")
