# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Opening a recovered server, and leaving nothing of the recovery behind."""

from __future__ import annotations

import time

from .._core.errors import Unavailable
from .._core.restore_journal import RestoreJournal
from .cluster_folder import ClusterFolder
from .recovery_questions import progress_of, promote, settle, timeline_of_insertion
from .server import Server
from .staging import unstage_recovery

_POLL_SECONDS = 0.1


def open_server(server: Server, journal: RestoreJournal, *, timeout_seconds: int) -> int:
    """Promote a server that is still in recovery, and take the recovery settings out; the result is its new timeline.

    Raises Failed (``promotion-failed``).
    """
    if progress_of(server).in_recovery:
        promote(server, timeout_seconds=timeout_seconds)
    unstage_recovery(journal.directory, staged=journal.staged, before=journal.earlier_auto)
    settle(server)
    return timeline_of_insertion(server)


def wait_for_history(folder: ClusterFolder, *, timeline: int, timeout_seconds: float) -> None:
    """Wait until the new timeline's history file is archived: a later recovery must know that the number is taken.

    Raises Unavailable (``archiving-failed``).
    """
    name = f"{timeline:08X}.history"
    deadline = time.monotonic() + timeout_seconds
    while folder.find_wal(name) is None:
        if time.monotonic() > deadline:
            raise Unavailable(
                f"the server is open on timeline {timeline}, and '{name}' was not archived within "
                f"{timeout_seconds:g} seconds",
                code="archiving-failed",
                hint="See the archiver's error with the module wal_archive_info and in the server's log.",
            )
        time.sleep(_POLL_SECONDS)


__all__ = ("open_server", "wait_for_history")
