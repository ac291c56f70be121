# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""WAL segments and their size."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import InvalidInput
from .file_name import SEGMENT, segment_name, segment_number, timeline_of, wal_file_kind
from .lsn import Lsn

_MIB = 1024 * 1024


@dataclass(frozen=True)
class SegmentSize:
    """The size of a cluster's WAL segments in bytes: a power of two from 1 MiB to 1 GiB (``initdb --wal-segsize``)."""

    size_bytes: int

    def __post_init__(self) -> None:
        size = self.size_bytes
        if not (_MIB <= size <= 1024 * _MIB and size & (size - 1) == 0):
            raise InvalidInput(
                f"{size} bytes is not a WAL segment size",
                code="invalid-segment-size",
                hint="PostgreSQL allows powers of two from 1 MiB to 1 GiB.",
            )

    def number_at(self, lsn: Lsn) -> int:
        """The number of the segment that contains the byte at this position."""
        return lsn.value // self.size_bytes

    def start_of(self, number: int) -> Lsn:
        """The position of the first byte of the segment with this number."""
        return Lsn(number * self.size_bytes)


@dataclass(frozen=True)
class Segment:
    """One WAL segment: its timeline and its number, counted from 0, in units of ``size``."""

    timeline: int
    number: int
    size: SegmentSize

    @classmethod
    def parse(cls, name: str, *, size: SegmentSize) -> Segment:
        """The segment with this name. Raises InvalidInput (``invalid-segment-name``) for any other text."""
        if wal_file_kind(name) != SEGMENT:
            raise InvalidInput(
                f"'{name}' is not the name of a WAL segment",
                code="invalid-segment-name",
                hint="Segment names have 24 hexadecimal digits, such as '000000010000000000000003'.",
            )
        return cls(timeline_of(name), segment_number(name, size_bytes=size.size_bytes), size)

    @classmethod
    def containing(cls, lsn: Lsn, *, timeline: int, size: SegmentSize) -> Segment:
        """The segment that contains the byte at this position."""
        return cls(timeline, size.number_at(lsn), size)

    def __str__(self) -> str:
        return segment_name(self.number, timeline=self.timeline, size_bytes=self.size.size_bytes)

    @property
    def start(self) -> Lsn:
        """The position of its first byte."""
        return self.size.start_of(self.number)

    @property
    def end(self) -> Lsn:
        """The position after its last byte."""
        return self.size.start_of(self.number + 1)

    def next(self) -> Segment:
        """The next segment of the same timeline."""
        return Segment(self.timeline, self.number + 1, self.size)


__all__ = ("Segment", "SegmentSize")
