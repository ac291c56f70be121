# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The state of archiving at one moment: what the archiver did last, and what waits for it."""

from __future__ import annotations

from dataclasses import dataclass

from .archiver_stats import ArchiverStats, ReadyFiles

SERVER_DOWN = "the server does not run"


@dataclass(frozen=True)
class ArchiverState:
    """How many WAL files wait, the age of the oldest in seconds, the file archived last, and the one that fails now.

    ``server_error`` says why the server could not be asked (``None``: it was). Then ``last_archived`` and
    ``failing_on`` are ``None`` because they are unknown. ``held_wal`` has what stands still and holds back WAL, in
    sentences.
    """

    ready_count: int = 0
    oldest_ready_seconds: float = 0.0
    last_archived: str | None = None
    failing_on: str | None = None
    server_error: str | None = None
    held_wal: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        stats: ArchiverStats | None,
        *,
        ready: ReadyFiles,
        server_error: str = SERVER_DOWN,
        held_wal: tuple[str, ...] = (),
    ) -> ArchiverState:
        """The state from the server's statistics and the files on disk; ``server_error`` counts without statistics."""
        if stats is None:
            return cls(ready.count, ready.oldest_seconds, server_error=server_error)
        return cls(ready.count, ready.oldest_seconds, stats.last_archived_wal, stats.failing_on, None, held_wal)


__all__ = ("SERVER_DOWN", "ArchiverState")
