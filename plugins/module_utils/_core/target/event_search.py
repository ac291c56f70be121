# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Searches an unbroken range of WAL for events, reading as little of it as possible."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ..wal.event import WalEvent, WalExtract
from ..wal.lsn import Lsn
from ..wal.segment import SegmentSize

# How many segments one call of the reader covers at most; it works on one batch while nothing is known yet.
_BATCH_SEGMENTS = 8


class WalReader(Protocol):
    """The port to the contents of WAL."""

    def read(self, *, timeline: int, first: int, last: int) -> WalExtract:
        """Events of the records that begin in the segments ``first`` to ``last`` on the path to ``timeline``."""


@dataclass(frozen=True)
class EventSearch:
    """The segments ``first`` to ``end - 1`` on the path to ``timeline``, all of which can be read."""

    timeline: int
    first: int
    end: int
    size: SegmentSize
    reader: WalReader

    def end_lsn(self) -> Lsn:
        """Where the WAL ends: after the last record of the last segment."""
        if self.end <= self.first:
            return self.size.start_of(self.first)
        last = self.end - 1
        return self.reader.read(timeline=self.timeline, first=last, last=last).end or self.size.start_of(self.end)

    def last_where(self, wanted: Callable[[WalEvent], bool], *, before: Lsn | None = None) -> WalEvent | None:
        """The last event that is ``wanted`` (before a position), searched backwards."""
        end = self.end if before is None else min(self.end, self.size.number_at(before) + 1)
        count = 1
        while end > self.first:
            start = max(self.first, end - count)
            for event in reversed(self._read(start, end - 1).events):
                if wanted(event) and (before is None or event.lsn < before):
                    return event
            end, count = start, min(_BATCH_SEGMENTS, count * 2)
        return None

    def last_end(self, *, before: Lsn | None = None) -> WalEvent | None:
        """The last commit or abort, before a position if one is given."""
        return self.last_where(lambda event: event.ends_transaction, before=before)

    def last_commit(self, *, before: Lsn | None = None) -> WalEvent | None:
        """The last commit, before a position if one is given."""
        return self.last_where(lambda event: event.kind == "commit", before=before)

    def first_beyond(self, moment: datetime, *, inclusive: bool) -> WalEvent | None:
        """The commit or abort before which recovery to this time stops; ``None`` when all ends are earlier.

        Recovery stops at the first record in WAL order whose time is after the target (``inclusive``), or not before.
        Times in WAL grow but for moments between concurrent sessions, so bisection finds the segment.
        """

        def is_beyond(event: WalEvent) -> bool:
            return event.moment is not None and (event.moment > moment if inclusive else event.moment >= moment)

        low, high = self.first, self.end - 1
        while low < high:
            middle = (low + high + 1) // 2
            event = next(self._ends(middle, high), None)
            if event is None or is_beyond(event):
                high = middle - 1
            else:
                low = max(middle, self.size.number_at(event.lsn))
        # A neighbour may hold an end that is a little out of order.
        return next((event for event in self._ends(max(self.first, low - 1), self.end - 1) if is_beyond(event)), None)

    def end_of_transaction(self, xid: int) -> WalEvent | None:
        """The commit or abort of this transaction (32 bits), looked for first where its neighbours ended.

        Before a transaction's number is given out only smaller ones end, so bisection finds where it began. Most end
        soon after; one that took long, or lies where an older one ended late, is found by going through everything.
        """
        low, high = self.first, self.end - 1
        while low < high:
            middle = (low + high + 1) // 2
            event = next(self._ends(middle, high), None)
            if event is not None and _is_before(event.xid, xid):
                low = max(middle, self.size.number_at(event.lsn))
            else:
                high = middle - 1
        near = self._ends(low, min(self.end - 1, low + 2 * _BATCH_SEGMENTS))
        found = next((event for event in near if event.xid == xid), None)
        return found or self.last_where(lambda event: event.ends_transaction and event.xid == xid)

    def ends_from(self, lsn: Lsn) -> Iterator[WalEvent]:
        """The commits and aborts at and after a position."""
        start = max(self.first, self.size.number_at(lsn))
        return (event for event in self._ends(start, self.end - 1) if event.lsn >= lsn)

    def commits_after(self, lsn: Lsn, *, segments: int) -> tuple[int, bool]:
        """How many commits lie at and after a position, in at most so many segments; and whether that was all."""
        start = max(self.first, self.size.number_at(lsn))
        last = min(self.end - 1, start + segments - 1)
        count = sum(1 for event in self._ends(start, last) if event.kind == "commit" and event.lsn >= lsn)
        return count, last == self.end - 1

    def _ends(self, first: int, last: int) -> Iterator[WalEvent]:
        count = 1
        while first <= last:
            upto = min(last, first + count - 1)
            yield from (event for event in self._read(first, upto).events if event.ends_transaction)
            first, count = upto + 1, min(_BATCH_SEGMENTS, count * 2)

    def _read(self, first: int, last: int) -> WalExtract:
        return self.reader.read(timeline=self.timeline, first=first, last=last)


def _is_before(xid: int, other: int) -> bool:
    """Whether a transaction number is older than another, in the circle that 32 bits make."""
    return 0 < (other - xid) & 0xFFFFFFFF < 0x80000000


__all__ = ("EventSearch", "WalReader")
