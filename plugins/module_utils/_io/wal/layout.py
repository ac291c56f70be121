# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the WAL files of a cluster lie in its folder of the repository."""

from __future__ import annotations

import os

from ..._core.wal.file_name import SEGMENT, wal_file_kind, wal_folder
from ..host.files import list_directory
from ..stream.compression import SUFFIX_BY_METHOD
from .checksum_file import SUFFIX as CHECKSUM_SUFFIX

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

WAL = "wal"


def find_stored(cluster_path: str, *, name: str) -> str | None:
    """The path of the stored file with this WAL name, under whichever compression; ``None`` when it is not there.

    Raises OSError when that can't be told, such as for a directory that can't be read.
    """
    path = f"{cluster_path}/{WAL}/{wal_folder(name)}/{name}"
    for suffix in SUFFIX_BY_METHOD.values():
        try:
            os.stat(path + suffix)
        except FileNotFoundError:
            continue
        return path + suffix
    return None


def list_wal_names(cluster_path: str) -> tuple[str, ...]:
    """The names of all stored WAL files without their compression's suffix, sorted."""
    wal = f"{cluster_path}/{WAL}"
    found = set()
    for timeline in _entries(wal):
        for entry in _entries(f"{wal}/{timeline}"):
            if wal_file_kind(logical_name(entry)):
                found.add(logical_name(entry))
            elif len(entry) == 8:
                names = (logical_name(name) for name in _entries(f"{wal}/{timeline}/{entry}"))
                found.update(name for name in names if wal_file_kind(name))
    return tuple(sorted(found))


def later_segment(cluster_path: str, *, name: str) -> str | None:
    """A stored segment that comes after the segment ``name`` on its timeline; ``None`` when there is none."""
    timeline, log = name[:8], name[8:16]
    folder = f"{cluster_path}/{WAL}/{timeline}"
    for candidate in sorted((entry for entry in _entries(folder) if len(entry) == 8 and entry >= log), reverse=True):
        segments = [stored for stored in _segments(f"{folder}/{candidate}") if stored > name]
        if segments:
            return min(segments)
    return None


def has_segments(cluster_path: str, *, timeline: str) -> bool:
    """Whether any segment of the timeline (8 hexadecimal digits) is stored."""
    folder = f"{cluster_path}/{WAL}/{timeline}"
    return any(True for log in _entries(folder) if len(log) == 8 for _name in _segments(f"{folder}/{log}"))


def logical_name(stored_name: str) -> str:
    """A stored file's name without its compression's suffix; names of checksums and temporary files are no WAL names.

    >>> logical_name("000000010000000000000003.zst")
    '000000010000000000000003'
    """
    for suffix in SUFFIX_BY_METHOD.values():
        if suffix and stored_name.endswith(suffix):
            return stored_name[: -len(suffix)]
    return stored_name


def _segments(folder: str) -> Iterator[str]:
    return (name for name in map(logical_name, _entries(folder)) if wal_file_kind(name) == SEGMENT)


def _entries(folder: str) -> list[str]:
    """Names in a directory that are neither temporary files nor checksums; none when there is no such directory."""
    return [name for name in list_directory(folder) if not name.startswith(".") and not name.endswith(CHECKSUM_SUFFIX)]


__all__ = ("WAL", "find_stored", "has_segments", "later_segment", "list_wal_names", "logical_name")
