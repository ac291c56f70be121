# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The blocks of newer links that come over one whole file, piece by piece while it is written."""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ..._core.backup.block_layers import BlockLayer, LayeredFile, Run
from .block_spool import BlockSpool
from .blocks import Blocks
from .turns import Turns

# A place in the incremental file of a link as one number. The largest such file is hardly larger than 1 GiB.
_LINK_SHIFT = 40
_PLACE = (1 << _LINK_SHIFT) - 1


def layer_offset(link: int, place: int) -> int:
    """The offset for a ``BlockLayer`` of a link's blocks, the first of which is at this place of its file."""
    return link << _LINK_SHIFT | place


@dataclass(frozen=True)
class LayerBlocks:
    """An incremental file, and what its header says."""

    blocks: Blocks
    layer: BlockLayer

    @property
    def is_in_order(self) -> bool:
        """Whether its blocks come in the order of the whole file, as PostgreSQL's always do."""
        numbers = self.layer.numbers
        return all(numbers[place] < numbers[place + 1] for place in range(len(numbers) - 1))


class Overlay:
    """What comes over a whole file that is written in pieces of ``piece_bytes``, by several threads.

    ``layers`` are by number of their links. What was used is freed as soon as all before it was, too.
    """

    def __init__(
        self,
        file: LayeredFile,
        *,
        layers: Sequence[LayerBlocks],
        spool: BlockSpool,
        turns: Turns,
        block_size_bytes: int,
        piece_bytes: int,
    ) -> None:
        self.file = file
        self._layers = layers
        self._spool = spool
        self._turns = turns
        self._block_size_bytes = block_size_bytes
        self._piece_bytes = piece_bytes
        self._in_order = [each for each in layers if each.is_in_order]
        self._lock = threading.Lock()
        # Numbers of pieces that are done behind the first that is not.
        self._done: set[int] = set()
        self._first_open = 0

    def fill(self, buffer: memoryview, start: int) -> None:
        """Put what comes over these bytes of the file, which begin at ``start``, in their place, once it is there.

        Raises NotWhole, OSError.
        """
        runs = list(self.file.runs_in(start, start + len(buffer)))
        self._wait_for(runs)
        parts: list[memoryview] = []
        begin = end = 0
        for offset, place, size_bytes in sorted(self._places(runs)):
            if offset != end:
                self._spool.read(parts, offset=begin)
                parts, begin = [], offset
            parts.append(buffer[place - start : place - start + size_bytes])
            end = offset + size_bytes
        self._spool.read(parts, offset=begin)
        self.pass_over(start)

    def pass_over(self, start: int) -> None:
        """Nothing more comes over the piece that begins there."""
        with self._lock:
            self._done.add(start // self._piece_bytes)
            before = self._first_open
            while self._first_open in self._done:
                self._done.remove(self._first_open)
                self._first_open += 1
            if self._first_open == before:
                return
            blocks = self._first_open * self._piece_bytes // self._block_size_bytes
            for each in self._in_order:
                used = bisect_left(each.layer.numbers, blocks)
                each.blocks.free_until((each.layer.offset & _PLACE) + used * self._block_size_bytes)

    def end(self) -> None:
        """The file has got all."""
        for each in self._layers:
            each.blocks.use_up()

    def _wait_for(self, runs: Iterable[Run]) -> None:
        """Return when their content is there."""
        wanted = [0] * len(self._layers)
        for run in runs:
            link = run.offset >> _LINK_SHIFT
            wanted[link] = max(wanted[link], (run.offset & _PLACE) + run.size_bytes)
        self._turns.wait_for(
            lambda: [link for link, place in enumerate(wanted) if self._layers[link].blocks.written < place]
        )

    def _places(self, runs: Iterable[Run]) -> Iterator[tuple[int, int, int]]:
        """Offsets in the spool, with the place in the file that each belongs to, and sizes."""
        for run in runs:
            place = run.start
            blocks = self._layers[run.offset >> _LINK_SHIFT].blocks
            for offset, size_bytes in blocks.places(run.offset & _PLACE, run.size_bytes):
                yield offset, place, size_bytes
                place += size_bytes


__all__ = ("LayerBlocks", "Overlay", "layer_offset")
