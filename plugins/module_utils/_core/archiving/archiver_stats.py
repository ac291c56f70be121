# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the server's archiver has done and what waits for it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class ArchiverStats:
    """``pg_stat_archiver``: names and times are ``None`` while there was no such event since the statistics' reset."""

    archived_count: int
    last_archived_wal: str | None
    last_archived_time: datetime | None
    failed_count: int
    last_failed_wal: str | None
    last_failed_time: datetime | None

    @property
    def failing_on(self) -> str | None:
        """The file that the archiver is failing on: no success has followed the last failure."""
        if self.last_failed_time is None:
            return None
        if self.last_archived_time is not None and self.last_archived_time > self.last_failed_time:
            return None
        return self.last_failed_wal


@dataclass(frozen=True)
class ReadyFiles:
    """The WAL files that wait to be archived, in the order of their names, and the age of the oldest in seconds."""

    names: tuple[str, ...]
    oldest_seconds: float

    @property
    def count(self) -> int:
        """How many wait."""
        return len(self.names)


def in_archive_order(names: Iterable[str]) -> tuple[str, ...]:
    """The order in which the archiver takes them: history files first, then by name.

    Source: PostgreSQL, ``src/backend/postmaster/pgarch.c`` (``ready_file_comparator``).
    """
    return tuple(sorted(names, key=lambda name: (not name.endswith(".history"), name)))


__all__ = ("ArchiverStats", "ReadyFiles", "in_archive_order")
