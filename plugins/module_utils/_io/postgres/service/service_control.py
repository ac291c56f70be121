# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The port to whoever owns a cluster's server: systemd, Debian's tools, or nobody."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import ClassVar

from ...._core.postgres.cluster import Cluster
from ...._core.postgres.service_command import ask_owner, pg_ctl_promote, pg_ctl_reload, pg_ctl_stop
from ...host.runner import Result, Runner
from ...privilege.root import CONTROL_SERVICE, ask_root, has_root
from ..server_log import start_log_file


class ServiceControl(ABC):
    """Asks for what is to happen to one server, and waits for none of it but a promotion.

    Call it as the cluster's user; it asks root where ``needs_root`` says that the owner obeys root alone.
    Implementations differ in how a server is started and stopped. A reload and a promotion are asked of the server
    itself, as its own user, unless an owner insists on being asked.
    """

    needs_root: ClassVar[bool]

    def __init__(self, cluster: Cluster, *, runner: Runner) -> None:
        self._cluster = cluster
        self._runner = runner

    @abstractmethod
    def start(self, *, timeout_seconds: float) -> Result:
        """Ask for a start; what the owner said to it. Raises Unavailable (``command-timeout``)."""

    @abstractmethod
    def stop(self, *, timeout_seconds: float) -> Result:
        """Ask for a fast shutdown."""

    @abstractmethod
    def has_given_up(self, *, waited_seconds: float, has_logged: Callable[[], bool]) -> bool:
        """Whether a server that was started so long ago, and has no process, will not come any more.

        ``has_logged`` says whether it has written to its log since.
        """

    def is_settled(self) -> bool:
        """Whether the owner knows by now that its server accepts connections."""
        return True

    @property
    def log_place(self) -> str:
        """Where to look for the log of a server that has no log file yet."""
        return start_log_file(self._cluster)

    def stop_server(self, *, mode: str, timeout_seconds: float) -> Result:
        """Ask the server itself to shut down in a mode that its owner does not offer."""
        command = pg_ctl_stop(self._cluster, mode=mode)
        return self._runner.run(command, check=False, timeout_seconds=timeout_seconds, only_tail=True)

    def reload(self) -> None:
        """Ask the server to read its configuration again. Raises Failed (``command-failed``)."""
        self._runner.run(pg_ctl_reload(self._cluster))

    def promote(self, *, timeout_seconds: int) -> Result:
        """End the recovery, and wait until the server is open for writing."""
        command = pg_ctl_promote(self._cluster, timeout_seconds=timeout_seconds)
        return self._runner.run(command, check=False, timeout_seconds=timeout_seconds + 60, only_tail=True)

    def _ask_root(self, verb: str, *, timeout_seconds: float) -> Result:
        """Let root ask the service's owner for a start or a stop; without root he is asked as this user."""
        service = self._cluster.service
        if not has_root():
            command = ask_owner(service, verb)
            return self._runner.run(command, check=False, timeout_seconds=timeout_seconds, only_tail=True)
        argv, code, stdout, stderr = ask_root(
            CONTROL_SERVICE, kind=service.kind, name=service.name, verb=verb, timeout_seconds=timeout_seconds
        )
        return Result(tuple(argv), code, stdout, stderr)


__all__ = ("ServiceControl",)
