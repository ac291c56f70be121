# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Listing a cluster's WAL while the process does something else."""

from __future__ import annotations

import marshal
import os
from types import TracebackType

from ..._core.wal.interval_set import IntervalSet
from ..._core.wal.listing import StoredWal
from ..._core.wal.segment import SegmentSize
from ..repository.cluster_folder import ClusterFolder

_CHUNK_BYTES = 65536


class BackgroundListing:
    """Begins to list in a process of its own; use it as a context manager.

    Most of the work on a large archive is the kernel's. A thread would not do: at every name it takes turns with the
    others for Python's lock.
    """

    def __init__(self, folder: ClusterFolder) -> None:
        self._folder = folder
        self._size = folder.identity().segment_size
        self._reader, writer = os.pipe()
        self._child = os.fork()
        if self._child == 0:
            _answer(folder, writer)
        os.close(writer)

    def __enter__(self) -> BackgroundListing:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._reader)
        if self._child:
            os.waitpid(self._child, 0)

    def result(self) -> StoredWal:
        """What :meth:`ClusterFolder.stored_wal` tells; it raises what that raises."""
        chunks = []
        while chunk := os.read(self._reader, _CHUNK_BYTES):
            chunks.append(chunk)
        _pid, status = os.waitpid(self._child, 0)
        self._child = 0
        if status != 0:
            # The same again, here, says why.
            return self._folder.stored_wal()
        return _unpacked(b"".join(chunks), size=self._size)


def _answer(folder: ClusterFolder, writer: int) -> None:
    """What the child does; it never returns."""
    code = 1
    try:
        stored = folder.stored_wal()
        intervals, expired = (
            {each: found[each].bounds for each in found} for found in (stored.intervals, stored.expired)
        )
        answer = marshal.dumps((intervals, stored.others, expired))
        while answer:
            answer = answer[os.write(writer, answer) :]
        code = 0
    finally:
        # Nothing of the parent's may be cleaned up or written here.
        os._exit(code)


def _unpacked(answer: bytes, *, size: SegmentSize) -> StoredWal:
    intervals, others, expired = marshal.loads(answer)  # noqa: S302 - it comes from this very program
    return StoredWal(
        {timeline: IntervalSet(bounds) for timeline, bounds in intervals.items()},
        others,
        size,
        {timeline: IntervalSet(bounds) for timeline, bounds in expired.items()},
    )


__all__ = ("BackgroundListing",)
