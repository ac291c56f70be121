# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Listing the WAL of a cluster's folder: directory by directory, with as little work for each name as possible."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from ..._core.repository.layout import WAL, WAL_SUFFIXES, is_beside, logical_name, timeline_folder
from ..._core.wal.file_name import LOG_BYTES, SEGMENT, wal_file_kind
from ..._core.wal.interval_set import IntervalSet
from ..._core.wal.listing import StoredWal
from ..._core.wal.segment import SegmentSize
from ..storage.port import Storage

_HEX = frozenset("0123456789ABCDEF")


def list_stored_wal(storage: Storage, *, size: SegmentSize) -> StoredWal:
    """What is stored under the names by which it would be looked for; segments as runs."""
    per_log = LOG_BYTES // size.size_bytes
    places = {f"{index:08X}{suffix}": index for suffix in WAL_SUFFIXES for index in range(per_log)}
    full = {suffix: frozenset(f"{index:08X}{suffix}" for index in range(per_log)) for suffix in WAL_SUFFIXES}
    intervals: dict[int, IntervalSet] = {}
    others: set[str] = set()
    for timeline in storage.list(WAL):
        if not _is_number(timeline):
            continue
        pairs: list[tuple[int, int]] = []
        for entry in storage.list(timeline_folder(timeline)):
            if not _is_number(entry):
                others.update(_other_names([entry]))
                continue
            names = storage.list(timeline_folder(timeline, entry))
            base = int(entry, 16) * per_log
            if _is_full(names, prefix=timeline + entry, full=full):
                pairs.append((base, base + per_log))
                continue
            found = _found(names, prefix=timeline + entry, places=places)
            pairs += ((base + index, base + index + 1) for index in found)
            if len(found) != len(names):
                others.update(_other_names(name for name in names if name[16:] not in places))
        if pairs:
            intervals[int(timeline, 16)] = IntervalSet.joined(pairs)
    return StoredWal(intervals, tuple(sorted(others)), size)


def _is_full(names: Sequence[str], *, prefix: str, full: dict[str, frozenset[str]]) -> bool:
    """Whether these are all segments of a log under one compression, which most directories of an archive have.

    Looked at as one text, because that takes a tenth of the time that looking at each name does.
    """
    wanted = full.get(names[0][24:]) if names else None
    if wanted is None or len(names) != len(wanted):
        return False
    text = "\n" + "\n".join(names)
    tails = text.replace("\n" + prefix, "\n")
    # No name is there twice, so when each begins with the prefix and none ends otherwise, all are there.
    return len(text) - len(tails) == len(prefix) * len(names) and wanted.issuperset(tails[1:].split("\n"))


def _found(names: Sequence[str], *, prefix: str, places: dict[str, int]) -> set[int]:
    """The places within their log of those names that are segments."""
    found = {places.get(name[16:], -1) for name in names if name[:16] == prefix}
    found.discard(-1)
    return found


def _other_names(names: Iterable[str]) -> Iterator[str]:
    """Histories, backup histories and partial segments, without their compression's suffix."""
    logical = (logical_name(name) for name in names if not is_beside(name))
    return (name for name in logical if wal_file_kind(name) not in (None, SEGMENT))


def _is_number(name: str) -> bool:
    return len(name) == 8 and _HEX.issuperset(name)


__all__ = ("list_stored_wal",)
