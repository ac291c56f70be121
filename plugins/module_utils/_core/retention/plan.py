# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What retention does to a cluster's folder, step by step in the order in which it happens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..wal.interval_set import IntervalSet
from ..wal.segment import SegmentSize
from ..wal.segment_range import SegmentRange
from ..wording import count_text, size_text
from .decision import Retention


@dataclass(frozen=True)
class RemoveStaleFiles:
    """A directory of an interrupted run, by its name."""

    name: str
    size_bytes: int

    def __str__(self) -> str:
        return f"remove the leftover {self.name}, {size_text(self.size_bytes)}"


@dataclass(frozen=True)
class RemoveBackup:
    """A backup; ``size_bytes`` is what its directory takes."""

    label: str
    size_bytes: int
    reason: str

    def __str__(self) -> str:
        return f"remove backup {self.label}, {size_text(self.size_bytes)}: {self.reason}"


@dataclass(frozen=True)
class RemoveWal:
    """Files of one timeline's WAL: the segments of these ranges, and what else lies there for them.

    ``logs`` are the directories that have any, in order; a file without its segment (a checksum, a backup's history
    file) is counted in ``file_count`` only.
    """

    timeline: int
    ranges: tuple[SegmentRange, ...]
    segment_size: SegmentSize
    logs: tuple[str, ...]
    file_count: int
    size_bytes: int

    def __str__(self) -> str:
        names = ", ".join(each.in_words(self.segment_size) for each in self.ranges) or "leftovers"
        files = count_text(self.file_count, "file")
        return f"remove WAL of timeline {self.timeline}: {names}, {files}, {size_text(self.size_bytes)}"


@dataclass(frozen=True)
class ExpirePlan:
    """The decisions, and the steps that follow from them: leftovers, backups (children before parents), then WAL.

    ``removable_wal`` are the segments that may be removed, and ``unwanted_wal`` those that nobody has to miss from then
    on, as numbers by timeline. ``left`` are directories that could not be removed when the plan was followed.
    """

    retention: Retention
    leftovers: tuple[RemoveStaleFiles, ...]
    backups: tuple[RemoveBackup, ...]
    wal: tuple[RemoveWal, ...]
    removable_wal: Mapping[int, IntervalSet]
    unwanted_wal: Mapping[int, IntervalSet]
    left: tuple[str, ...] = ()

    @property
    def steps(self) -> tuple[RemoveStaleFiles | RemoveBackup | RemoveWal, ...]:
        """Everything that happens, in order; empty when nothing has to."""
        return (*self.leftovers, *self.backups, *self.wal)

    @property
    def freed_bytes(self) -> int:
        """What all steps free."""
        return sum(step.size_bytes for step in self.steps)


__all__ = ("ExpirePlan", "RemoveBackup", "RemoveStaleFiles", "RemoveWal")
