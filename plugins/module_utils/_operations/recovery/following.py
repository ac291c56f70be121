# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Starts a restored standby, and sees it follow its primary."""

from __future__ import annotations

import math
import re
import time
from dataclasses import dataclass

from ..._core.errors import Failed, PitrError
from ..._core.restore.journal import FOLLOWING, RestoreJournal
from ..._core.wal.lsn import Lsn
from ..._io.host.runner import Runner
from ..._io.host.wait import wait_until
from ..._io.postgres.control_data import read_control_data
from ..._io.postgres.server_log import LogMark, ServerLog
from ..._io.postgres.service.service import STARTED, Service
from .check_sessions import Connect
from .queries import progress_of

_START_SECONDS = 120
_PAUSE_SECONDS = 0.5
_STREAMING = "streaming"
_LOG_LINES = 200
# As in "restored log file", in whatever language.
_SEGMENT = re.compile(r"\b[0-9A-F]{24}\b")


@dataclass(frozen=True)
class Following:
    """One standby; ``seconds`` is how long it may replay nothing before it streams.

    ``limit_seconds`` is how long it may take at all.
    """

    journal: RestoreJournal
    connect: Connect
    runner: Runner
    seconds: float
    limit_seconds: float = math.inf

    def until_open(self) -> RestoreJournal:
        """The journal once the standby is consistent and streams. Raises Failed (``standby-not-following``)."""
        cluster = self.journal.restored
        mark = ServerLog(cluster, runner=self.runner).mark(now_seconds=time.time())
        Service(cluster, runner=self.runner).start(timeout_seconds=_START_SECONDS, until=STARTED)
        state = self.awaited(mark)
        if state != _STREAMING:
            said = ServerLog(cluster, runner=self.runner).since(mark)
            raise Failed(
                f"the standby does not stream from its primary: {state}; its log says: {' / '.join(said)}",
                code="standby-not-following",
                hint="Check 'pitr_restore_primary_conninfo', the slot, and pg_hba.conf and wal_level of the primary.",
            )
        return self.journal.at(FOLLOWING, reached=None, new_timeline=None)

    def awaited(self, mark: LogMark) -> str:
        """Its state once it streams, or once it is given up: it has an archive to catch up before.

        It is, when nothing was replayed for that long; or when it came to the end that the archive had at first, and
        had as long again for what was archived meanwhile. A primary that lets nobody in goes on archiving.
        """
        began, caught_up, before = time.monotonic(), 0.0, self._signs(mark)
        while True:
            state = wait_until(
                self._state,
                enough=lambda found: found == _STREAMING,
                seconds=min(self.seconds, self.limit_seconds),
                pause_seconds=_PAUSE_SECONDS,
            )
            signs = self._signs(mark)
            if state == _STREAMING or signs == before:
                return state
            now, lsn = time.monotonic(), signs[-1]
            if not caught_up and lsn is not None and lsn >= self.journal.plan.stop_lsn:
                caught_up = now
            is_late = caught_up and now - caught_up > max(self.seconds, caught_up - began)
            if is_late or now - began >= self.limit_seconds:
                return state
            before = signs

    def _signs(self, mark: LogMark) -> tuple[str, Lsn | None, Lsn | None]:
        """What changes while WAL is replayed: a server that lets nobody in yet shows it in its files alone."""
        said = ServerLog(self.journal.restored, runner=self.runner).since(mark, lines=_LOG_LINES)
        return max(_SEGMENT.findall(" ".join(said)), default=""), self._flushed(), self._replayed()

    def _flushed(self) -> Lsn | None:
        cluster = self.journal.restored
        try:
            control = read_control_data(cluster.data_directory, bin_directory=cluster.bin_directory, runner=self.runner)
        except PitrError:
            # It is being written.
            return None
        return control.min_recovery_end

    def _replayed(self) -> Lsn | None:
        try:
            server = self.connect(self.journal.restored)
            try:
                return progress_of(server).lsn
            finally:
                server.close()
        except PitrError:
            return None

    def _state(self) -> str:
        """What the process says that receives WAL, or why it cannot be asked."""
        try:
            server = self.connect(self.journal.restored)
        except PitrError as error:
            return error.message
        try:
            if not server.in_recovery():
                return "it is no standby"
            found = server.rows("SELECT status FROM pg_catalog.pg_stat_wal_receiver")
            return str(found[0][0]) if found else "nothing receives WAL"
        finally:
            server.close()


__all__ = ("Following",)
