# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether retention has left the WAL that a plan counts on, once the plan's backups are held."""

from __future__ import annotations

from collections.abc import Iterable

from ..._core.errors import Unavailable
from ..._core.wal.archive import ArchivedWal
from ..._core.wal.interval_set import IntervalSet
from ..._core.wal.segment import Segment
from ..._core.wal.segment_range import common
from ..._io.catalogue.histories import read_histories
from ..._io.repository.cluster_folder import ClusterFolder


def check_planned_wal(
    folder: ClusterFolder, *, first: str, last: str, timeline: int, elsewhere: Iterable[str] = ()
) -> None:
    """Return when retention has removed no segment from ``first`` to ``last`` on the way to the timeline.

    It may have run between the plan and the moment from which the plan's backups are held. What is ``elsewhere`` is not
    needed from the repository. Raises Unavailable (``backup-removed``).
    """
    stored = folder.stored_wal()
    wal = ArchivedWal.stored(stored, histories=read_histories(folder, stored.others).known).joined(elsewhere)
    begin, final = (Segment.parse(name, size=stored.size).number for name in (first, last))
    for part, start, end in wal.path_parts(timeline, first=begin, end=final + 1):
        missing = IntervalSet.joined(wal.intervals.get(part, IntervalSet()).holes(start, end))
        if common(missing, wal.expired.get(part, IntervalSet())):
            raise Unavailable(
                f"of the planned WAL, '{first}' to '{last}', retention has removed a part since the plan was made",
                code="backup-removed",
                hint="Plan again; the plan takes another backup if one leads to the target.",
            )


__all__ = ("check_planned_wal",)
