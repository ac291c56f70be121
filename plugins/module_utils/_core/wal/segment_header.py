# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The header at the beginning of every WAL segment, which identifies its cluster, timeline and position.

Plain functions without expensive imports: the archive and restore commands call them for each segment.
Source: PostgreSQL, ``src/include/access/xlog_internal.h`` (``XLogLongPageHeaderData``).
"""

from __future__ import annotations

from ..errors import Damaged, Refused
from .file_name import segment_number, timeline_of

HEADER_SIZE_BYTES = 40
_LONG_HEADER_FLAG = 0x0002


class SegmentHeader:
    """The first 40 bytes of a segment; the system identifier is text, as everywhere in the project.

    Not a dataclass, because importing ``dataclasses`` costs 20 ms for each archived segment.
    """

    __slots__ = ("magic", "page_address", "segment_size_bytes", "system_identifier", "timeline")

    def __init__(
        self, *, magic: int, timeline: int, page_address: int, system_identifier: str, segment_size_bytes: int
    ) -> None:
        self.magic = magic
        self.timeline = timeline
        self.page_address = page_address
        self.system_identifier = system_identifier
        self.segment_size_bytes = segment_size_bytes


def parse_segment_header(content: bytes, *, name: str, byte_order: str) -> SegmentHeader:
    """The header of the segment ``name``, whose first 40 bytes or more are ``content``.

    ``byte_order`` is that of the host that wrote it, as in ``sys.byteorder``. Raises Damaged (``segment-damaged``)
    when ``content`` does not begin with a long page header.
    """

    def number(start: int, end: int) -> int:
        return int.from_bytes(content[start:end], "big" if byte_order == "big" else "little")

    if (
        len(content) < HEADER_SIZE_BYTES
        or not number(2, 4) & _LONG_HEADER_FLAG
        or number(0, 2) >> 8 not in (0xD0, 0xD1)
    ):
        raise Damaged(
            f"'{name}' does not begin with the header of a WAL segment",
            code="segment-damaged",
            hint="Do not use it; look for another copy of this segment, and check the storage.",
        )
    return SegmentHeader(
        magic=number(0, 2),
        timeline=number(4, 8),
        page_address=number(8, 16),
        system_identifier=str(number(24, 32)),
        segment_size_bytes=number(32, 36),
    )


def check_segment(
    header: SegmentHeader, *, name: str, size_bytes: int, system_identifiers: list[str], segment_size_bytes: int
) -> None:
    """Return if a segment with this name and file size belongs to the cluster with these identifiers.

    Raises Refused (``segment-foreign``) for a segment of another cluster, Damaged (``segment-damaged``) when its size
    or position in the WAL does not match its name.
    """
    if header.system_identifier not in system_identifiers:
        raise Refused(
            f"'{name}' belongs to the cluster with system identifier {header.system_identifier}, but this folder of the"
            f" repository to {' and '.join(system_identifiers)}",
            code="segment-foreign",
            hint="Give each cluster its own name in the repository ('pitr_cluster_name'), and after pg_upgrade a new"
            " one.",
        )
    if size_bytes != segment_size_bytes or header.segment_size_bytes != segment_size_bytes:
        raise _damaged(
            name,
            f"has {size_bytes} bytes and states a size of {header.segment_size_bytes}, but the cluster's segments have"
            f" {segment_size_bytes}",
        )
    # The first segment of a timeline begins with a copy of its ancestor's, so its first page may name the ancestor.
    if header.timeline > timeline_of(name):
        raise _damaged(name, f"states that it is of timeline {header.timeline}")
    expected = segment_number(name, size_bytes=segment_size_bytes) * segment_size_bytes
    if header.page_address != expected:
        raise _damaged(name, f"begins at byte {header.page_address} of the WAL instead of {expected}")


def _damaged(name: str, what: str) -> Damaged:
    return Damaged(
        f"'{name}' {what}",
        code="segment-damaged",
        hint="Do not use it; look for another copy of this segment, and check the storage.",
    )


__all__ = ("HEADER_SIZE_BYTES", "SegmentHeader", "check_segment", "parse_segment_header")
