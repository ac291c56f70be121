# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finding and removing the WAL files that nothing needs, directory by directory."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ..._core.retention.plan import RemoveWal
from ..._core.wal.file_name import LOG_BYTES, TIMELINE_HISTORY, segment_number, wal_file_kind
from ..._core.wal.interval_set import IntervalSet
from ..._core.wal.segment import SegmentSize
from ..._core.wal.segment_range import ranges_of
from ..._io.host.file_lock import try_lock
from ..._io.host.files import list_directory
from ..._io.repository.cluster_folder import ClusterFolder
from ..._io.wal.checksum_file import SUFFIX as CHECKSUM_SUFFIX
from ..._io.wal.layout import logical_name

_HEX = frozenset("0123456789ABCDEF")


@dataclass(frozen=True)
class WalRemoval:
    """Removes the segments that are ``removable``, as numbers by timeline, with all that lies there for them.

    Nothing else goes, so that WAL stays that was pushed after this was decided, on a new timeline too. History files
    always stay. A timeline without an entry had no segments: only its empty directories go.
    """

    folder: ClusterFolder
    removable: Mapping[int, IntervalSet]
    size: SegmentSize

    def plan(self, expired: Mapping[int, IntervalSet]) -> tuple[RemoveWal, ...]:
        """What lies there to be removed, oldest timeline first; ``expired`` are the segments among it."""
        steps = (self._step(timeline, expired.get(timeline, IntervalSet())) for timeline in self._timelines())
        return tuple(step for step in steps if step is not None)

    def remove(self, step: RemoveWal) -> None:
        """Remove what the step names, oldest first, so that what is left of an interrupted run has no hole."""
        for log in step.logs:
            for path in self._files(step.timeline, log):
                _remove(path)
            _remove_if_empty(self._directory(step.timeline, log))
        _remove_if_empty(self._directory(step.timeline))

    def _step(self, timeline: int, expired: IntervalSet) -> RemoveWal | None:
        logs, count, size_bytes = [], 0, 0
        for log in self._logs(timeline):
            sizes = [_size_of(path) for path in self._files(timeline, log)]
            if sizes or not list_directory(self._directory(timeline, log)):
                logs.append(log)
                count += len(sizes)
                size_bytes += sum(sizes)
        if not logs:
            return None
        return RemoveWal(timeline, ranges_of({timeline: expired}), self.size, tuple(logs), count, size_bytes)

    def _timelines(self) -> list[int]:
        return [int(name, 16) for name in _numbered(self.folder.wal_directory)]

    def _logs(self, timeline: int) -> Iterator[str]:
        """The directories of the timeline of which something may go, in order."""
        per_log = LOG_BYTES // self.size.size_bytes
        removable = self.removable.get(timeline)
        for log in _numbered(self._directory(timeline)):
            first = int(log, 16) * per_log
            if removable is None or next(removable.between(first, first + per_log), None):
                yield log

    def _files(self, timeline: int, log: str) -> Iterator[str]:
        """Every file there that belongs to a removable segment: in order, and each before its checksum."""
        directory = self._directory(timeline, log)
        removable = self.removable.get(timeline, IntervalSet())
        for name in sorted(list_directory(directory), key=lambda each: (each.lstrip("."), each)):
            segment = _segment_of(name)
            if segment is None or segment[:16] != f"{timeline:08X}{log}":
                continue
            if segment_number(segment, size_bytes=self.size.size_bytes) in removable:
                yield f"{directory}/{name}"

    def _directory(self, timeline: int, log: str = "") -> str:
        return f"{self.folder.wal_directory}/{timeline:08X}" + (f"/{log}" if log else "")


def _segment_of(name: str) -> str | None:
    """The name of the segment to which a file belongs, checksums and temporary files included."""
    stem = name.removeprefix(".").removesuffix(".tmp").removesuffix(CHECKSUM_SUFFIX)
    kind = wal_file_kind(logical_name(stem))
    return stem[:24] if kind not in (None, TIMELINE_HISTORY) else None


def _remove(path: str) -> None:
    """Remove a file; a temporary one only when nobody writes it."""
    if not os.path.basename(path).startswith("."):
        os.unlink(path)
        return
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    try:
        if try_lock(descriptor):
            os.unlink(path)
    finally:
        os.close(descriptor)


def _remove_if_empty(directory: str) -> None:
    try:
        os.rmdir(directory)
    except OSError:
        # A push has begun to write there, or something else lies in it: it stays.
        return


def _numbered(directory: str) -> list[str]:
    return sorted(name for name in list_directory(directory) if len(name) == 8 and _HEX.issuperset(name))


def _size_of(path: str) -> int:
    try:
        return os.lstat(path).st_size
    except FileNotFoundError:
        # A temporary file whose push has ended.
        return 0


__all__ = ("WalRemoval",)
