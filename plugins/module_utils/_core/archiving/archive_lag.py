# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How far the repository lags behind the cluster."""

from __future__ import annotations

from dataclasses import dataclass

from ..wal.file_name import SEGMENT, wal_file_kind
from ..wal.interval_set import IntervalSet
from ..wal.listing import StoredWal
from ..wal.lsn import Lsn
from .archiver_stats import ReadyFiles


@dataclass(frozen=True)
class WalPosition:
    """A position on a timeline."""

    timeline: int
    lsn: Lsn


@dataclass(frozen=True)
class ArchiveLag:
    """Finished segments that wait, bytes of WAL that only the host has (``None``: unknown), and the longest wait."""

    segments: int
    size_bytes: int | None
    seconds: float


def archive_lag(ready: ReadyFiles, *, stored: StoredWal, insert: WalPosition | None) -> ArchiveLag:
    """The lag of what is stored. ``insert`` is where the server writes, ``None`` when it is down or a standby."""
    waiting = sum(1 for name in ready.names if wal_file_kind(name) == SEGMENT)
    return ArchiveLag(waiting, _bytes_behind(stored, insert=insert), round(ready.oldest_seconds, 1))


def _bytes_behind(stored: StoredWal, *, insert: WalPosition | None) -> int | None:
    last = stored.intervals.get(insert.timeline, IntervalSet()).last if insert else None
    if insert is None or last is None:
        return None
    return max(0, insert.lsn - stored.size.start_of(last + 1))


__all__ = ("ArchiveLag", "WalPosition", "archive_lag")
