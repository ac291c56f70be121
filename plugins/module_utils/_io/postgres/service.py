# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Starting and stopping a cluster through whoever owns it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import nullcontext

from ..._core.errors import Failed, PitrError, Unavailable
from ..._core.postgres.cluster import PG_CTLCLUSTER, SYSTEMD, Cluster
from ..._core.postgres.service_command import FAST, needs_root, start_command, stop_command
from ..host.effective_user import acting_as, as_root
from ..host.runner import Result, Runner
from .postmaster import postmaster_file, postmaster_pid
from .server_log import LogMark, ServerLog, start_log_file

ACCEPTING = "accepting"
STARTED = "started"

# pg_ctlcluster and pg_ctl look once a second or so; a unit whose program never tells must not hold anybody up.
_UNIT_SECONDS = 10
_POLL_SECONDS = 0.1
# A server that writes to its log and has no process this long after is not coming.
_GRACE_SECONDS = 2.0
_SILENT_GRACE_SECONDS = 15.0


class Service:
    """The service of one cluster. Call it as root (with or without acting as the cluster's user) or as that user."""

    def __init__(self, cluster: Cluster, *, runner: Runner) -> None:
        self._cluster = cluster
        self._runner = runner
        self.log = ServerLog(cluster, runner=runner)

    def is_running(self) -> bool:
        """Whether a server process works on the data directory, accepting connections or not."""
        with acting_as(self._cluster.os_user):
            return postmaster_pid(self._cluster.data_directory) is not None

    def start(self, *, timeout_seconds: float = 60, until: str = ACCEPTING) -> None:
        """Start the server; nothing happens when it runs already.

        ``until`` is ACCEPTING (open for work; in a recovery: for reading, or as far as one without hot standby gets)
        or STARTED (the process is there; a recovery may go on for hours). Raises Failed ``server-start-failed`` and
        Unavailable ``server-start-timeout``, both with what the log says.
        """
        with acting_as(self._cluster.os_user):
            mark = self.log.mark(now_seconds=time.time())
            asked = (
                None if self.is_running() else self._ask(self._start_command(), timeout_seconds=timeout_seconds + 60)
            )
            self._wait_for_start(asked, mark=mark, until=until, timeout_seconds=timeout_seconds)

    def stop(self, *, mode: str = FAST, timeout_seconds: float = 300) -> None:
        """Stop the server (``fast``, ``immediate`` or ``smart``) and wait until its process is gone.

        Raises Unavailable ``server-stop-timeout`` with what the log says: a fast shutdown waits for the checkpoint and
        for the archiver to try what is left.
        """
        with acting_as(self._cluster.os_user):
            if not self.is_running():
                return
            mark = self.log.mark(now_seconds=time.time())
            command = stop_command(self._cluster, mode=mode)
            result = self._ask(command, timeout_seconds=timeout_seconds + 60)
            if result.rc != 0 and self.is_running() and needs_root(command):
                self._raise_service_failed(result)
            self._wait_for_stop(mark, timeout_seconds=timeout_seconds)

    def restart(self, *, timeout_seconds: float = 300) -> None:
        """Stop fast and start again. Raises what :meth:`stop` and :meth:`start` raise."""
        self.stop(timeout_seconds=timeout_seconds)
        self.start(timeout_seconds=timeout_seconds)

    def _start_command(self) -> list[str]:
        return start_command(self._cluster, log_file=start_log_file(self._cluster))

    def _ask(self, command: Sequence[str], *, timeout_seconds: float) -> Result:
        with as_root() if needs_root(command) else nullcontext():
            return self._runner.run(command, check=False, timeout_seconds=timeout_seconds)

    def _wait_for_start(self, asked: Result | None, *, mark: LogMark, until: str, timeout_seconds: float) -> None:
        began = time.monotonic()
        seen = False
        while True:
            alive = self.is_running()
            if alive and (until == STARTED or self._accepts_connections()):
                if until != STARTED:
                    self._wait_for_unit()
                return
            waited = time.monotonic() - began
            if not alive and (seen or self._has_failed(asked, mark=mark, waited_seconds=waited)):
                raise self._start_failed(asked, mark=mark)
            if waited > timeout_seconds:
                raise self._timed_out("start", mark=mark, timeout_seconds=timeout_seconds)
            seen = seen or alive
            time.sleep(_POLL_SECONDS)

    def _accepts_connections(self) -> bool:
        content = postmaster_file(self._cluster.data_directory)
        return content is not None and content.accepts_connections

    def _has_failed(self, asked: Result | None, *, mark: LogMark, waited_seconds: float) -> bool:
        """Whether a server of which there is no process will not come any more."""
        if asked is not None and asked.rc != 0:
            return True
        if self._cluster.service.kind == SYSTEMD:
            return waited_seconds > 1 and self._unit_has_given_up()
        if self._cluster.service.kind == PG_CTLCLUSTER:
            return True
        limit = _GRACE_SECONDS if self.log.since(mark) else _SILENT_GRACE_SECONDS
        return waited_seconds > limit

    def _unit_has_given_up(self) -> bool:
        unit = self._unit()
        # A start that still waits for something else, such as a mount, is a job of an inactive unit.
        is_queued = unit.get("Job", "0") not in ("", "0")
        return unit.get("ActiveState") in ("failed", "inactive") and not is_queued

    def _wait_for_unit(self) -> None:
        """Let the service manager learn that its server accepts connections: it is told a moment later."""
        deadline = time.monotonic() + _UNIT_SECONDS
        while self._cluster.service.kind == SYSTEMD and time.monotonic() < deadline:
            if self._unit().get("ActiveState") != "activating":
                return
            time.sleep(_POLL_SECONDS)

    def _unit(self) -> dict[str, str]:
        unit = f"{self._cluster.service.name}.service"
        shown = self._runner.run(["systemctl", "show", "--property=ActiveState,Job", unit]).stdout
        return dict(line.split("=", 1) for line in shown.splitlines() if "=" in line)

    def _wait_for_stop(self, mark: LogMark, *, timeout_seconds: float) -> None:
        deadline = time.monotonic() + timeout_seconds
        while self.is_running():
            if time.monotonic() > deadline:
                raise self._timed_out("stop", mark=mark, timeout_seconds=timeout_seconds)
            time.sleep(_POLL_SECONDS)

    def _start_failed(self, asked: Result | None, *, mark: LogMark) -> PitrError:
        said = self._said(asked, mark=mark)
        return Failed(
            f"the server of '{self._cluster.data_directory}' did not start: {said}",
            code="server-start-failed",
            hint=f"Its log: {', '.join(self.log.files()) or 'journalctl -u ' + self._cluster.service.name}",
        )

    def _timed_out(self, verb: str, *, mark: LogMark, timeout_seconds: float) -> PitrError:
        return Unavailable(
            f"the server of '{self._cluster.data_directory}' did not {verb} within {timeout_seconds:g} seconds: "
            + self._said(None, mark=mark),
            code=f"server-{verb}-timeout",
            hint="It may still be at work; its log says at what.",
        )

    def _said(self, asked: Result | None, *, mark: LogMark) -> str:
        lines = list(self.log.since(mark, lines=20))
        if asked is not None and not lines:
            lines = (asked.stderr or asked.stdout).strip().splitlines()
        return "\n".join(lines) or "its log says nothing"

    def _raise_service_failed(self, result: Result) -> None:
        raise Failed(
            f"'{' '.join(result.argv)}' failed: {(result.stderr or result.stdout).strip()}",
            code="service-failed",
            hint="The service manager obeys root alone: run with 'become: true'.",
        )


__all__ = ("ACCEPTING", "STARTED", "Service")
