# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How far the repository lags behind the cluster, and what would be lost with the host."""

from __future__ import annotations

from dataclasses import dataclass

from ..wal.file_name import timeline_of
from ..wal.listing import StoredWal
from ..wal.lsn import Lsn
from ..wal.segment import Segment
from ..wal.timeline import TimelineHistory
from .archive_status import ArchiveStatus

# A segment begins with the long header of its first page, in which nothing of a transaction is.
_HEADER_BYTES = 40


@dataclass(frozen=True)
class WalPosition:
    """A position on a timeline."""

    timeline: int
    lsn: Lsn


@dataclass(frozen=True)
class WrittenWal:
    """Where a cluster's WAL ends (``insert``), and when that was so (Unix time): now, unless its server is stopped.

    ``history`` is that of its timeline. ``switch_seconds`` is after how many seconds at most the server finishes a
    segment that has changes in it (``archive_timeout``), ``None``: however long that takes.
    """

    insert: WalPosition
    at_seconds: float
    history: TimelineHistory
    switch_seconds: int | None = None


@dataclass(frozen=True)
class ArchiveLag:
    """What only the host has: finished segments that wait, and the longest wait in seconds; bytes of WAL up to now.

    ``stored_until`` is where the repository's WAL ends without a hole. ``loss_seconds`` estimates for how long the
    changes were made that would be lost with the host now. ``None``: not known.
    """

    segments: int
    seconds: float
    size_bytes: int | None = None
    stored_until: Lsn | None = None
    loss_seconds: float | None = None


# What is known where nobody has looked.
NO_LAG = ArchiveLag(0, 0.0)


def archive_lag(
    status: ArchiveStatus, *, now_seconds: float, stored: StoredWal | None, written: WrittenWal | None
) -> ArchiveLag:
    """The lag. ``stored`` is ``None`` where the repository is away, ``written`` on a standby or where it is unknown."""
    segments = len(status.waiting_segments())
    seconds = round(status.ready(now_seconds=now_seconds).oldest_seconds, 1)
    end = None if stored is None or written is None else stored_end(stored, written=written, status=status)
    if stored is None or written is None or end is None:
        return ArchiveLag(segments, seconds)
    size_bytes = max(0, written.insert.lsn - end)
    loss = 0.0 if size_bytes <= _HEADER_BYTES else _loss_seconds(end, stored=stored, written=written, status=status)
    return ArchiveLag(segments, seconds, size_bytes, end, None if loss is None else round(loss, 1))


def stored_end(stored: StoredWal, *, written: WrittenWal, status: ArchiveStatus) -> Lsn | None:
    """Where the stored WAL of this history ends without a hole; ``None``: nothing of it is stored."""
    last = _last_stored(stored, history=written.history)
    if last is None:
        return None
    # Segments may be stored out of order after a failure; what is before waits then.
    waiting = (Segment.parse(name, size=stored.size) for name in status.waiting_segments())
    missing = (
        each.start
        for each in waiting
        if not stored.has(str(each)) and written.history.segment_at(each.number, size=stored.size) == each
    )
    return min([last, *missing])


def _last_stored(stored: StoredWal, *, history: TimelineHistory) -> Lsn | None:
    """The end of the last stored segment of the timeline, or, while it has none, of what came before."""
    for timeline in (history.timeline, *(switch.timeline for switch in reversed(history.ancestors))):
        intervals = stored.intervals.get(timeline)
        last = None if intervals is None else intervals.last
        if last is not None:
            end, switch = stored.size.start_of(last + 1), history.switch_from(timeline)
            return end if switch is None else min(end, switch)
    return None


def _loss_seconds(end: Lsn, *, stored: StoredWal, written: WrittenWal, status: ArchiveStatus) -> float | None:
    """The time since the last stored segment was finished, but no more than a change may have stayed unfinished."""
    known = []
    segment = written.history.segment_at(stored.size.number_at(end + -1), size=stored.size)
    finished_at = status.finished_at(segment.number, timeline=segment.timeline, size_bytes=stored.size.size_bytes)
    if finished_at is not None:
        known.append(written.at_seconds - finished_at)
    if written.switch_seconds is not None:
        # A server without changes finishes no segment, however much of other WAL it writes.
        waited = (written.at_seconds - status.files[name].finished_at for name in _waiting(status, stored, written))
        known.append(max([0.0, *waited]) + written.switch_seconds)
    return max(0.0, min(known)) if known else None


def _waiting(status: ArchiveStatus, stored: StoredWal, written: WrittenWal) -> tuple[str, ...]:
    """The segments of this history that wait and are not stored."""
    return tuple(
        name
        for name in status.waiting_segments()
        if not stored.has(name) and written.history.contains(timeline_of(name))
    )


__all__ = ("NO_LAG", "ArchiveLag", "WalPosition", "WrittenWal", "archive_lag", "stored_end")
