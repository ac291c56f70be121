# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the WAL ends that a copy replays without a target: where it ended when the plan was made.

What the cluster writes later was looked at by nobody. A tablespace that it creates then would be replayed into the
cluster's own files, while it uses them.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..wal.lsn import Lsn
from ..wal.segment import Segment, SegmentSize


@dataclass(frozen=True)
class CopyEnd:
    """``last_whole`` is the last segment that is read to its end. ``cut_bytes`` of the one behind are read, if any."""

    last_whole: str
    cut: str | None
    cut_bytes: int

    @classmethod
    def at(cls, lsn: Lsn, *, timeline: int, size: SegmentSize) -> CopyEnd:
        """The end of the WAL at this position.

        >>> CopyEnd.at(Lsn.parse("0/3000028"), timeline=1, size=SegmentSize(16 << 20))
        CopyEnd(last_whole='000000010000000000000002', cut='000000010000000000000003', cut_bytes=40)
        >>> CopyEnd.at(Lsn.parse("0/3000000"), timeline=1, size=SegmentSize(16 << 20)).cut is None
        True
        """
        number, cut_bytes = divmod(lsn.value, size.size_bytes)
        cut = str(Segment(timeline, number, size)) if cut_bytes else None
        return cls(str(Segment(timeline, number - 1, size)), cut, cut_bytes)


__all__ = ("CopyEnd",)
