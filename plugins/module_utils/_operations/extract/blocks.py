# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An incremental file of a link that comes in pieces: its header stays in memory, its blocks in a spool until used."""

from __future__ import annotations

import threading
from array import array
from bisect import bisect_right

from ..._core.backup.incremental_file import FIXED_BYTES, IncrementalStart
from .block_spool import BlockSpool
from .turns import Turns

_NUMBER_BYTES = 4
# What a file takes in memory beside its blocks.
OWN_BYTES = 1024


class Blocks:
    """What has come of a link's incremental file, in order; several threads may use it.

    Who waits for more of it waits in ``turns``, which says when the link may hold the file and its pieces.
    """

    def __init__(self, spool: BlockSpool, *, turns: Turns, link: int, size_bytes: int) -> None:
        turns.hold(link, OWN_BYTES)
        self.size_bytes = size_bytes
        # How much of it has come.
        self.written = 0
        self._spool = spool
        self._turns = turns
        self._link = link
        self._head = bytearray()
        self._head_bytes = FIXED_BYTES
        self._lock = threading.Lock()
        # Of each piece in the spool, where it begins in the file and ends, and where it lies.
        self._starts: list[int] = []
        self._ends: list[int] = []
        self._offsets: list[int] = []
        self._is_used_up = False

    @property
    def has_header(self) -> bool:
        """Whether the numbers of all blocks have come, or all that there is."""
        return self.written >= self._head_bytes or self.written == self.size_bytes

    @property
    def start(self) -> IncrementalStart:
        """How it begins. Raises Damaged (``archive-damaged``)."""
        return IncrementalStart.parse(bytes(self._head[:FIXED_BYTES]))

    @property
    def numbers(self) -> array[int]:
        """The numbers of its blocks, which has a header."""
        return array("I", self.start.numbers(bytes(self._head)))

    def write(self, piece: memoryview) -> None:
        """The next bytes. Raises Damaged (``archive-damaged``), NotWhole, OSError."""
        rest = self._take_header(piece)
        if rest:
            self._keep(rest, start=self.written + len(piece) - len(rest))
        self.written += len(piece)
        self._turns.tell(self._link)

    def places(self, start: int, size_bytes: int) -> list[tuple[int, int]]:
        """Where in the spool these bytes lie, which have come: offsets and sizes, in order."""
        found = []
        end = start + size_bytes
        with self._lock:
            number = bisect_right(self._starts, start) - 1
            while start < end:
                step = min(self._ends[number], end) - start
                found.append((self._offsets[number] + start - self._starts[number], step))
                start, number = start + step, number + 1
        return found

    def free_until(self, end: int) -> None:
        """Nobody needs anything before this place in the file any more."""
        with self._lock:
            self._free(bisect_right(self._ends, end))

    def use_up(self) -> None:
        """Nobody needs anything more of it, nor what is still to come."""
        with self._lock:
            self._is_used_up = True
            self._free(len(self._ends))
        self._turns.let_go(self._link, OWN_BYTES)

    def _take_header(self, piece: memoryview) -> memoryview:
        """Keep what is of the header; the rest."""
        while piece and len(self._head) < self._head_bytes:
            step = piece[: self._head_bytes - len(self._head)]
            self._head += step
            piece = piece[len(step) :]
            if len(self._head) == FIXED_BYTES:
                self._head_bytes += _NUMBER_BYTES * self.start.block_count
        return piece

    def _keep(self, piece: memoryview, *, start: int) -> None:
        self._turns.hold(self._link, len(piece))
        offset = self._spool.take(len(piece))
        self._spool.write(piece, offset=offset)
        with self._lock:
            self._starts.append(start)
            self._ends.append(start + len(piece))
            self._offsets.append(offset)
            if self._is_used_up:
                self._free(len(self._ends))

    def _free(self, count: int) -> None:
        """Free the first pieces."""
        if not count:
            return
        pieces = list(zip(self._starts[:count], self._ends, self._offsets))
        del self._starts[:count], self._ends[:count], self._offsets[:count]
        for start, end, offset in pieces:
            self._spool.give_back(offset, end - start)
        self._turns.let_go(self._link, sum(end - start for start, end, _offset in pieces))


__all__ = ("OWN_BYTES", "Blocks")
