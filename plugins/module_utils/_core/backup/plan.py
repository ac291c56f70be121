# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan of a base backup."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..catalogue.record import FULL, Backup
from .compression import BackupCompression
from .request import BackupRequest
from .server_facts import BackupFacts
from .type_decision import TypeDecision

# A little more than last time; without a last time a compressed backup is assumed to take a third of the cluster.
_GROWTH = 1.1
_USUAL_SHARE = 1 / 3


@dataclass(frozen=True)
class BackupPlan:
    """The decision, the server's facts, the compressions to try in order, and the manifest's checksum algorithm.

    ``needed_bytes`` is an estimate of the backup's size in the repository, ``needed_by_full_bytes`` of that of a full
    one; ``None`` if unknown. ``left_out`` are links in the data directory that no backup has, and that are not data,
    ``kept`` what a restore keeps in it.
    """

    request: BackupRequest
    decision: TypeDecision
    facts: BackupFacts
    compressions: tuple[BackupCompression, ...]
    checksums: str
    needed_bytes: int | None
    needed_by_full_bytes: int | None
    left_out: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()

    @property
    def steps(self) -> tuple[str, ...]:
        """The steps, one sentence each; none if a recent backup exists."""
        if self.decision.type is None:
            return ()
        article = "a" if self.decision.type == FULL else "an"
        return (f"take {article} {self.decision.type} backup: {self.decision.reason}",)


def estimate_stored_bytes(size_bytes: int | None, *, compression: str, backups: Sequence[Backup]) -> int | None:
    """The size of a full backup of a cluster of this size, estimated from the newest one with the same compression.

    >>> estimate_stored_bytes(3000, compression="zstd", backups=())
    1000
    """
    if size_bytes is None:
        return None
    if compression == "none":
        return int(size_bytes * _GROWTH)
    for backup in reversed(backups):
        if backup.type == FULL and backup.compression == compression and backup.size_bytes > 0:
            return int(size_bytes * backup.stored_bytes / backup.size_bytes * _GROWTH)
    return int(size_bytes * _USUAL_SHARE)


__all__ = ("BackupPlan", "estimate_stored_bytes")
