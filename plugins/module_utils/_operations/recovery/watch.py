# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Follows a recovery until it reaches its target or fails."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from ..._core.errors import Failed, PitrError, Unavailable
from ..._core.postgres.cluster import Cluster
from ..._core.postgres.control_data import SHUT_DOWN_IN_RECOVERY
from ..._core.recovery.log import without_refused_logins
from ..._core.restore.recovery_proof import Reached
from ..._io.host.runner import Runner
from ..._io.postgres.control_data import read_control_data
from ..._io.postgres.postmaster import postmaster_file, postmaster_pid
from ..._io.postgres.server_log import LogMark, ServerLog
from ..._io.sql.server import RECOVERY_CONFLICT, Server
from .queries import Progress, progress_of

PAUSED = "paused"
OPEN = "open"
STOPPED = "stopped"

_POLL_SECONDS = 0.1
_POLL_SECONDS_MAX = 1.0
_LOG_LINES = 200
_QUOTED_LINES = 15
_NOT_YET = ("server-starting", "server-down", RECOVERY_CONFLICT)
# About half a minute of polling.
_REFUSED_LOGINS_MAX = 40


@dataclass(frozen=True)
class RecoveryEnd:
    """How a recovery ended: ``state`` is PAUSED, OPEN or STOPPED."""

    state: str
    reached: Reached


class RecoveryWatch:
    """Watches the server of one cluster; ``connect`` opens a connection or raises Unavailable while it cannot.

    ``lets_in`` is whether the server accepts logins while it recovers (hot_standby).
    """

    def __init__(
        self,
        cluster: Cluster,
        *,
        connect: Callable[[], Server],
        runner: Runner,
        mark: LogMark,
        timeline: int,
        lets_in: bool,
    ) -> None:
        self._cluster = cluster
        self._connect = connect
        self._runner = runner
        self._log = ServerLog(cluster, runner=runner)
        self._mark = mark
        self._timeline = timeline
        self._lets_in = lets_in
        self._refused = 0
        self._server: Server | None = None

    def until_end(
        self,
        *,
        stall_seconds: float,
        timeout_seconds: float,
        may_stop: bool,
        tell: Callable[[str], None] = lambda _line: None,
    ) -> RecoveryEnd:
        """Wait for the pause, the opening, or (``may_stop``) the shutdown at the target.

        ``timeout_seconds`` 0 is no limit; ``stall_seconds`` is how long nothing at all may be replayed. Raises Failed
        (``recovery-failed``) as soon as the server is gone, Unavailable (``recovery-stalled``, ``recovery-timeout``).
        """
        began = moved = time.monotonic()
        pause, last = _POLL_SECONDS, ""
        while True:
            if postmaster_pid(self._cluster.data_directory) is None:
                return self._gone(may_stop=may_stop)
            progress = self._progress()
            if progress is not None and progress.lsn is not None and (progress.paused or not progress.in_recovery):
                return RecoveryEnd(
                    PAUSED if progress.paused else OPEN, Reached(progress.lsn, progress.moment, self._timeline)
                )
            now, sign = time.monotonic(), self._sign_of_life(progress)
            if sign != last:
                moved, last = now, sign
                tell(f"recovering: {sign}")
            self._check_patience(now, began=began, moved=moved, stall=stall_seconds, timeout=timeout_seconds)
            time.sleep(pause)
            pause = min(_POLL_SECONDS_MAX, pause * 1.3)

    def close(self) -> None:
        """End the connection."""
        if self._server is not None:
            self._server.close()
            self._server = None

    @property
    def server(self) -> Server:
        """The open connection; opens one if there is none."""
        if self._server is None:
            self._server = self._connect()
        return self._server

    def last_words(self) -> str:
        """What the server's log says since the start."""
        said = without_refused_logins(self._log.since(self._mark, lines=_LOG_LINES))
        return "\n".join(said[-_QUOTED_LINES:]) or "its log says nothing"

    def _progress(self) -> Progress | None:
        if self._server is None and not self._is_open():
            # Asking already would only fill the server's log with refused logins.
            return None
        try:
            return progress_of(self.server)
        except Unavailable as error:
            self.close()
            self._refused = 0 if error.code in _NOT_YET else self._refused + 1
            # Without hot standby every login is refused until the server is open, and with it the first ones may be.
            if self._lets_in and self._refused > _REFUSED_LOGINS_MAX:
                raise
            return None

    def _is_open(self) -> bool:
        content = postmaster_file(self._cluster.data_directory)
        return content is not None and content.accepts_connections

    def _sign_of_life(self, progress: Progress | None) -> str:
        if progress is not None:
            return f"{progress.lsn} {progress.moment or ''}".strip()
        # Without a connection the control file moves with each restart point, and the log with each segment.
        try:
            control = read_control_data(
                self._cluster.data_directory, bin_directory=self._cluster.bin_directory, runner=self._runner
            )
        except PitrError:
            return "the control file is being written"
        return " ".join([str(control.min_recovery_end), str(control.redo_lsn), *self._log.since(self._mark, lines=1)])

    def _gone(self, *, may_stop: bool) -> RecoveryEnd:
        self.close()
        control = read_control_data(
            self._cluster.data_directory, bin_directory=self._cluster.bin_directory, runner=self._runner
        )
        if may_stop and control.state == SHUT_DOWN_IN_RECOVERY:
            return RecoveryEnd(STOPPED, Reached(control.min_recovery_end, None, self._timeline))
        raise Failed(
            f"the server ended before the recovery was over (its state is '{control.state}'): {self.last_words()}",
            code="recovery-failed",
            hint="The last FATAL line is the reason.",
        )

    def _check_patience(self, now: float, *, began: float, moved: float, stall: float, timeout: float) -> None:
        if timeout and now - began > timeout:
            raise Unavailable(
                f"the recovery did not end within {timeout:g} seconds: {self.last_words()}",
                code="recovery-timeout",
                hint="Raise timeout_seconds (0 means no limit) if it was still moving.",
            )
        if now - moved > stall:
            raise Unavailable(
                f"the recovery has not moved for {stall:g} seconds: {self.last_words()}",
                code="recovery-stalled",
                hint="See whether restore_command hangs, and what the server's log says.",
            )


__all__ = ("OPEN", "PAUSED", "STOPPED", "RecoveryEnd", "RecoveryWatch")
