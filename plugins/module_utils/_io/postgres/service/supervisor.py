# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whoever may start a server again that somebody else stops."""

from __future__ import annotations

from dataclasses import dataclass

from ...._core.errors import Failed
from ...host.files import read_text
from ...host.wait import wait_until
from ..postmaster import postmaster_pid, server_in

# On a host with much else to do.
_LEAVING_SECONDS = 60.0
# What adopts processes whose parents are gone, besides process 1, and does not watch them.
_ADOPTERS = frozenset(("catatonit", "conmon", "containerd-shim", "docker-init", "dumb-init", "init", "systemd", "tini"))
# runit and supervisord start what has ended within a second, and a server takes a moment to make its lock file.
_NOTICED_SECONDS = 2.0


@dataclass(frozen=True)
class Supervisor:
    """The process that a server is a child of."""

    pid: int
    name: str


def supervisor_of(pid: int | None, *, proc: str = "/proc") -> Supervisor | None:
    """Who has started the server of this process id and is still there; ``None``: nobody that would miss it."""
    if pid is None:
        return None
    try:
        parent = int((read_text(f"{proc}/{pid}/stat") or "").rpartition(")")[2].split()[1])
        name = (read_text(f"{proc}/{parent}/comm") or "").strip()
    except (OSError, IndexError, ValueError):
        return None
    return None if parent <= 1 or not name or name in _ADOPTERS else Supervisor(parent, name)


def check_stays_stopped(data_directory: str) -> None:
    """Raise Failed (``server-started-again``) when a server runs on the directory that was stopped before."""
    pid = postmaster_pid(data_directory)
    if pid is not None:
        raise started_again(data_directory, pid=pid)


def check_nobody_went_along(directory: str) -> None:
    """The same, of a server that was told to start on a directory before that was renamed to this.

    The one that was stopped has no lock file any more, and may be there for a moment still. One that starts makes its
    own.
    """
    wait_until(lambda: server_in(directory) is None or postmaster_pid(directory) is not None, seconds=_LEAVING_SECONDS)
    pid = server_in(directory) or postmaster_pid(directory)
    if pid is not None:
        raise started_again(directory, pid=pid)


def check_nobody_starts(data_directory: str, *, supervisor: Supervisor | None) -> None:
    """The same, after a supervisor had the time to notice that its server is gone, and to start it."""
    if supervisor is not None:
        wait_until(lambda: postmaster_pid(data_directory), seconds=_NOTICED_SECONDS, pause_seconds=0.05)
    check_stays_stopped(data_directory)


def started_again(data_directory: str, *, pid: int) -> Failed:
    """Somebody else has started the server that is to be down."""
    supervisor = supervisor_of(pid)
    who = f" by '{supervisor.name}' (process {supervisor.pid})" if supervisor else ""
    return Failed(
        f"the server of '{data_directory}' was stopped, and was started again{who}: it is process {pid} now",
        code="server-started-again",
        hint="Tell whatever watches over it (a supervisor, a cluster manager, a cron job) to leave it alone, and run "
        "this again.",
    )


__all__ = (
    "Supervisor",
    "check_nobody_starts",
    "check_nobody_went_along",
    "check_stays_stopped",
    "started_again",
    "supervisor_of",
)
