# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a recovery begins and where it stops: the backups, and the WAL that is replayed."""

from __future__ import annotations

from dataclasses import dataclass

from ..catalogue.chain import Chain, chain_of
from ..target.search import StopPoint
from ..wal.event import WalEvent
from ..wal.segment_range import SegmentRange
from .request import RestoreFacts


@dataclass(frozen=True)
class Loss:
    """What an in-place restore takes away: ``commits`` after the stop (at least so many unless ``complete``)."""

    commits: int = 0
    complete: bool = True
    last: WalEvent | None = None


@dataclass(frozen=True)
class Replay:
    """Everything about a recovery that does not depend on the directory that it happens in.

    ``chain`` are the backups to extract, the full one first and that of ``stop`` last. ``wal`` are the segments that
    are read, in order, by the timeline whose files they are; ``from_live`` those that are only in the cluster's pg_wal.
    """

    stop: StopPoint
    chain: Chain
    current_timeline: int
    wal: tuple[SegmentRange, ...]
    from_live: tuple[str, ...]
    loss: Loss

    @property
    def first_segment(self) -> str:
        """The name of the first segment that is read."""
        return self.wal[0].first_name(self.stop.backup.segment_size)

    @property
    def last_segment(self) -> str:
        """The name of the last segment that has to be there."""
        return self.wal[-1].last_name(self.stop.backup.segment_size)

    @property
    def segment_count(self) -> int:
        """How many segments are read."""
        return sum(part.count for part in self.wal)


def plan_replay(facts: RestoreFacts, *, stop: StopPoint, loss: Loss) -> Replay:
    """The recovery that ends at this point. Raises Damaged (``chain-broken``)."""
    first, last = stop.backup.first_segment.number, max(stop.segment_number, stop.backup.last_segment.number)
    parts = facts.wal.path_parts(stop.timeline, first=first, end=last + 1)
    wal = tuple(SegmentRange(*part) for part in parts)
    history = facts.wal.history(stop.timeline)
    names = (str(history.segment_at(number, size=facts.wal.size)) for number in range(first, last + 1))
    return Replay(
        stop=stop,
        chain=chain_of(stop.backup, backups=facts.backups),
        current_timeline=facts.current_timeline,
        wal=wal,
        from_live=tuple(name for name in names if name in facts.live_only),
        loss=loss,
    )


__all__ = ("Loss", "Replay", "plan_replay")
