# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The end of a backup, when the server waits until its WAL is archived.

It looks once a second, and WAL is archived in a tenth of one. A server process that is sent SIGUSR1 looks at once: by
that signal PostgreSQL's processes wake each other, and one that finds nothing else to do goes on with what it waits for
(source: ``do_pg_backup_stop`` in xlog.c, ``procsignal_sigusr1_handler`` in procsignal.c).
"""

from __future__ import annotations

import os
import signal
import time

from .._core.backup_history import SUFFIX, BackupHistory
from .files import read_text
from .postmaster import postmaster_pid

_AGAIN_SECONDS = 0.2


class ArchiveWait:
    """Looks whether the backup with this label only waits for the archive, and ends the wait when that has everything.

    A backup of a standby has no history file, and is never found waiting. ``proc`` is for tests.
    """

    def __init__(self, label: str, *, data_directory: str, proc: str = "/proc") -> None:
        self._label = label
        self._wal = f"{data_directory}/pg_wal"
        self._data_directory = data_directory
        self._proc = proc
        self._awaited: tuple[str, ...] = ()
        self._woken = 0.0

    def look(self) -> bool:
        """Whether the backup waits for the archive, as far as it can be told; what can't be read is no failure."""
        try:
            return self._is_waiting()
        except OSError:
            return False

    def _is_waiting(self) -> bool:
        self._awaited = self._awaited or self._find()
        if not self._awaited:
            return False
        if not any(self._is_busy(name) for name in self._awaited) and time.monotonic() - self._woken > _AGAIN_SECONDS:
            self._woken = time.monotonic()
            self._wake()
        return True

    def _find(self) -> tuple[str, ...]:
        """What has to be archived: the backup's history file, and the last segment that it names."""
        for name in sorted(os.listdir(self._wal), reverse=True):
            if name.endswith(SUFFIX):
                history = BackupHistory.parse(read_text(f"{self._wal}/{name}") or "")
                if history is not None and history.label == self._label:
                    return (name, history.last_segment)
        return ()

    def _is_busy(self, name: str) -> bool:
        """Whether it is not archived, as ``XLogArchiveIsBusy`` in PostgreSQL's xlogarchive.c tells it."""
        status = f"{self._wal}/archive_status/{name}"
        if os.path.exists(f"{status}.done"):
            return False
        return os.path.exists(f"{status}.ready") or os.path.exists(f"{self._wal}/{name}")

    def _wake(self) -> None:
        """Wake the process that sends the backup; where it is not found, it wakes by itself within a second."""
        server = postmaster_pid(self._data_directory)
        for entry in os.listdir(self._proc) if server else ():
            if entry.isdigit() and self._sends_backup(entry, server=server):
                self._signal(int(entry), server=server)

    def _signal(self, pid: int, *, server: int | None) -> None:
        # The descriptor names the process and not its number, which could by now be another's.
        try:
            descriptor = os.pidfd_open(pid)
        except OSError:
            return
        try:
            if self._sends_backup(str(pid), server=server):
                signal.pidfd_send_signal(descriptor, signal.SIGUSR1)
        except OSError:
            return
        finally:
            os.close(descriptor)

    def _sends_backup(self, pid: str, *, server: int | None) -> bool:
        """Whether it is the server's own process, which shows what it does as its title."""
        try:
            with open(f"{self._proc}/{pid}/stat", encoding="utf-8", errors="replace") as stream:
                parent = stream.read().rpartition(")")[2].split()[1]
            if int(parent) != server:
                return False
            with open(f"{self._proc}/{pid}/cmdline", encoding="utf-8", errors="replace") as stream:
                return f'sending backup "{self._label}"' in stream.read()
        except OSError:
            return False


__all__ = ("ArchiveWait",)
