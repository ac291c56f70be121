# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Segments that were read and found whole but for their records, for want of programs of their version."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..wal.interval_set import IntervalSet
from ..wal.segment import SegmentSize
from ..wal.segment_range import SegmentRange, common


class UnparsedWal:
    """Stretches of segments by the major version whose programs were not there."""

    def __init__(self) -> None:
        self._runs: dict[tuple[int, int], IntervalSet] = {}

    @classmethod
    def from_form(cls, form: Iterable[Any], *, size: SegmentSize) -> UnparsedWal:
        """From what :meth:`form` gave. Raises KeyError, TypeError or PitrError for anything else."""
        wal = cls()
        for entry in form:
            stretch = SegmentRange.named(entry["first_segment"], entry["last_segment"], size=size)
            wal.add(stretch, version=int(entry["version"]))
        return wal

    def to_dict(self, size: SegmentSize) -> list[dict[str, Any]]:
        """As data."""
        return [
            {"version": version, "first_segment": each.first_name(size), "last_segment": each.last_name(size)}
            for version, each in self._stretches()
        ]

    def _stretches(self) -> list[tuple[int, SegmentRange]]:
        return [
            (version, SegmentRange(timeline, first, end))
            for (version, timeline), runs in sorted(self._runs.items(), key=lambda item: item[0])
            for first, end in runs
        ]

    def add(self, stretch: SegmentRange, *, version: int) -> None:
        """Note that the records of these were not read."""
        key = version, stretch.timeline
        self._runs[key] = IntervalSet.joined([*self._runs.get(key, ()), (stretch.first, stretch.end)])

    def remove(self, stretch: SegmentRange) -> None:
        """Forget segments."""
        taken = IntervalSet.joined([(stretch.first, stretch.end)])
        for version, timeline in self._runs:
            if timeline == stretch.timeline:
                self._runs[version, timeline] = self._runs[version, timeline].without(taken)

    def of_versions(self, versions: Iterable[int]) -> list[SegmentRange]:
        """Those that programs of these versions can read."""
        wanted = frozenset(versions)
        return [stretch for version, stretch in self._stretches() if version in wanted]

    def count(self, wal: Mapping[int, IntervalSet]) -> int:
        """How many of these segments there are."""
        return sum(
            common(runs, wal.get(timeline, IntervalSet())).count for (_version, timeline), runs in self._runs.items()
        )

    def keep_only(self, wal: Mapping[int, IntervalSet]) -> None:
        """Forget all but these."""
        self._runs = {key: common(runs, wal.get(key[1], IntervalSet())) for key, runs in self._runs.items()}


__all__ = ("UnparsedWal",)
