# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The segments that lie in a cluster's own pg_wal, or where its WAL was received."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping

from ..._core.errors import Damaged, PitrError
from ..._core.wal.file_name import PARTIAL, SEGMENT, TIMELINE_HISTORY, timeline_of, wal_file_kind
from ..._core.wal.segment import Segment, SegmentSize
from ..._core.wal.segment_header import HEADER_SIZE_BYTES, check_segment, parse_segment_header
from ..._core.wal.timeline import TimelineHistory
from ..host.files import open_regular, read_text

_PARTIAL_SUFFIX = ".partial"


def live_segments(
    wal_directory: str,
    *,
    system_identifier: str,
    segment_size_bytes: int,
    only: Callable[[str], bool] | None = None,
) -> dict[str, str]:
    """Paths of the segments with WAL of their own, by name; ``only`` those of the names that it accepts.

    PostgreSQL keeps used files under the names of segments to come; their first page tells that they are not these.
    """
    names = [name for name in _names(wal_directory) if wal_file_kind(name) == SEGMENT]
    return _own(
        {name: f"{wal_directory}/{name}" for name in names if only is None or only(name)},
        histories=live_histories(wal_directory),
        identifier=system_identifier,
        size=SegmentSize(segment_size_bytes),
    )


def received_segments(directory: str, *, system_identifier: str, segment_size_bytes: int) -> dict[str, str]:
    """Paths of the segments that ``pg_receivewal`` has left there, by name.

    The one that it was receiving is ``<name>.partial``, filled up with zeros to the size of a segment; it counts as the
    segment, since recovery ends where the records in it end.
    """
    partial = {}
    for name in _names(directory):
        if wal_file_kind(name) == PARTIAL:
            partial[name.removesuffix(_PARTIAL_SUFFIX)] = f"{directory}/{name}"
    whole = {name: f"{directory}/{name}" for name in _names(directory) if wal_file_kind(name) == SEGMENT}
    return _own(
        {**partial, **whole},
        histories=live_histories(directory),
        identifier=system_identifier,
        size=SegmentSize(segment_size_bytes),
    )


def _own(
    paths: Mapping[str, str], *, histories: Mapping[int, TimelineHistory], identifier: str, size: SegmentSize
) -> dict[str, str]:
    """Those that have WAL of their own."""
    found = {}
    for name, path in sorted(paths.items()):
        segment = Segment.parse(name, size=size)
        history = histories.get(segment.timeline, TimelineHistory(segment.timeline))
        # A used file of an ancestor may come to lie under its own number on the next timeline: its page names the
        # ancestor, which is only right before the switch.
        if _timeline_in(path, name=name, identifier=identifier, size=size) == history.timeline_at(segment.start):
            found[name] = path
    return found


def live_histories(wal_directory: str) -> dict[int, TimelineHistory]:
    """The timeline histories in pg_wal, by timeline, without those that can't be read."""
    found = {}
    for name in _names(wal_directory):
        if wal_file_kind(name) == TIMELINE_HISTORY:
            timeline = timeline_of(name)
            try:
                found[timeline] = TimelineHistory.parse(read_text(f"{wal_directory}/{name}") or "", timeline=timeline)
            except Damaged:
                # Whoever needs this one finds that it is not known.
                continue
    return found


def _names(wal_directory: str) -> list[str]:
    # One that may not even be looked at is empty too: a directory of root's in which a lost cluster is restored.
    return sorted(os.listdir(wal_directory)) if os.path.isdir(wal_directory) else []


def _timeline_in(path: str, *, name: str, identifier: str, size: SegmentSize) -> int | None:
    """The timeline in the first page of a segment that holds what its name says, else ``None``."""
    try:
        descriptor = open_regular(path)
        try:
            header = parse_segment_header(
                os.pread(descriptor, HEADER_SIZE_BYTES, 0), name=name, byte_order=sys.byteorder
            )
            check_segment(
                header,
                name=name,
                size_bytes=os.fstat(descriptor).st_size,
                system_identifiers=[identifier],
                segment_size_bytes=size.size_bytes,
            )
        finally:
            os.close(descriptor)
    except (PitrError, FileNotFoundError):
        return None
    return header.timeline


__all__ = ("live_histories", "live_segments", "received_segments")
