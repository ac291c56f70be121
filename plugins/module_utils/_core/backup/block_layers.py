# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The blocks of one relation's file where several incremental backups lie over a whole one."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from .incremental_file import IncrementalStart


@dataclass(frozen=True)
class BlockLayer:
    """What an incremental backup has of a file, in blocks.

    The file has ``size_blocks``; of the older file the first ``kept_blocks`` count, and what it lacks is empty. The
    contents of the blocks ``numbers`` lie one behind the other, the first at ``offset``.
    """

    size_blocks: int
    kept_blocks: int
    numbers: Sequence[int]
    offset: int

    @classmethod
    def of(
        cls,
        start: IncrementalStart,
        numbers: Sequence[int],
        *,
        segment_blocks: int,
        kept_blocks: int | None,
        offset: int,
    ) -> BlockLayer:
        """From the header of an incremental file; ``kept_blocks``: what is known besides of truncations.

        Raises Damaged (``archive-damaged``).
        """
        size_blocks = start.size_blocks(numbers=numbers, segment_blocks=segment_blocks)
        kept = start.truncation_blocks if kept_blocks is None else min(start.truncation_blocks, kept_blocks)
        return cls(size_blocks, min(kept, size_blocks), numbers, offset)


class Run(NamedTuple):
    """Bytes of the file at ``start`` whose content lies elsewhere, at ``offset``."""

    start: int
    size_bytes: int
    offset: int


@dataclass(frozen=True)
class LayeredFile:
    """The file under all layers: its size, how many bytes of the whole file below count, and what lies over them.

    What is in none of them is zeros. ``runs`` are in the order of the file, each with its start in ``starts``.
    """

    size_bytes: int
    kept_bytes: int
    runs: Sequence[Run]
    starts: Sequence[int]

    @property
    def end_bytes(self) -> int:
        """Behind the last run; the rest of the file is the whole one's, or empty."""
        return self.runs[-1].start + self.runs[-1].size_bytes if self.runs else 0

    def runs_in(self, start: int, end: int) -> Iterator[Run]:
        """The parts of runs between these two bytes."""
        first = max(0, bisect_right(self.starts, start) - 1)
        for run in self.runs[first : bisect_left(self.starts, end)]:
            begin, until = max(run.start, start), min(run.start + run.size_bytes, end)
            if begin < until:
                yield Run(begin, until - begin, run.offset + begin - run.start)


def layered_file(layers: Sequence[BlockLayer], *, block_size_bytes: int) -> LayeredFile:
    """The file of these layers, of which there is one at least, the newest first.

    It is what comes of it when each is applied over the one before: blocks of an older layer count as far as every
    newer one keeps them.
    """
    size_blocks = limit = layers[0].size_blocks
    offsets: dict[int, int] = {}
    for layer in layers:
        for place, number in enumerate(layer.numbers):
            if number < limit:
                offsets.setdefault(number, layer.offset + place * block_size_bytes)
        limit = min(limit, layer.kept_blocks)
    runs = list(_runs(offsets, block_size_bytes))
    starts = [run.start for run in runs]
    return LayeredFile(size_blocks * block_size_bytes, limit * block_size_bytes, runs, starts)


def _runs(offsets: Mapping[int, int], block_size_bytes: int) -> Iterator[Run]:
    start = end = offset = 0
    for number in sorted(offsets):
        begin, found = number * block_size_bytes, offsets[number]
        if begin != end or found != offset + end - start:
            if start < end:
                yield Run(start, end - start, offset)
            start, offset = begin, found
        end = begin + block_size_bytes
    if start < end:
        yield Run(start, end - start, offset)


__all__ = ("BlockLayer", "LayeredFile", "Run", "layered_file")
