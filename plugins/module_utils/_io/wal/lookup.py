# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the WAL files of a cluster lie in its folder of the repository."""

from __future__ import annotations

from ..._core.repository.layout import WAL, is_beside, logical_name, timeline_folder, wal_keys
from ..._core.wal.file_name import SEGMENT, wal_file_kind

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ..storage.port import Storage

    _KeyAndStat = tuple[str, tuple[int, float, str]]


def find_stored(storage: Storage, *, name: str) -> str | None:
    """The key of the stored file with this WAL name, under whichever compression; ``None`` when it is not there."""
    found = stat_stored(storage, name=name)
    return None if found is None else found[0]


def stat_stored(storage: Storage, *, name: str) -> _KeyAndStat | None:
    """The same with its size, time and version."""
    keys = wal_keys(name)
    return _first(keys, storage.stat_many(keys))


def stat_each_stored(storage: Storage, names: Iterable[str]) -> Iterator[_KeyAndStat | None]:
    """The same of each of these names, in their order."""
    wanted = [wal_keys(name) for name in names]
    stats = [*storage.stat_many([key for keys in wanted for key in keys])]
    for number, keys in enumerate(wanted):
        yield _first(keys, stats[number * len(keys) : (number + 1) * len(keys)])


def _first(keys: Iterable[str], stats: Iterable[tuple[int, float, str] | None]) -> _KeyAndStat | None:
    return next(((key, stat) for key, stat in zip(keys, stats) if stat is not None), None)


def list_wal_names(storage: Storage) -> tuple[str, ...]:
    """The names of all stored WAL files without their compression's suffix, sorted."""
    found = set()
    for timeline in storage.list(WAL):
        for entry in _entries(storage, timeline_folder(timeline)):
            if wal_file_kind(entry):
                found.add(entry)
            elif len(entry) == 8:
                names = _entries(storage, timeline_folder(timeline, entry))
                found.update(name for name in names if wal_file_kind(name))
    return tuple(sorted(found))


def later_segment(storage: Storage, *, name: str) -> str | None:
    """A stored segment that comes after the segment ``name`` on its timeline; ``None`` when there is none."""
    timeline, log = name[:8], name[8:16]
    logs = (entry for entry in storage.list(timeline_folder(timeline)) if len(entry) == 8 and entry >= log)
    for candidate in sorted(logs, reverse=True):
        segments = [stored for stored in _segments(storage, timeline_folder(timeline, candidate)) if stored > name]
        if segments:
            return min(segments)
    return None


def has_segments(storage: Storage, *, timeline: str) -> bool:
    """Whether any segment of the timeline (8 hexadecimal digits) is stored."""
    logs = (log for log in storage.list(timeline_folder(timeline)) if len(log) == 8)
    return any(True for log in logs for _name in _segments(storage, timeline_folder(timeline, log)))


def _segments(storage: Storage, folder: str) -> Iterator[str]:
    return (name for name in _entries(storage, folder) if wal_file_kind(name) == SEGMENT)


def _entries(storage: Storage, folder: str) -> Iterator[str]:
    """Names in a folder without what compression and encryption append, and without files beside others."""
    return (logical_name(name) for name in storage.list(folder) if not is_beside(name))


__all__ = (
    "find_stored",
    "has_segments",
    "later_segment",
    "list_wal_names",
    "stat_each_stored",
    "stat_stored",
)
