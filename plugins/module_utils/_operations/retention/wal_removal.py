# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finding and removing the WAL files that nothing needs, directory by directory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ..._core.repository.layout import WAL, logical_name, timeline_folder, told_of
from ..._core.retention.plan import RemoveWal
from ..._core.wal.file_name import LOG_BYTES, TIMELINE_HISTORY, segment_number, wal_file_kind
from ..._core.wal.interval_set import IntervalSet
from ..._core.wal.segment import SegmentSize
from ..._core.wal.segment_range import ranges_of
from ..._io.storage.port import Storage

_HEX = frozenset("0123456789ABCDEF")


@dataclass(frozen=True)
class WalRemoval:
    """Removes the segments that are ``removable``, as numbers by timeline, with all that lies there for them.

    Nothing else goes, so that WAL stays that was pushed after this was decided, on a new timeline too. History files
    always stay. A timeline without an entry had no segments: only its empty directories go.
    """

    storage: Storage
    removable: Mapping[int, IntervalSet]
    size: SegmentSize

    def plan(self, expired: Mapping[int, IntervalSet]) -> tuple[RemoveWal, ...]:
        """What lies there to be removed, oldest timeline first; ``expired`` are the segments among it."""
        steps = (self._step(timeline, expired.get(timeline, IntervalSet())) for timeline in self._timelines())
        return tuple(step for step in steps if step is not None)

    def remove(self, step: RemoveWal) -> None:
        """Remove what the step names, oldest first, so that what is left of an interrupted run has no hole."""
        for log in step.logs:
            self.storage.delete(list(self._files(step.timeline, log)))
            self.storage.prune(self._folder(step.timeline, log))
        self.storage.prune(self._folder(step.timeline))

    def _step(self, timeline: int, expired: IntervalSet) -> RemoveWal | None:
        logs, count, size_bytes = [], 0, 0
        for log in self._logs(timeline):
            facts = self.storage.stat_many(self._files(timeline, log))
            sizes = [each[0] for each in facts if each is not None]
            if sizes or not self.storage.list(self._folder(timeline, log), hidden=True):
                logs.append(log)
                count += len(sizes)
                size_bytes += sum(sizes)
        if not logs:
            return None
        return RemoveWal(timeline, ranges_of({timeline: expired}), self.size, tuple(logs), count, size_bytes)

    def _timelines(self) -> list[int]:
        return [int(name, 16) for name in self._numbered(WAL)]

    def _logs(self, timeline: int) -> Iterator[str]:
        """The directories of the timeline of which something may go, in order."""
        per_log = LOG_BYTES // self.size.size_bytes
        removable = self.removable.get(timeline)
        for log in self._numbered(self._folder(timeline)):
            first = int(log, 16) * per_log
            if removable is None or next(removable.between(first, first + per_log), None):
                yield log

    def _files(self, timeline: int, log: str) -> Iterator[str]:
        """Every file there that belongs to a removable segment: in order, and each before its checksum."""
        folder = self._folder(timeline, log)
        removable = self.removable.get(timeline, IntervalSet())
        for name in sorted(self.storage.list(folder)):
            segment = _segment_of(name)
            if segment is None or segment[:16] != f"{timeline:08X}{log}":
                continue
            if segment_number(segment, size_bytes=self.size.size_bytes) in removable:
                yield f"{folder}/{name}"

    def _numbered(self, folder: str) -> list[str]:
        return sorted(name for name in self.storage.list(folder) if len(name) == 8 and _HEX.issuperset(name))

    def _folder(self, timeline: int, log: str = "") -> str:
        return timeline_folder(f"{timeline:08X}", log)


def _segment_of(name: str) -> str | None:
    """The name of the segment to which a file belongs, checksums included."""
    stem = told_of(name)
    kind = wal_file_kind(logical_name(stem))
    return stem[:24] if kind not in (None, TIMELINE_HISTORY) else None


__all__ = ("WalRemoval",)
