# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The values of ``archive_command`` and ``restore_command``: the two places where the project writes shell text."""

from __future__ import annotations

import shlex

from ..host.agent_config import DEFAULT_CONFIG_DIRECTORY
from ..repository.cluster_name import check_cluster_name


def archive_command(agent_path: str, *, cluster_name: str, config_directory: str) -> str:
    """The value of ``archive_command``, before it is quoted for a configuration file.

    >>> archive_command("/usr/local/bin/pgpitr", cluster_name="db1", config_directory="/etc/pgpitr")
    '/usr/local/bin/pgpitr archive-push --cluster db1 %p'

    PostgreSQL replaces ``%p`` unquoted, so what it stands for is quoted only by PostgreSQL's own file names, which need
    none. Raises InvalidInput (``invalid-cluster-name``).
    """
    return _command(agent_path, "archive-push", cluster_name=cluster_name, config_directory=config_directory) + " %p"


def restore_command(
    agent_path: str, *, cluster_name: str, config_directory: str, until: str | None = None, last: str | None = None
) -> str:
    """The value of ``restore_command``, before it is quoted for a configuration file.

    ``until`` is the last segment that the recovery needs (``None``: all there are). PostgreSQL reads ahead of what it
    replays (``recovery_prefetch``, since 15), and must not fail on a gap after its target. ``last`` is the last that it
    gets at all. Raises InvalidInput (``invalid-cluster-name``).
    """
    command = _command(agent_path, "archive-get", cluster_name=cluster_name, config_directory=config_directory)
    limits = [f"{name} {segment} " for name, segment in (("--until", until), ("--last", last)) if segment is not None]
    return f"{command} {''.join(limits)}%f %p"


def _command(agent_path: str, command: str, *, cluster_name: str, config_directory: str) -> str:
    check_cluster_name(cluster_name)
    words = [agent_path, command, "--cluster", cluster_name]
    if config_directory.rstrip("/") != DEFAULT_CONFIG_DIRECTORY:
        words += ["--config-directory", config_directory]
    # PostgreSQL takes a percent sign for a placeholder, so one that is meant is doubled.
    return " ".join(shlex.quote(word) for word in words).replace("%", "%%")


__all__ = ("archive_command", "restore_command")
