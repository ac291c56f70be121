# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Records in the WAL at which every recovery ends, although no segment is missing."""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import dataclass

from ..wal.archive import ArchivedWal
from ..wal.lsn import Lsn
from .record import Backup


@dataclass(frozen=True)
class RecoveryEnd:
    """A server on ``timeline`` was started with wal_level minimal at ``lsn``, in the segment of this name."""

    timeline: int
    lsn: Lsn
    segment: str

    @property
    def attention(self) -> str:
        """What is to be done about one that no backup follows."""
        return (
            f"wal_level was minimal from {self.lsn} on, in segment {self.segment}, and nothing behind that can be "
            "recovered: take a new backup with the playbook 'backup'"
        )


def unmet_ends(
    ends: Iterable[RecoveryEnd], *, backups: Iterable[Backup], usable: Container[str], wal: ArchivedWal
) -> tuple[RecoveryEnd, ...]:
    """The last end on the path to the newest timeline, unless a usable backup was begun behind it."""
    newest = max(wal.timelines(), default=1)
    history = wal.history(newest)
    on_path = [each for each in ends if history.reaches(each.lsn, timeline=each.timeline)]
    last = max(on_path, key=lambda each: each.lsn, default=None)
    if last is None:
        return ()
    is_met = any(
        each.label in usable and each.start_lsn > last.lsn and history.reaches(each.stop_lsn, timeline=each.timeline)
        for each in backups
    )
    return () if is_met else (last,)


__all__ = ("RecoveryEnd", "unmet_ends")
