# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The commands that start and stop a cluster, for each kind of service."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from .cluster import PG_CTLCLUSTER, SYSTEMD, Cluster

START = "start"
STOP = "stop"
RELOAD = "reload"

FAST = "fast"
IMMEDIATE = "immediate"
SMART = "smart"


def start_command(cluster: Cluster, *, log_file: str) -> list[str]:
    """The command that starts the cluster without waiting for it (``pg_ctlcluster`` always waits half a minute).

    ``log_file`` is used with ``pg_ctl`` only: the other services know where the log is written.
    """
    if cluster.service.kind == SYSTEMD:
        return _systemctl(START, cluster)
    if cluster.service.kind == PG_CTLCLUSTER:
        return _pg_ctlcluster(START, cluster)
    options = ["-o", postgres_options(cluster.start_options)] if cluster.start_options else []
    return [cluster.program("pg_ctl"), START, "-D", cluster.data_directory, "-W", "-s", "-l", log_file, *options]


def stop_command(cluster: Cluster, *, mode: str) -> list[str]:
    """The command that stops the cluster without waiting for it; only ``pg_ctl`` knows modes other than fast."""
    if mode == FAST and cluster.service.kind == SYSTEMD:
        return _systemctl(STOP, cluster)
    if mode == FAST and cluster.service.kind == PG_CTLCLUSTER:
        return _pg_ctlcluster(STOP, cluster, "--mode=fast")
    return [cluster.program("pg_ctl"), STOP, "-D", cluster.data_directory, "-W", "-s", "-m", mode]


def needs_root(command: Sequence[str]) -> bool:
    """Whether the command is the service manager's; all others are run as the cluster's own user."""
    return command[0] in ("systemctl", "pg_ctlcluster")


def postgres_options(arguments: Sequence[str]) -> str:
    """The server's arguments as the single argument of ``pg_ctl -o``, which passes it to a shell."""
    return shlex.join(arguments)


def _systemctl(verb: str, cluster: Cluster) -> list[str]:
    return ["systemctl", "--no-ask-password", "--no-block", verb, f"{cluster.service.name}.service"]


def _pg_ctlcluster(verb: str, cluster: Cluster, *options: str) -> list[str]:
    version, name = cluster.service.name.split("/", 1)
    return ["pg_ctlcluster", "--skip-systemctl-redirect", *options, version, name, verb]


__all__ = ("FAST", "IMMEDIATE", "SMART", "needs_root", "postgres_options", "start_command", "stop_command")
