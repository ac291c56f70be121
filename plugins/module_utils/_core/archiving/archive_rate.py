# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How fast segments are finished and archived, by the files in ``archive_status``."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from .archive_status import ArchiveStatus, is_segment

_SECONDS = 300


@dataclass(frozen=True)
class ArchiveRate:
    """Segments a second that the server has finished, and that were archived, of late; ``None``: not known.

    Of late is within five minutes, or the shorter time of which ``pg_wal`` still has the files: PostgreSQL removes the
    oldest ones first, so those of a later moment are all there. The server's own counters begin anew after a crash.
    """

    finished_per_second: float | None
    archived_per_second: float | None


# What is known where nobody has looked.
NO_RATE = ArchiveRate(None, None)


def archive_rate(status: ArchiveStatus, *, now_seconds: float) -> ArchiveRate:
    """Both rates up to now (Unix time)."""
    segments = [each for each in status.files.values() if is_segment(each.name)]
    archived = (each.archived_at for each in segments)
    return ArchiveRate(
        _per_second((each.finished_at for each in segments), now_seconds=now_seconds),
        _per_second((at for at in archived if at is not None), now_seconds=now_seconds),
    )


def _per_second(times: Iterable[float], *, now_seconds: float) -> float | None:
    """How many a second; the first of them only says since when all are known."""
    known = sorted(times)
    if len(known) < 2:
        return None
    since = max(now_seconds - _SECONDS, known[0])
    if since >= now_seconds:
        # The clock was ahead.
        return None
    return sum(1 for at in known if since < at <= now_seconds) / (now_seconds - since)


__all__ = ("NO_RATE", "ArchiveRate", "archive_rate")
