# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of the program on a host: itself, the configuration of one cluster, and the keys to its buckets."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..._core.host.agent_config import format_agent_config
from ..._core.host.file_step import FileState, WriteFile
from ..._core.repository.several import PLACE_KEYS
from ..._io.host.agent_config import agent_config_path, credentials_paths
from ..._io.privilege.account import Account
from ..._io.repository.repository import Repository
from ..bundle.program import Interpreter
from ..repository import credentials_of, repository_of
from .agent_program import program_file

_FOUND = ("data_directory", "bin_directory", "port", "socket_directory")


def wanted_files(
    options: Mapping[str, Any],
    *,
    account: Account,
    found: Mapping[str, Any],
    interpreter: Interpreter,
    program: FileState | None,
) -> dict[str, WriteFile]:
    """What is to be there, by path. ``found`` is what was seen of the cluster, ``program`` is the one that is there."""
    repository = repository_of(options)
    keys = dict(_credentials_files(options, account=account))
    first, *others = (
        _settings(each, keys=keys.get(number)) for number, each in enumerate((repository, *repository.others))
    )
    config = format_agent_config(
        {
            **first,
            "repository_age_recipients": " ".join(repository.recipients),
            "compression": options["compression"],
            "queue_max_bytes": str(options["queue_max_bytes"] or ""),
            **{name: found[name] for name in _FOUND},
            "os_user": account.name,
            "login_user": options["login_user"] or "",
        },
        others=others,
    )
    root = os.geteuid() == 0
    path = agent_config_path(options["config_directory"], cluster_name=options["name"])
    files = (
        program_file(options["agent_path"], interpreter=interpreter, present=program),
        WriteFile(path, config.encode("utf-8", "surrogateescape"), 0o640, (0, account.gid) if root else None),
        *keys.values(),
    )
    return {file.path: file for file in files}


def keys_of(options: Mapping[str, Any]) -> tuple[str, ...]:
    """Every path at which keys to a bucket may lie, for the first repository and for others."""
    return credentials_paths(options["config_directory"], cluster_name=options["name"])


def repositories_in(options: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """The options of each repository, in the words of the single form."""
    return options.get("repositories") or [options]


def _settings(repository: Repository, *, keys: WriteFile | None) -> dict[str, str]:
    """One repository in the configuration."""
    settings = {
        "repository_name": repository.name,
        "repository_path": "" if repository.bucket else repository.path,
        "repository_mount_point": repository.mount_point or "",
        **(repository.host.settings() if repository.host else {}),
        **(repository.bucket.settings() if repository.bucket else {}),
        "repository_s3_credentials_file": keys.path if keys else "",
        **{f"repository_{rule}": str(number) for rule, number in repository.keep.items()},
    }
    return settings if repository.is_required else {**settings, "repository_required": "false"}


def _credentials_files(options: Mapping[str, Any], *, account: Account) -> Iterator[tuple[int, WriteFile]]:
    """The keys to object storage, for PostgreSQL's account alone, by the place of their repository in the list."""
    owner = (account.uid, account.gid) if os.geteuid() == 0 else None
    for number, (single, path) in enumerate(zip(repositories_in(options), keys_of(options))):
        text = credentials_of(_alone(single))
        if text is not None:
            yield number, WriteFile(path, text.encode("utf-8", "surrogateescape"), 0o600, owner)


def _alone(single: Mapping[str, Any]) -> dict[str, Any]:
    return {f"repository_{key}": single.get(f"repository_{key}") for key in PLACE_KEYS}


__all__ = ("keys_of", "repositories_in", "wanted_files")
