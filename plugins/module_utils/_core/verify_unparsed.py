# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Segments that were read and found whole but for their records, for want of programs of their version."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .segment import SegmentSize
from .wal_runs import Runs
from .wal_stretch import WalStretch, common


class UnparsedWal:
    """Stretches of segments by the major version whose programs were not there."""

    def __init__(self) -> None:
        self._runs: dict[tuple[int, int], Runs] = {}

    @classmethod
    def from_form(cls, form: Iterable[Any], *, size: SegmentSize) -> UnparsedWal:
        """From what :meth:`form` gave. Raises KeyError, TypeError or PitrError for anything else."""
        wal = cls()
        for entry in form:
            stretch = WalStretch.named(entry["first_segment"], entry["last_segment"], size=size)
            wal.add(stretch, version=int(entry["version"]))
        return wal

    def form(self, size: SegmentSize) -> list[dict[str, Any]]:
        """As data."""
        return [
            {"version": version, "first_segment": each.first_name(size), "last_segment": each.last_name(size)}
            for version, each in self._stretches()
        ]

    def _stretches(self) -> list[tuple[int, WalStretch]]:
        return [
            (version, WalStretch(timeline, first, behind))
            for (version, timeline), runs in sorted(self._runs.items(), key=lambda item: item[0])
            for first, behind in runs
        ]

    def add(self, stretch: WalStretch, *, version: int) -> None:
        """Note that the records of these were not read."""
        key = version, stretch.timeline
        self._runs[key] = Runs.joined([*self._runs.get(key, ()), (stretch.first, stretch.behind)])

    def remove(self, stretch: WalStretch) -> None:
        """Forget segments."""
        taken = Runs.joined([(stretch.first, stretch.behind)])
        for version, timeline in self._runs:
            if timeline == stretch.timeline:
                self._runs[version, timeline] = self._runs[version, timeline].without(taken)

    def of_versions(self, versions: Iterable[int]) -> list[WalStretch]:
        """Those that programs of these versions can read."""
        wanted = frozenset(versions)
        return [stretch for version, stretch in self._stretches() if version in wanted]

    def count(self, wal: Mapping[int, Runs]) -> int:
        """How many of these segments there are."""
        return sum(common(runs, wal.get(timeline, Runs())).count for (_version, timeline), runs in self._runs.items())

    def keep_only(self, wal: Mapping[int, Runs]) -> None:
        """Forget all but these."""
        self._runs = {key: common(runs, wal.get(key[1], Runs())) for key, runs in self._runs.items()}


__all__ = ("UnparsedWal",)
