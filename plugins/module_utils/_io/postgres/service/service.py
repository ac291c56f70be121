# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Starting and stopping a cluster through whoever owns it."""

from __future__ import annotations

import time
from collections.abc import Mapping

from ...._core.errors import Failed, PitrError, Unavailable
from ...._core.postgres.cluster import PG_CTL, PG_CTLCLUSTER, SYSTEMD, Cluster
from ...._core.postgres.service_command import FAST
from ...host.runner import Result, Runner
from ...host.wait import wait_until
from ..postmaster import postmaster_file, postmaster_pid
from ..server_log import LogMark, ServerLog
from .service_control import ServiceControl
from .service_pg_ctl import PgCtl
from .service_pg_ctlcluster import DebianCluster
from .service_systemd import SystemdUnit
from .supervisor import started_again

ACCEPTING = "accepting"
STARTED = "started"

_CONTROLS: Mapping[str, type[ServiceControl]] = {SYSTEMD: SystemdUnit, PG_CTLCLUSTER: DebianCluster, PG_CTL: PgCtl}
# pg_ctlcluster and pg_ctl look once a second or so.
_ASK_SECONDS = 60
# A unit whose program never reports that it is ready must not block the caller.
_SETTLE_SECONDS = 10
_POLL_SECONDS = 0.1


def control_of(cluster: Cluster, *, runner: Runner) -> ServiceControl:
    """The port to whoever owns the cluster."""
    return _CONTROLS[cluster.service.kind](cluster, runner=runner)


class Service:
    """The service of one cluster. Call it as the cluster's user."""

    def __init__(self, cluster: Cluster, *, runner: Runner) -> None:
        self._cluster = cluster
        self._control = control_of(cluster, runner=runner)
        self.log = ServerLog(cluster, runner=runner)

    @property
    def needs_root(self) -> bool:
        """Whether only root can start and stop the server."""
        return self._control.needs_root

    def is_running(self) -> bool:
        """Whether a server process works on the data directory, accepting connections or not."""
        return postmaster_pid(self._cluster.data_directory) is not None

    def start(self, *, timeout_seconds: float = 60, until: str = ACCEPTING) -> None:
        """Start the server; nothing happens when it runs already.

        ``until`` is ACCEPTING (open for work; in a recovery: for reading, or as far as one without hot standby gets)
        or STARTED (the process is there; a recovery may go on for hours). Raises Failed ``server-start-failed`` and
        Unavailable ``server-start-timeout``, both with what the log says.
        """
        mark = self.log.mark(now_seconds=time.time())
        asked = None
        if not self.is_running():
            asked = self._control.start(timeout_seconds=timeout_seconds + _ASK_SECONDS)
        self._wait_for_start(asked, mark=mark, until=until, timeout_seconds=timeout_seconds)

    def stop(self, *, mode: str = FAST, timeout_seconds: float = 300) -> None:
        """Stop the server (``fast``, ``immediate`` or ``smart``) and wait until its process is gone.

        Raises Unavailable ``server-stop-timeout`` with what the log says: a fast shutdown waits for the checkpoint and
        for the archiver to try what is left. Raises Failed ``service-failed`` when the service manager refuses,
        ``server-started-again`` when somebody else starts it at once.
        """
        pid = postmaster_pid(self._cluster.data_directory)
        if pid is None:
            return
        mark = self.log.mark(now_seconds=time.time())
        if mode == FAST:
            result = self._control.stop(timeout_seconds=timeout_seconds + _ASK_SECONDS)
            if result.rc != 0 and self.needs_root and self.is_running():
                self._raise_service_failed(result)
        else:
            self._control.stop_server(mode=mode, timeout_seconds=timeout_seconds + _ASK_SECONDS)
        self._wait_for_stop(mark, pid=pid, timeout_seconds=timeout_seconds)

    def restart(self, *, timeout_seconds: float = 300) -> None:
        """Stop fast and start again. Raises what :meth:`stop` and :meth:`start` raise."""
        self.stop(timeout_seconds=timeout_seconds)
        self.start(timeout_seconds=timeout_seconds)

    def reload(self) -> None:
        """Ask the server to read its configuration again; it does so a moment later. Raises Failed."""
        self._control.reload()

    def promote(self, *, timeout_seconds: int) -> None:
        """End the recovery and wait until the server is open for writing. Raises Failed (``promotion-failed``)."""
        result = self._control.promote(timeout_seconds=timeout_seconds)
        if result.rc != 0:
            raise Failed(
                f"the server was not promoted within {timeout_seconds} seconds: {_words(result)}",
                code="promotion-failed",
                hint="Its log says what it waits for.",
            )

    def _wait_for_start(self, asked: Result | None, *, mark: LogMark, until: str, timeout_seconds: float) -> None:
        began = time.monotonic()
        seen = False
        while True:
            alive = self.is_running()
            if alive and (until == STARTED or self._accepts_connections()):
                if until != STARTED:
                    self._wait_until_settled()
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
        return self._control.has_given_up(waited_seconds=waited_seconds, has_logged=lambda: bool(self.log.since(mark)))

    def _wait_until_settled(self) -> None:
        """Wait until the service manager knows that its server accepts connections, which takes it a moment longer."""
        wait_until(self._control.is_settled, seconds=_SETTLE_SECONDS, pause_seconds=_POLL_SECONDS)

    def _wait_for_stop(self, mark: LogMark, *, pid: int, timeout_seconds: float) -> None:
        """Wait until this process is gone; another one means that somebody else starts the server."""

        def left() -> int | None:
            return postmaster_pid(self._cluster.data_directory)

        now = wait_until(left, seconds=timeout_seconds, pause_seconds=_POLL_SECONDS, enough=lambda each: each != pid)
        if now == pid:
            raise self._timed_out("stop", mark=mark, timeout_seconds=timeout_seconds)
        if now is not None:
            raise started_again(self._cluster.data_directory, pid=now)

    def _start_failed(self, asked: Result | None, *, mark: LogMark) -> PitrError:
        said = self._said(asked, mark=mark)
        return Failed(
            f"the server of '{self._cluster.data_directory}' did not start: {said}",
            code="server-start-failed",
            hint=f"Its log: {', '.join(self.log.files()) or self._control.log_place}",
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
            lines = _words(asked).splitlines()
        return "\n".join(lines) or "its log says nothing"

    def _raise_service_failed(self, result: Result) -> None:
        raise Failed(
            f"'{' '.join(result.argv)}' failed: {_words(result)}",
            code="service-failed",
            hint="The service manager obeys root alone: run with 'become: true'.",
        )


def _words(result: Result) -> str:
    return (result.stderr or result.stdout).strip()


__all__ = ("ACCEPTING", "STARTED", "Service", "control_of")
