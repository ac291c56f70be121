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

from ..._core.backup.backup_history import BackupHistory
from ..._core.wal.file_name import BACKUP_HISTORY, wal_file_kind
from ..._io.host.files import read_text
from ..._io.postgres.server_process import signal_server_process

_AGAIN_SECONDS = 0.2


class ArchiveWait:
    """Looks whether the backup with this label only waits for the archive, and ends the wait when that has everything.

    A backup of a standby has no history file, and is never found waiting.
    """

    def __init__(self, label: str, *, data_directory: str) -> None:
        self._label = label
        self._wal = f"{data_directory}/pg_wal"
        self._data_directory = data_directory
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
            # Where its process is not found, it wakes by itself within a second.
            title = f'sending backup "{self._label}"'
            signal_server_process(self._data_directory, title=title, number=signal.SIGUSR1)
        return True

    def _find(self) -> tuple[str, ...]:
        """What has to be archived: the backup's history file, and the last segment that it names."""
        for name in sorted(os.listdir(self._wal), reverse=True):
            if wal_file_kind(name) == BACKUP_HISTORY:
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


__all__ = ("ArchiveWait",)
