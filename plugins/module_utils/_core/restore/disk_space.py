# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a restore writes to each file system, and what is free there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..errors import Unavailable
from .placement import Placement
from .replay import Replay


@dataclass(frozen=True)
class FileSystemSpace:
    """A file system as the restore sees it: a directory on it, its device number and what is free for its user."""

    directory: str
    device: int
    free_bytes: int


@dataclass(frozen=True)
class DiskFacts:
    """The file system of each directory that is written to, and the size of each tablespace in all links of a chain.

    ``waiting_bytes`` are those of blocks that wait for the whole files, by tablespace; ``None``: of the data directory.
    """

    file_systems: Mapping[str, FileSystemSpace]
    tablespace_bytes: Mapping[int, int] = field(default_factory=dict)
    waiting_bytes: Mapping[int | None, int] = field(default_factory=dict)


@dataclass(frozen=True)
class DiskNeed:
    """Bytes that are written to one file system, and what is free there."""

    directory: str
    needed_bytes: int
    free_bytes: int


def disk_needs(
    replay: Replay, placement: Placement, *, facts: DiskFacts, carried_segments: int = 0
) -> tuple[DiskNeed, ...]:
    """What each file system has to take, and room for the WAL: what is carried over, and what recovery works with.

    A chain takes at most the bytes of its links once, and those of the blocks that wait meanwhile.
    """
    in_tablespaces = sum(facts.tablespace_bytes.get(oid, 0) for oid in placement.spaces)
    wal_bytes = (2 + carried_segments) * replay.stop.backup.segment_size.size_bytes
    wanted = [
        (placement.base, replay.chain.size_bytes - in_tablespaces + facts.waiting_bytes.get(None, 0)),
        (next(iter(placement.wal_directories), placement.base), wal_bytes),
    ]
    wanted += [
        (path, facts.tablespace_bytes.get(oid, 0) + facts.waiting_bytes.get(oid, 0))
        for oid, path in placement.spaces.items()
    ]
    by_device: dict[int, DiskNeed] = {}
    for path, needed_bytes in wanted:
        space = facts.file_systems.get(path)
        if space is not None:
            before = by_device.get(space.device, DiskNeed(space.directory, 0, space.free_bytes))
            sum_bytes = before.needed_bytes + needed_bytes
            by_device[space.device] = DiskNeed(before.directory, sum_bytes, space.free_bytes)
    return tuple(by_device.values())


def check_disks(disks: tuple[DiskNeed, ...]) -> None:
    """Raise Unavailable (``disk-full``) when a file system cannot take what is written to it."""
    for disk in disks:
        if disk.free_bytes < disk.needed_bytes:
            raise Unavailable(
                f"'{disk.directory}' has {disk.free_bytes} bytes free, and the restore writes {disk.needed_bytes}",
                code="disk-full",
                hint="The old data stays until the restored server has proven itself, so both have to fit: make room, "
                "or restore side by side on another file system with 'pitr_restore_data_directory'.",
            )


__all__ = ("DiskFacts", "DiskNeed", "FileSystemSpace", "check_disks", "disk_needs")
