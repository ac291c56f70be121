# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How far the repository went when a verification looked, which tells what has come since."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..wal.interval_set import IntervalSet
from ..wal.segment import SegmentSize
from ..wal.segment_range import SegmentRange


@dataclass(frozen=True)
class HighWater:
    """The newest label, empty without any, and the last segment's number by timeline."""

    label: str = ""
    segments: Mapping[int, int] = field(default_factory=dict)

    @classmethod
    def of(cls, labels: Iterable[str], *, wal: Mapping[int, IntervalSet]) -> HighWater:
        """From what is there."""
        last = {timeline: number for timeline, runs in wal.items() if (number := runs.last) is not None}
        return cls(max(labels, default=""), last)

    @classmethod
    def from_form(cls, form: Any, *, size: SegmentSize) -> HighWater:
        """From what :meth:`form` gave. Raises KeyError, TypeError or PitrError for anything else."""
        last = [SegmentRange.named(name, name, size=size) for name in form["segments"]]
        return cls(str(form["label"]), {each.timeline: each.first for each in last})

    def to_dict(self, size: SegmentSize) -> dict[str, Any]:
        """As data."""
        last = [SegmentRange(timeline, number, number + 1) for timeline, number in sorted(self.segments.items())]
        return {"label": self.label, "segments": [each.first_name(size) for each in last]}

    def later(self, timeline: int, runs: IntervalSet) -> IntervalSet:
        """Those of these numbers that have come since."""
        return IntervalSet.joined(runs.between(self.segments.get(timeline, -1) + 1, (runs.last or 0) + 1))


__all__ = ("HighWater",)
