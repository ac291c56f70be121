# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A directory in which the archives of a backup lie until they are read, and no longer."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ..._core.backup.pg_basebackup_failure import SPOOL_PREFIX
from ..._core.backup.spool_limit import SpoolLimit
from ..._core.repository.layout import is_tar_name
from ..._core.wording import size_text
from ..._io.host.files import list_directory
from ..._io.host.scratch import scratch_directory
from ..._io.stream.file_blocks import can_free_ranges, free_range
from ..._io.stream.tar_stream import Noted

# Who reads each archive.
VERIFIER, SENDER = "verifier", "sender"
_READERS = (VERIFIER, SENDER)
_STEP_BYTES = 1 << 20
_BLOCK_BYTES = 1 << 16
# Of a spool, where nobody can tell how large a backup will be.
_LEAST_BYTES = 1 << 20


class Spool:
    """What all readers have read of an archive is freed. Without ``limit`` nothing can be, and all of it stays."""

    def __init__(self, directory: str, *, limit: SpoolLimit | None) -> None:
        self.directory = directory
        self.limit = limit
        self._read: dict[str, dict[str, int]] = {}
        self._freed: dict[str, int] = {}
        self._lock = threading.Lock()

    def noting(self, name: str, reader: str) -> Noted:
        """What notes how far this reader has read an archive."""
        return lambda position, is_end: self._note(name, reader=reader, position=position, is_end=is_end)

    def _note(self, name: str, *, reader: str, position: int, is_end: bool) -> None:
        if self.limit is None:
            return
        with self._lock:
            read = self._read.setdefault(name, dict.fromkeys(_READERS, 0))
            # Behind the end nothing is left of the last block either.
            read[reader] = -(-position // _BLOCK_BYTES) * _BLOCK_BYTES + _STEP_BYTES if is_end else position
            start, end = self._freed.get(name, 0), min(read.values()) // _BLOCK_BYTES * _BLOCK_BYTES
            if end - start >= _STEP_BYTES:
                if free_range(f"{self.directory}/{name}", start=start, end=end):
                    self._freed[name] = end
                else:
                    self.limit = None

    def used_bytes(self) -> int:
        """What the archives take."""
        names = [name for name in list_directory(self.directory) if is_tar_name(name)]
        # Freed first: between the two more may be written, but none is counted as free that is not.
        freed = {name: self._freed.get(name, 0) for name in names}
        return sum(max(_size_bytes(f"{self.directory}/{name}") - freed[name], 0) for name in names)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What its owner should know."""
        if self.limit is not None:
            return ()
        taken, place = size_text(self.used_bytes()), os.path.dirname(os.path.dirname(self.directory))
        return (
            f"the file system of '{place}' cannot free parts of a file, so that the backup"
            f" lay there as a whole ({taken}) until it was stored; set TMPDIR to a directory on ext4, XFS, Btrfs or"
            " tmpfs",
        )


@contextmanager
def new_spool(
    label: str, *, needed_bytes: int | None, limit: SpoolLimit, can_free: Callable[[str], bool] = can_free_ranges
) -> Iterator[Spool]:
    """A spool for a backup that takes about so many bytes; removed at the end, whatever happened.

    Where parts of files cannot be freed, all of it needs room, and has no limit. Raises Unavailable
    (``scratch-missing``).
    """
    whole_bytes = needed_bytes or _LEAST_BYTES
    with scratch_directory(SPOOL_PREFIX, needed_bytes=min(whole_bytes, limit.max_bytes)) as scratch:
        if can_free(scratch):
            yield Spool(f"{scratch}/{label}", limit=limit)
            return
    with scratch_directory(SPOOL_PREFIX, needed_bytes=whole_bytes) as scratch:
        yield Spool(f"{scratch}/{label}", limit=None)


def _size_bytes(path: str) -> int:
    try:
        return os.stat(path).st_size
    except FileNotFoundError:
        return 0


__all__ = ("SENDER", "VERIFIER", "Spool", "new_spool")
