# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the WAL that a plan counts on is still there once its backups are held."""

from __future__ import annotations

from collections.abc import Mapping

from ...._core.errors import Unavailable
from ...._core.restore.replay import Replay
from ...._core.wal.interval_set import IntervalSet
from ...._core.wal.segment import Segment, SegmentSize
from ...._io.repository.cluster_folder import ClusterFolder
from ...._io.wal.expired import read_expired


def check_planned_wal(folder: ClusterFolder, replay: Replay) -> None:
    """Return when retention has removed no segment that the recovery needs from the repository.

    It may have run between the plan and the moment from which the plan's backups are held. It writes down what it is
    going to remove, so that only these segments are looked for. Raises Unavailable (``backup-removed``).
    """
    size = replay.stop.backup.segment_size
    for one in folder.members:
        _check_expired(folder, replay, expired=read_expired(one.storage, size=size), size=size)


def _check_expired(
    folder: ClusterFolder, replay: Replay, *, expired: Mapping[int, IntervalSet], size: SegmentSize
) -> None:
    for part in replay.wal:
        for first, end in expired.get(part.timeline, IntervalSet()).between(part.first, part.end):
            for number in range(first, end):
                _check_stored(folder, str(Segment(part.timeline, number, size)), replay=replay)


def _check_stored(folder: ClusterFolder, name: str, *, replay: Replay) -> None:
    if name not in replay.from_live and folder.find_wal(name) is None:
        raise Unavailable(
            f"of the planned WAL, '{replay.first_segment}' to '{replay.last_segment}', retention has removed a part "
            "since the plan was made",
            code="backup-removed",
            hint="Plan again; the plan takes another backup if one leads to the target.",
        )


__all__ = ("check_planned_wal",)
