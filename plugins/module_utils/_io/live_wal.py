# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The segments that lie in a cluster's own pg_wal."""

from __future__ import annotations

import os
import sys

from .._core.errors import PitrError
from .._core.segment_header import HEADER_SIZE_BYTES, check_segment, parse_segment_header
from .._core.timeline import TimelineHistory
from .._core.wal_name import SEGMENT, TIMELINE_HISTORY, timeline_of, wal_file_kind
from .files import read_text


def live_segments(wal_directory: str, *, system_identifier: str, segment_size_bytes: int) -> dict[str, str]:
    """Paths of the segments with WAL of their own, by name.

    PostgreSQL keeps used files under the names of segments to come; their first page tells that they are not these.
    """
    found = {}
    for name in _names(wal_directory):
        path = f"{wal_directory}/{name}"
        if wal_file_kind(name) == SEGMENT and _is_itself(
            path, name=name, system_identifier=system_identifier, size_bytes=segment_size_bytes
        ):
            found[name] = path
    return found


def live_histories(wal_directory: str) -> dict[int, TimelineHistory]:
    """The timeline histories in pg_wal, by timeline."""
    names = [name for name in _names(wal_directory) if wal_file_kind(name) == TIMELINE_HISTORY]
    return {
        timeline_of(name): TimelineHistory.parse(read_text(f"{wal_directory}/{name}") or "", timeline=timeline_of(name))
        for name in names
    }


def _names(wal_directory: str) -> list[str]:
    try:
        return sorted(os.listdir(wal_directory))
    except FileNotFoundError:
        return []


def _is_itself(path: str, *, name: str, system_identifier: str, size_bytes: int) -> bool:
    try:
        with open(path, "rb") as stream:
            content = stream.read(HEADER_SIZE_BYTES)
            found_bytes = os.fstat(stream.fileno()).st_size
        check_segment(
            parse_segment_header(content, name=name, byte_order=sys.byteorder),
            name=name,
            size_bytes=found_bytes,
            system_identifiers=[system_identifier],
            segment_size_bytes=size_bytes,
        )
    except (PitrError, FileNotFoundError):
        return False
    return True


__all__ = ("live_histories", "live_segments")
