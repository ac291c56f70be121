# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""WAL segments in a scratch directory, where pg_waldump reads them."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from types import TracebackType
from typing import Any

from ..._core.wal.segment import SegmentSize
from ..._io.host.free_space import free_bytes
from ..._io.host.scratch import scratch_directory
from ..._io.repository.cluster_folder import ClusterFolder
from ..._io.repository.cluster_json import read_cluster_document

_BATCH_BYTES = 256 * 1024 * 1024
# What stays for the next reading: a plan reads the segments around its target several times.
_KEPT_BYTES = 64 * 1024 * 1024
# The least that a reading takes: a segment, the one in which its last record ends, and one that stays free.
_NEEDED_SEGMENTS = 3


class SegmentsAtHand:
    """Segments of the repository, or of a cluster's own pg_wal (``live``: paths by name), for one reading at a time.

    Use it as a context manager; its directory exists within.
    """

    def __init__(
        self,
        folder: ClusterFolder,
        *,
        live: Mapping[str, str],
        size: SegmentSize,
        before_segment: Callable[[], None],
    ) -> None:
        self.directory = ""
        self._folder = folder
        self._live = live
        self._size = size
        self._before_segment = before_segment
        self._document: dict[str, Any] | None = None
        self._kept: list[str] = []
        self._stack = ExitStack()

    def __enter__(self) -> SegmentsAtHand:
        size_bytes = self._size.size_bytes
        self.directory = self._stack.enter_context(
            scratch_directory(
                "pgpitr-wal-", needed_bytes=_NEEDED_SEGMENTS * size_bytes, wanted_bytes=_BATCH_BYTES + size_bytes
            )
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def batch_segments(self) -> int:
        """How many segments may be brought for one reading, without the one in which the last record ends."""
        size_bytes = self._size.size_bytes
        return max(1, min(_BATCH_BYTES // size_bytes, free_bytes(self.directory) // size_bytes - 2))

    def bring(self, name: str, *, as_name: str, key: str | None) -> None:
        """Have the file ``name``, stored under ``key`` as far as that is known, in the directory, as ``as_name``.

        Raises Missing (``segment-missing``), Damaged (``segment-damaged``).
        """
        destination = f"{self.directory}/{as_name}"
        if as_name in self._kept:
            if as_name == name:
                return
            # What the next timeline's segment stands for here is the end of this one's.
            self._kept.remove(as_name)
            os.unlink(destination)
        self._before_segment()
        live = self._live.get(name)
        # A segment that was only in pg_wal may have been archived and removed meanwhile.
        if live is not None and os.path.exists(live):
            os.symlink(live, destination)
            return
        if self._document is None:
            self._document = read_cluster_document(self._folder.storage)
        self._folder.fetch_wal(name, destination, document=self._document, key=key)
        if name == as_name:
            self._kept.append(name)

    def release(self) -> None:
        """The reading has ended: only the newest stored segments stay, where there is room for them."""
        count = _KEPT_BYTES // self._size.size_bytes
        if free_bytes(self.directory) < _NEEDED_SEGMENTS * self._size.size_bytes:
            count = 0
        self._kept = self._kept[len(self._kept) - min(count, len(self._kept)) :]
        for name in os.listdir(self.directory):
            if name not in self._kept:
                os.unlink(f"{self.directory}/{name}")


__all__ = ("SegmentsAtHand",)
