# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The proof that what the server writes arrives in the repository."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from ..._core.errors import Failed
from ..._core.postgres.cluster import Cluster
from ..._core.wal.lsn import Lsn
from ..._core.wal.segment import Segment
from ..._io.host.wait import wait_until
from ..._io.postgres.server_log import LogMark, ServerLog
from ..._io.repository.cluster_folder import ClusterFolder
from ..._io.sql.server import Server
from ..._io.wal.archive_status import read_ready_files

_POLL_SECONDS = 0.1
# The archiver tries a file three times, a second apart, and then rests for a minute (NUM_ARCHIVE_RETRIES in pgarch.c).
_TRIES = 3
_LOG_LINES = 12
_FRESH_SECONDS = 120
_OWN_MARK = "pgpitr"


@dataclass(frozen=True)
class Proof:
    """A segment that arrived, and how many seconds after it was asked for."""

    segment: str
    seconds: float


class ArchiveProof:
    """Watches one cluster's archiver and its folder in the repository."""

    def __init__(self, cluster: Cluster, *, server: Server, folder: ClusterFolder, log: ServerLog) -> None:
        self._cluster = cluster
        self._server = server
        self._folder = folder
        self._log = log

    def stands_already(self, *, archive_timeout_seconds: int) -> bool:
        """Whether the last archived file is in the repository, nothing has failed since, and nothing waits for long."""
        stats = self._server.archiver_stats()
        if stats.last_archived_wal is None or stats.failing_on is not None:
            return False
        ready = read_ready_files(self._cluster.data_directory, now_seconds=time.time())
        if ready.oldest_seconds > _FRESH_SECONDS + archive_timeout_seconds:
            return False
        return self._folder.find_wal(stats.last_archived_wal) is not None

    def make(self, write: Callable[[], Lsn], *, timeout_seconds: float) -> Proof:
        """Write a record, switch to the next segment, and wait until the record's segment is archived and stored.

        ``write`` writes the record and returns the position after it. Raises Failed (``archiving-failed``) in the
        archiver's own words.
        """
        mark = self._log.mark(now_seconds=time.time())
        failures_before = self._failures()
        began = time.monotonic()
        segment = self.write(write)

        def is_decided() -> bool:
            return self._has_arrived(segment) or self._failures() - failures_before >= _TRIES

        wait_until(is_decided, seconds=timeout_seconds, pause_seconds=_POLL_SECONDS)
        if not self._has_arrived(segment):
            raise self._failed(segment, mark=mark, waited_seconds=time.monotonic() - began)
        return Proof(str(segment), round(time.monotonic() - began, 3))

    def write(self, write: Callable[[], Lsn]) -> Segment:
        """Write a record and switch to the next segment; the record's segment, which is not waited for."""
        timeline = self._server.timeline()
        end = write()
        # A switch does nothing on a segment without records, so one is written before.
        self._server.switch_segment()
        return Segment.containing(end + -1, timeline=timeline, size=self._cluster.segment_size)

    def _failures(self) -> int:
        return self._server.archiver_stats().failed_count

    def _has_arrived(self, segment: Segment) -> bool:
        if self._folder.find_wal(str(segment)) is None:
            return False
        last = self._server.archiver_stats().last_archived_wal
        # History and backup history files come in between.
        return last is not None and (last[:24] >= str(segment) or last.endswith(".history"))

    def _failed(self, segment: Segment, *, mark: LogMark, waited_seconds: float) -> Failed:
        stats = self._server.archiver_stats()
        said = self._log.since(mark, lines=200)
        own = [line for line in said if _OWN_MARK in line]
        words = "\n".join((own or list(said))[-_LOG_LINES:]) or "the server's log is silent, or cannot be read"
        failing = f"; the archiver is failing on {stats.failing_on}" if stats.failing_on else ""
        return Failed(
            f"segment {segment} did not arrive in '{self._folder.path}' within {waited_seconds:.1f} seconds"
            f"{failing} ({stats.failed_count} failures so far): {words}",
            code="archiving-failed",
            hint="The WAL stays in pg_wal and is archived once the cause is removed; then run again to prove it.",
        )


__all__ = ("ArchiveProof", "Proof")
