# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Searches an unbroken range of WAL for events, reading as little of it as possible."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ..wal.event import WalEvent, WalExtract
from ..wal.lsn import Lsn
from ..wal.segment import SegmentSize
from ..wal.segment_facts import SegmentFacts

# How many segments one call of the reader covers at most; it works on one batch while nothing is known yet.
_BATCH_SEGMENTS = 8
# The same for facts, which are seldom read from the WAL itself.
_BATCH_FACTS = 64


class WalReader(Protocol):
    """The port to the contents of WAL."""

    def read(self, *, timeline: int, first: int, last: int) -> WalExtract:
        """Events of the records that begin in the segments ``first`` to ``last`` on the path to ``timeline``."""

    def facts(self, *, timeline: int, first: int, last: int) -> Sequence[SegmentFacts]:
        """The facts of each of these segments."""

    def known_facts(self, *, timeline: int, first: int, last: int) -> Sequence[SegmentFacts | None]:
        """The same without reading WAL; ``None`` where that would be needed."""

    def first_record(self, *, timeline: int, lsn: Lsn) -> Lsn | None:
        """Where the first record begins at or after a position, in its segment or the next; ``None``: none does."""


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

    def has_record_from(self, lsn: Lsn) -> bool:
        """Whether any record begins at or after the position, so that a recovery to it would stop."""
        number = self.size.number_at(lsn)
        if number >= self.end or number < self.end - 1:
            return number < self.end
        return self.reader.first_record(timeline=self.timeline, lsn=lsn) is not None

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

    def first_beyond(self, moment: datetime, *, inclusive: bool, start: Lsn) -> WalEvent | None:
        """The commit or abort before which recovery from ``start`` to this time stops; ``None``: all are earlier.

        Recovery stops at the first record in WAL order whose time is after the target (``inclusive``), or not before.
        Times need not grow (the clock may be set back), so the facts of all segments are looked at.
        """

        def is_beyond(event: WalEvent) -> bool:
            at = event.moment
            return event.lsn >= start and at is not None and (at > moment if inclusive else at >= moment)

        for number, facts in self.facts():
            if facts.has_later_than(moment, inclusive=inclusive):
                found = next((event for event in self._read(number, number).events if is_beyond(event)), None)
                if found is not None:
                    return found
        return None

    def facts(self) -> Iterator[tuple[int, SegmentFacts]]:
        """The number and the facts of each segment, in order."""
        first, count = self.first, 1
        while first < self.end:
            upto = min(self.end, first + count)
            found = self.reader.facts(timeline=self.timeline, first=first, last=upto - 1)
            yield from zip(range(first, upto), found)
            first, count = upto, min(_BATCH_FACTS, count * 2)

    def facts_backwards(self) -> Iterator[tuple[int, SegmentFacts]]:
        """The same, the last one first."""
        end, count = self.end, 1
        while end > self.first:
            start = max(self.first, end - count)
            found = self.reader.facts(timeline=self.timeline, first=start, last=end - 1)
            yield from zip(range(end - 1, start - 1, -1), reversed(found))
            end, count = start, min(_BATCH_FACTS, count * 2)

    def last_restore_point(self, name: str, *, before: Lsn | None = None) -> WalEvent | None:
        """The last restore point of this name, before a position if one is given."""
        for _number, facts in self.facts_backwards():
            for point in reversed(facts.restore_points):
                if point.name == name and (before is None or point.lsn < before):
                    return point
        return None

    def last_not_later(self, moment: datetime, *, after: WalEvent) -> WalEvent | None:
        """The last commit or abort behind another one, although its time is not later than ``moment``.

        WAL that nothing is known of is read for as far as a batch goes.
        """
        first = self.size.number_at(after.lsn)
        last = self.end - 1
        self.reader.facts(timeline=self.timeline, first=first, last=min(last, first + _BATCH_SEGMENTS - 1))
        known = self.reader.known_facts(timeline=self.timeline, first=first, last=last)
        for number, facts in zip(range(last, first - 1, -1), reversed(known)):
            if facts is not None and facts.least is not None and facts.least <= moment:
                for event in reversed(self._read(number, number).events):
                    if event.moment is not None and event.moment <= moment and event.lsn > after.lsn:
                        return event
        return None

    def end_of_transaction(self, xid: int) -> WalEvent | None:
        """The commit or abort of this transaction (32 bits), or of the one that it was a subtransaction of.

        Before a number is given out only smaller ones end, so bisection finds where the transaction began. Most end
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
        found = next((event for event in near if event.ends(xid)), None)
        return found or self._anywhere(xid)

    def _anywhere(self, xid: int) -> WalEvent | None:
        for number, facts in self.facts_backwards():
            if facts.may_have_xid(xid):
                found = next((event for event in self._read(number, number).events if event.ends(xid)), None)
                if found is not None:
                    return found
        return None

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
