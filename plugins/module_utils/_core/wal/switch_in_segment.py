# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a difference between two files of one segment means, by where its timeline was left."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from .segment import Segment
from .timeline import TimelineHistory

AGREES = "agrees"
LEFT_BY_OTHERS = "left by others"
DIFFERS = "differs"


def switch_offsets(histories: Iterable[TimelineHistory], *, segment: Segment) -> tuple[int, ...]:
    """Where inside the segment these histories leave its timeline, in bytes from its start, in order."""
    switches = (history.switch_from(segment.timeline) for history in histories)
    offsets = {lsn - segment.start for lsn in switches if lsn is not None}
    return tuple(sorted(offset for offset in offsets if 0 <= offset < segment.size.size_bytes))


def judge_difference(first: int, *, own: Sequence[int], others: Sequence[int]) -> str:
    """Whether a segment of a server that differs from the archive's at the offset ``first`` is the same WAL.

    ``own`` are the offsets at which the server's own history leaves the timeline in this segment, ``others`` those of
    all histories in the archive. Up to the first of them the timeline is common to all; what comes after is whole in
    the segments of those that left it, or is no WAL. A server whose history does not leave the timeline here has WAL of
    its own there.
    """
    left = min((*own, *others), default=None)
    if left is None or first < left:
        return DIFFERS
    return AGREES if own else LEFT_BY_OTHERS


__all__ = ("AGREES", "DIFFERS", "LEFT_BY_OTHERS", "judge_difference", "switch_offsets")
