# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Starts a restored standby, and sees it follow its primary."""

from __future__ import annotations

import time
from dataclasses import dataclass

from ..._core.errors import Failed, PitrError
from ..._core.restore.journal import FOLLOWING, RestoreJournal
from ..._io.host.runner import Runner
from ..._io.host.wait import wait_until
from ..._io.postgres.server_log import ServerLog
from ..._io.postgres.service.service import STARTED, Service
from .check_sessions import Connect

_START_SECONDS = 120
_PAUSE_SECONDS = 0.5
_STREAMING = "streaming"


@dataclass(frozen=True)
class Following:
    """One standby; ``seconds`` is how long it may take until it streams."""

    journal: RestoreJournal
    connect: Connect
    runner: Runner
    seconds: float

    def until_open(self) -> RestoreJournal:
        """The journal once the standby is consistent and streams. Raises Failed (``standby-not-following``)."""
        cluster = self.journal.restored
        mark = ServerLog(cluster, runner=self.runner).mark(now_seconds=time.time())
        Service(cluster, runner=self.runner).start(timeout_seconds=_START_SECONDS, until=STARTED)
        state = wait_until(
            self._state, enough=lambda found: found == _STREAMING, seconds=self.seconds, pause_seconds=_PAUSE_SECONDS
        )
        if state != _STREAMING:
            said = ServerLog(cluster, runner=self.runner).since(mark)
            raise Failed(
                f"the standby does not stream from its primary: {state}; its log says: {' / '.join(said)}",
                code="standby-not-following",
                hint="Check 'pitr_restore_primary_conninfo', the slot, and pg_hba.conf and wal_level of the primary.",
            )
        return self.journal.at(FOLLOWING, reached=None, new_timeline=None)

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
