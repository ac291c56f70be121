# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names the present moment in the WAL, and waits until it is archived."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timezone

from ..._core.archiving.restore_point import RestorePoint, RestorePointRequest
from ..._core.archiving.wanted_settings import archiving_is_active
from ..._core.errors import Refused
from ..._core.postgres.cluster import Cluster
from ..._core.wal.lsn import Lsn
from ..._core.wal.segment import Segment
from ..._io.sql.server import Server
from .proof import ArchiveProof


def make_restore_point(
    request: RestorePointRequest, *, cluster: Cluster, server: Server, proof: ArchiveProof
) -> RestorePoint:
    """Write the restore point in its moment, switch to the next segment, and wait until its segment is archived.

    Raises Failed (``archiving-failed``, ``restore-point-late``), InvalidInput (``option-out-of-range``).
    """
    made: list[_Made] = []

    def write() -> Lsn:
        wait_for_moment(request)
        made.append(_Made(*server.create_restore_point(request.name)))
        return made[-1].lsn

    if request.timeout_seconds:
        proof.make(write, timeout_seconds=request.timeout_seconds)
    else:
        proof.write(write)
    segment = Segment.containing(made[-1].lsn + -1, timeline=server.timeline(), size=cluster.segment_size)
    return RestorePoint(request.name, made[-1].lsn, made[-1].moment, segment)


def wait_for_moment(
    request: RestorePointRequest,
    *,
    now: Callable[[], datetime] = lambda: datetime.now(timezone.utc),
    sleep: Callable[[float], object] = time.sleep,
) -> None:
    """Return in the moment that was agreed on, by this host's clock. Raises Failed (``restore-point-late``)."""
    while (left := request.seconds_left(now())) > 0:
        # In pieces: the clock may be set meanwhile.
        sleep(min(left, 1.0))
    request.check_in_time(now())


def check_restore_point(server: Server, *, cluster: Cluster) -> None:
    """Raise Refused when no restore point could be made or archived: ``standby``, ``archiving-off``."""
    if server.in_recovery():
        raise Refused(
            f"'{cluster.data_directory}' is in recovery, and only a primary can write a restore point",
            code="standby",
            hint="Create the restore point on the primary; it reaches the standby with the WAL.",
        )
    if not archiving_is_active(server.settings()):
        raise Refused(
            f"archive_mode of '{cluster.data_directory}' is off, so a restore point would never be archived",
            code="archiving-off",
            hint="Run the playbook 'archive' first.",
        )


@dataclass(frozen=True)
class _Made:
    lsn: Lsn
    moment: datetime


__all__ = ("check_restore_point", "make_restore_point", "wait_for_moment")
