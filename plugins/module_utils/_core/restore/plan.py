# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan of a restore: everything it would do, as one value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..recovery.copy_end import CopyEnd
from ..target.recovery_target import LATEST, PAUSE, PROMOTE, SHUTDOWN
from ..wal.file_name import timeline_of
from .disk_space import DiskNeed
from .placement import Placement
from .replay import Replay
from .request import RestoreRequest


@dataclass(frozen=True)
class RestorePlan:
    """The decision: where the recovery stops (``replay``) and where it is put (``placement``).

    ``hot_standby`` is whether the server lets clients in while it recovers, for which ``raised`` settings are set.
    ``notes`` are remarks for people. ``silenced`` are the settings that keep a copy from acting on anybody.
    ``successor`` is whether this host has never seen the cluster, and becomes the one that writes to the repository;
    ``predecessors`` are those that could until now, as host and data directory.
    """

    request: RestoreRequest
    replay: Replay
    placement: Placement
    disks: tuple[DiskNeed, ...]
    hot_standby: bool
    notes: tuple[str, ...] = ()
    raised: Mapping[str, int] = field(default_factory=dict)
    silenced: Mapping[str, str] = field(default_factory=dict)
    successor: bool = False
    predecessors: tuple[str, ...] = ()

    @property
    def server_action(self) -> str:
        """What PostgreSQL itself does at the target.

        Where it lets clients in, it pauses whatever the user wants in the end: the point reached is proven, and the
        checks run, before the server opens. Without a target it opens by itself.
        """
        if self.hot_standby and self.request.target.kind != LATEST:
            return PAUSE
        return PROMOTE if self.request.action == PROMOTE else SHUTDOWN

    @property
    def archived_until(self) -> str | None:
        """The last segment that recovery asks the archive for; ``None``: it goes on to the end of the archive."""
        return None if self.request.target.kind == LATEST else self.replay.last_segment

    @property
    def copy_end(self) -> CopyEnd | None:
        """Where the WAL ends for a copy that has no target; ``None``: it has one, or replaces the cluster."""
        if self.request.in_place or self.request.target.kind != LATEST:
            return None
        stop = self.replay.stop
        # The timeline that is asked for may have no WAL of its own yet.
        timeline = timeline_of(self.replay.last_segment)
        return CopyEnd.at(stop.lsn, timeline=timeline, size=stop.backup.segment_size)


__all__ = ("RestorePlan",)
