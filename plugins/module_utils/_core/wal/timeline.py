# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Timelines and their history files."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import Damaged, InvalidInput
from .lsn import Lsn
from .segment import Segment, SegmentSize

_SHOWN = 200


@dataclass(frozen=True)
class TimelineSwitch:
    """The end of an ancestor: its timeline number, where its successor begins, and PostgreSQL's reason."""

    timeline: int
    lsn: Lsn
    reason: str = ""


@dataclass(frozen=True)
class TimelineHistory:
    """A timeline with its ancestors, oldest first; the text form is PostgreSQL's history file.

    Source: PostgreSQL, ``src/backend/access/transam/timeline.c``.
    """

    timeline: int
    ancestors: tuple[TimelineSwitch, ...] = ()

    @classmethod
    def parse(cls, text: str, *, timeline: int) -> TimelineHistory:
        """Read the text of a history file. Raises Damaged (``history-damaged``) for anything else."""
        switches: list[TimelineSwitch] = []
        for line in text.splitlines():
            content = line.strip()
            if not content or content.startswith("#"):
                continue
            fields = content.split(None, 2)
            try:
                switch = TimelineSwitch(_number(fields[0]), Lsn.parse(fields[1]), fields[2] if len(fields) > 2 else "")
            except (ValueError, IndexError, InvalidInput) as error:
                raise _damaged(timeline, line) from error
            if switch.timeline >= timeline or (switches and not _follows(switch, switches[-1])):
                raise _damaged(timeline, line)
            switches.append(switch)
        return cls(timeline, tuple(switches))

    def __str__(self) -> str:
        return "".join(f"{switch.timeline}\t{switch.lsn}\t{switch.reason}\n" for switch in self.ancestors)

    @property
    def file_name(self) -> str:
        """The name of its history file; timeline 1 never has one."""
        return f"{self.timeline:08X}.history"

    def timeline_at(self, lsn: Lsn) -> int:
        """The timeline, this one or an ancestor, on which the byte at this position was written."""
        for switch in self.ancestors:
            if lsn < switch.lsn:
                return switch.timeline
        return self.timeline

    def switch_from(self, timeline: int) -> Lsn | None:
        """Where this ancestor ended; ``None`` for the timeline itself and for one that is no ancestor."""
        for switch in self.ancestors:
            if switch.timeline == timeline:
                return switch.lsn
        return None

    def contains(self, timeline: int) -> bool:
        """Whether the timeline is this one or one of its ancestors."""
        return timeline == self.timeline or self.switch_from(timeline) is not None

    def reaches(self, lsn: Lsn, *, timeline: int) -> bool:
        """Whether a position of a timeline is part of this one's history."""
        if timeline == self.timeline:
            return True
        switch = self.switch_from(timeline)
        return switch is not None and lsn <= switch

    def segment_at(self, number: int, *, size: SegmentSize) -> Segment:
        """The segment with this number that recovery to this timeline reads.

        Where a segment contains a switch, the newer timeline's file has both parts, and recovery prefers it.
        """
        return Segment(self.timeline_at(size.start_of(number + 1) + -1), number, size)


def _number(text: str) -> int:
    """The number of a timeline. Raises ValueError."""
    if not (text.isascii() and text.isdigit()) or len(text) > 10 or int(text) == 0:
        raise ValueError(text)
    return int(text)


def _follows(switch: TimelineSwitch, before: TimelineSwitch) -> bool:
    return switch.timeline > before.timeline and switch.lsn >= before.lsn


def _damaged(timeline: int, line: str) -> Damaged:
    return Damaged(
        f"the history file of timeline {timeline} has an invalid line: '{line[:_SHOWN]}'",
        code="history-damaged",
        hint="Restore the file from another copy of the repository, or from pg_wal of a server on that timeline.",
    )


__all__ = ("TimelineHistory", "TimelineSwitch")
