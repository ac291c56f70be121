# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Noticing, while a backup runs, that the archive it waits for does not move."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from ..._core.backup.server_facts import check_archiver
from ..._core.backup.server_role import wal_not_archived
from ..._core.errors import PitrError
from ..._core.postgres.cluster import Cluster
from ..._io.sql.server import Server
from ..._io.wal.archive_status import read_ready_files
from .queries import is_waiting_for_archive


class ArchiveWatch:
    """Watches one backup; ``standby_wait_seconds`` is ``None`` for that of a primary."""

    def __init__(
        self,
        cluster: Cluster,
        *,
        server: Server,
        standby_wait_seconds: float | None,
        clock: Callable[[], datetime],
    ) -> None:
        self._cluster = cluster
        self._server = server
        self._standby_wait_seconds = standby_wait_seconds
        self._clock = clock
        self._waiting_since: datetime | None = None

    def check(self) -> None:
        """Raise when the server waits for an archive that fails or stands still: it would wait for ever.

        Unavailable (``archiver-failing``), Failed (``backup-wal-missing``).
        """
        try:
            if not is_waiting_for_archive(self._server):
                return
            archiver = self._server.archiver_stats()
        except PitrError:
            # A server that is going down ends pg_basebackup too, whose words say more.
            return
        now = self._clock()
        if self._standby_wait_seconds is not None:
            self._check_standby_wait(self._standby_wait_seconds, now=now)
        ready = read_ready_files(self._cluster.data_directory, now_seconds=now.timestamp())
        check_archiver(archiver, ready=ready, now=now)

    def _check_standby_wait(self, limit_seconds: float, *, now: datetime) -> None:
        """Raise when a standby that archives itself has waited too long for the primary to end the segment."""
        self._waiting_since = self._waiting_since or now
        waited_seconds = (now - self._waiting_since).total_seconds()
        if waited_seconds > limit_seconds:
            raise wal_not_archived("the last segment of its WAL", waited_seconds=waited_seconds)


__all__ = ("ArchiveWatch",)
