# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Promotes a recovered server and removes the recovery settings."""

from __future__ import annotations

from ..._core.errors import Failed, Unavailable
from ..._core.restore.journal import RestoreJournal
from ..._core.wal.timeline import TimelineHistory
from ..._io.host.files import read_text
from ..._io.host.wait import wait_until
from ..._io.postgres.service.service import Service
from ..._io.repository.cluster_folder import ClusterFolder
from ..._io.sql.server import Server
from ..restore.configuration.recovery_staging import unstage_recovery
from .queries import progress_of, settle, timeline_of_insertion

_POLL_SECONDS = 0.1


def open_server(server: Server, journal: RestoreJournal, *, service: Service, timeout_seconds: int) -> int:
    """Promote a server that is still in recovery, and take the recovery settings out; the result is its new timeline.

    Raises Failed (``promotion-failed``, ``recovery-elsewhere``).
    """
    if progress_of(server).in_recovery:
        service.promote(timeout_seconds=timeout_seconds)
    unstage_recovery(journal.directory, staged=journal.staged, before=journal.earlier_auto)
    settle(server)
    timeline = timeline_of_insertion(server)
    prove_timeline(journal, timeline=timeline)
    return timeline


def prove_timeline(journal: RestoreJournal, *, timeline: int) -> None:
    """Raise Failed (``recovery-elsewhere``) when the new timeline did not leave the planned one."""
    text = read_text(f"{journal.directory}/pg_wal/{timeline:08X}.history") or ""
    ancestors = TimelineHistory.parse(text, timeline=timeline).ancestors
    planned = journal.plan.timeline
    if not ancestors or ancestors[-1].timeline != planned:
        came_from = ancestors[-1].timeline if ancestors else "none"
        raise Failed(
            f"timeline {timeline} begins on timeline {came_from}, and the plan was to recover timeline {planned}",
            code="recovery-elsewhere",
            hint="The recovery settings of the server were not those of the plan.",
        )


def wait_for_history(folder: ClusterFolder, *, timeline: int, timeout_seconds: float) -> None:
    """Wait until the new timeline's history file is archived: a later recovery must know that the number is taken.

    Raises Unavailable (``archiving-failed``).
    """
    name = f"{timeline:08X}.history"
    if not wait_until(lambda: folder.find_wal(name), seconds=timeout_seconds, pause_seconds=_POLL_SECONDS):
        raise Unavailable(
            f"the server is open on timeline {timeline}, and '{name}' was not archived within "
            f"{timeout_seconds:g} seconds",
            code="archiving-failed",
            hint="See the archiver's error with the module wal_archive_info and in the server's log.",
        )


__all__ = ("open_server", "prove_timeline", "wait_for_history")
