# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The commands that start, stop, reload and promote a server: of systemd, of Debian's tools, and of ``pg_ctl``."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from .cluster import SYSTEMD, Cluster, ServiceName

START = "start"
STOP = "stop"

FAST = "fast"
IMMEDIATE = "immediate"
SMART = "smart"


def systemctl(verb: str, unit: str) -> list[str]:
    """Ask systemd, without waiting for it and without a question to a person.

    >>> systemctl(STOP, "postgresql@15-main")
    ['systemctl', '--no-ask-password', '--no-block', 'stop', 'postgresql@15-main.service']
    """
    return ["systemctl", "--no-ask-password", "--no-block", verb, f"{unit}.service"]


def pg_ctlcluster(verb: str, name: str, *options: str) -> list[str]:
    """Ask Debian's tools, which else hand over to systemd; ``name`` is ``15/main``. A start waits for half a minute.

    >>> pg_ctlcluster(STOP, "15/main", "--mode=fast")
    ['pg_ctlcluster', '--skip-systemctl-redirect', '--mode=fast', '15', 'main', 'stop']
    """
    version, cluster = name.split("/", 1)
    return ["pg_ctlcluster", "--skip-systemctl-redirect", *options, version, cluster, verb]


def ask_owner(service: ServiceName, verb: str) -> list[str]:
    """Ask whoever owns the service, but for ``pg_ctl``, for a start or a fast shutdown.

    >>> ask_owner(ServiceName("pg_ctlcluster", "15/main"), STOP)
    ['pg_ctlcluster', '--skip-systemctl-redirect', '--mode=fast', '15', 'main', 'stop']
    """
    if service.kind == SYSTEMD:
        return systemctl(verb, service.name)
    return pg_ctlcluster(verb, service.name, *(("--mode=fast",) if verb == STOP else ()))


def unit_log(unit: str, *, since: str, lines: int) -> list[str]:
    """The last lines that a unit has logged; ``since`` is journalctl's option for where to begin."""
    return [
        *("journalctl", f"--unit={unit}.service", since, "--output=cat", "--no-pager", "--quiet"),
        f"--lines={lines}",
    ]


def pg_ctl_start(cluster: Cluster, *, log_file: str) -> list[str]:
    """Start the server with the arguments that it was last started with, without waiting for it."""
    options = ["-o", postgres_options(cluster.start_options)] if cluster.start_options else []
    return [*_pg_ctl(START, cluster), "-W", "-l", log_file, *options]


def pg_ctl_stop(cluster: Cluster, *, mode: str) -> list[str]:
    """Ask the server itself to shut down, in any mode, without waiting for it."""
    return [*_pg_ctl(STOP, cluster), "-W", "-m", mode]


def pg_ctl_reload(cluster: Cluster) -> list[str]:
    """Ask the server to read its configuration again."""
    return _pg_ctl("reload", cluster)


def pg_ctl_promote(cluster: Cluster, *, timeout_seconds: int) -> list[str]:
    """Ask the server to end its recovery, and wait until it has."""
    return [*_pg_ctl("promote", cluster), "-w", "-t", str(timeout_seconds)]


def postgres_options(arguments: Sequence[str]) -> str:
    """The server's arguments as the single argument of ``pg_ctl -o``, which passes it to a shell."""
    return shlex.join(arguments)


def _pg_ctl(verb: str, cluster: Cluster) -> list[str]:
    return [cluster.program("pg_ctl"), verb, "-D", cluster.data_directory, "-s"]


__all__ = (
    "FAST",
    "IMMEDIATE",
    "SMART",
    "START",
    "STOP",
    "ask_owner",
    "pg_ctl_promote",
    "pg_ctl_reload",
    "pg_ctl_start",
    "pg_ctl_stop",
    "pg_ctlcluster",
    "postgres_options",
    "systemctl",
    "unit_log",
)
