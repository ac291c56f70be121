# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Holding pg_basebackup back while its spool is full."""

from __future__ import annotations

import signal
import subprocess
import threading

from .spool import Spool

_NEVER_HELD_SECONDS = 1.0


class Holding(threading.Thread):
    """Stops the process and lets it go on, as the limit of ``spool`` says; from its start until :meth:`end`.

    A thread of its own: whoever tells of a backup may wait for the repository meanwhile. A stopped pg_basebackup reads
    nothing, so that the server's process waits for the socket, which has no time limit in a base backup:
    ``wal_sender_timeout`` counts only while WAL is streamed (``WalSndLoop`` in PostgreSQL's walsender.c). SIGKILL ends
    a stopped process, too.
    """

    def __init__(self, process: subprocess.Popen[bytes], spool: Spool) -> None:
        super().__init__(daemon=True)
        self._process = process
        self._spool = spool
        self._ended = threading.Event()
        self._error: BaseException | None = None
        self.is_held = False

    def run(self) -> None:
        """Look again and again."""
        seconds = 0.0
        try:
            while not self._ended.wait(seconds):
                seconds = self.look()
        except BaseException as error:  # noqa: BLE001 - it is raised again by the thread that asks
            self._error = error

    def look(self) -> float:
        """Hold it or let it go; after how many seconds to look again."""
        limit = self._spool.limit
        if limit is None:
            self._let(False)
            return _NEVER_HELD_SECONDS
        used_bytes = self._spool.used_bytes()
        self._let(limit.holds(used_bytes, is_held=self.is_held))
        return limit.look_seconds(used_bytes)

    def check(self) -> None:
        """Raise what was met so far."""
        if self._error is not None:
            raise self._error

    def end(self) -> None:
        """Look no more."""
        self._ended.set()
        if self.is_alive():
            self.join()

    def _let(self, is_held: bool) -> None:
        if is_held:
            # Again and again: somebody else may have let it go on.
            self._process.send_signal(signal.SIGSTOP)
        elif self.is_held:
            self._process.send_signal(signal.SIGCONT)
        self.is_held = is_held


__all__ = ("Holding",)
