# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What lies in a cluster's ``pg_wal``, whether its server runs or not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..wal.timeline import TimelineHistory
from .archive_status import ArchiveStatus
from .push_failure import PushFailure


@dataclass(frozen=True)
class WalDirectory:
    """One look, at ``seen_at`` (Unix time).

    ``failure`` is the last of ``archive-push``, ``histories`` those of timelines. ``used_bytes`` is what the segments
    take, ``free_bytes`` the room on their file system, ``segment_bytes`` the size of a segment; 0: there is none.
    """

    status: ArchiveStatus
    seen_at: float
    failure: PushFailure | None = None
    histories: Mapping[int, TimelineHistory] = field(default_factory=dict)
    used_bytes: int = 0
    free_bytes: int = 0
    segment_bytes: int = 0

    @property
    def ready_bytes(self) -> int:
        """The size of the segments that wait."""
        return len(self.status.waiting_segments()) * self.segment_bytes

    @property
    def present_failure(self) -> PushFailure | None:
        """The last failure, if the file that it is about still waits."""
        if self.failure is None or not self.status.waits(self.failure.name):
            return None
        return self.failure

    def history(self, timeline: int) -> TimelineHistory:
        """The history of a timeline; one that is not there has no ancestors."""
        return self.histories.get(timeline, TimelineHistory(timeline))


__all__ = ("WalDirectory",)
