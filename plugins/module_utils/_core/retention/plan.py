# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The steps of retention in a cluster's folder, in their order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..repository.quarantine import QUARANTINE
from ..wal.interval_set import IntervalSet
from ..wal.segment import SegmentSize
from ..wal.segment_range import SegmentRange
from ..wording import count_text, size_text
from .decision import Retention


@dataclass(frozen=True)
class RemoveStaleFiles:
    """Remove what an interrupted run has left, or the damaged bytes of what was healed, by its name."""

    name: str
    size_bytes: int

    @property
    def reason(self) -> str:
        """Why it goes, in words."""
        is_damaged = self.name.startswith(QUARANTINE + "/")
        return "damaged, and replaced since" if is_damaged else "left by an interrupted run"

    def __str__(self) -> str:
        return f"remove {self.name}, {self.reason}, {size_text(self.size_bytes)}"


@dataclass(frozen=True)
class RemoveBackup:
    """Remove a backup; ``size_bytes`` is the size of its directory."""

    label: str
    size_bytes: int
    reason: str

    def __str__(self) -> str:
        return f"remove backup {self.label}, {size_text(self.size_bytes)}: {self.reason}"


@dataclass(frozen=True)
class RemoveWal:
    """Remove WAL files of one timeline: the segments of these ranges, and the files that belong to them.

    ``logs`` are the directories with such files, in order; a file without its segment (a checksum, a backup history
    file) is counted in ``file_count`` only.
    """

    timeline: int
    ranges: tuple[SegmentRange, ...]
    segment_size: SegmentSize
    logs: tuple[str, ...]
    file_count: int
    size_bytes: int

    def __str__(self) -> str:
        names = ", ".join(each.in_words(self.segment_size) for each in self.ranges) or "files without their segment"
        files = count_text(self.file_count, "file")
        return f"remove WAL of timeline {self.timeline}: {names}, {files}, {size_text(self.size_bytes)}"


@dataclass(frozen=True)
class ExpirePlan:
    """The decisions, and the steps that follow: stale directories, backups (children before parents), then WAL.

    ``removable_wal`` are the segments that may be removed, ``unwanted_wal`` those that no longer count as missing then,
    as numbers by timeline. ``left`` are directories that could not be removed when the plan was carried out.
    """

    retention: Retention
    stale: tuple[RemoveStaleFiles, ...]
    backups: tuple[RemoveBackup, ...]
    wal: tuple[RemoveWal, ...]
    removable_wal: Mapping[int, IntervalSet]
    unwanted_wal: Mapping[int, IntervalSet]
    left: tuple[str, ...] = ()

    @property
    def steps(self) -> tuple[RemoveStaleFiles | RemoveBackup | RemoveWal, ...]:
        """All steps in order; empty if there is nothing to do."""
        return (*self.stale, *self.backups, *self.wal)

    @property
    def freed_bytes(self) -> int:
        """The bytes that all steps free."""
        return sum(step.size_bytes for step in self.steps)


__all__ = ("ExpirePlan", "RemoveBackup", "RemoveStaleFiles", "RemoveWal")
