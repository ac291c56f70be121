# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What ``pg_wal/archive_status`` says of each WAL file: whether it waits, and when it was finished and archived."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ..wal.file_name import SEGMENT, segment_name, wal_file_kind
from .archiver_stats import ReadyFiles

_READY = ".ready"
_DONE = ".done"


@dataclass(frozen=True)
class StatusFile:
    """One WAL file; times are Unix times in seconds by the host's clock.

    PostgreSQL makes ``<name>.ready`` when the file is finished and renames it to ``<name>.done`` once archive_command
    has succeeded. That changes the time of the inode, and not that of the content. What was never to be archived is
    made as ``.done`` at once. Source: PostgreSQL, ``src/backend/access/transam/xlogarchive.c``.
    """

    name: str
    waits: bool
    finished_at: float
    changed_at: float

    @property
    def archived_at(self) -> float | None:
        """When it was archived; ``None``: it was not, or not by this server."""
        return self.changed_at if not self.waits and self.changed_at > self.finished_at else None


@dataclass(frozen=True)
class ArchiveStatus:
    """Every WAL file of which ``archive_status`` tells, by name."""

    files: Mapping[str, StatusFile]

    @classmethod
    def of(cls, entries: Iterable[tuple[str, float, float]]) -> ArchiveStatus:
        """From the names in the directory, with the times of content and inode."""
        found = {}
        for name, finished_at, changed_at in entries:
            for suffix in (_READY, _DONE):
                if name.endswith(suffix):
                    stem = name.removesuffix(suffix)
                    found[stem] = StatusFile(stem, suffix == _READY, finished_at, changed_at)
        return cls(found)

    def ready(self, *, now_seconds: float) -> ReadyFiles:
        """The files that wait."""
        waiting = {name: each.finished_at for name, each in self.files.items() if each.waits}
        oldest = max((now_seconds - at for at in waiting.values()), default=0.0)
        return ReadyFiles(tuple(sorted(waiting)), max(0.0, oldest))

    def waits(self, name: str) -> bool:
        """Whether this file waits."""
        return name in self.files and self.files[name].waits

    def waiting_segments(self) -> tuple[str, ...]:
        """The names of the segments that wait, in order."""
        return tuple(sorted(name for name, each in self.files.items() if each.waits and is_segment(name)))

    def finished_at(self, number: int, *, timeline: int, size_bytes: int) -> float | None:
        """When this segment was finished, which is up to when it has WAL; ``None``: that is not known any more."""
        found = self.files.get(segment_name(number, timeline=timeline, size_bytes=size_bytes))
        return None if found is None else found.finished_at

    def dated_after(self, moment: float) -> tuple[str, ...]:
        """The files that wait and are dated later than this."""
        return tuple(sorted(name for name, each in self.files.items() if each.waits and each.finished_at > moment))


def is_segment(name: str) -> bool:
    """Whether this is the name of a segment."""
    return wal_file_kind(name) == SEGMENT


__all__ = ("ArchiveStatus", "StatusFile", "is_segment")
