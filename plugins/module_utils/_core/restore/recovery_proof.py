# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a recovery stopped where its plan said."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ..errors import Failed
from ..target.recovery_target import LATEST
from ..wal.lsn import Lsn
from .recorded_plan import RecordedPlan


@dataclass(frozen=True)
class Reached:
    """Where a recovery stopped, in the server's own words: the end of the last record replayed, the time of the last
    transaction replayed (``None``: none since the backup), and the timeline that the WAL came from."""

    lsn: Lsn
    moment: datetime | None
    timeline: int


def prove(reached: Reached, *, plan: RecordedPlan, wal_end: Lsn | None) -> None:
    """Raise Failed (``recovery-short``, ``recovery-beyond``) when the point reached is not the planned one.

    ``wal_end`` is how far the old cluster's WAL went (``None``: unknown); it counts for the target latest.
    """
    least = plan.backup_stop_lsn
    if plan.last_replayed is not None:
        # The record begins there, so its end lies behind.
        least = max(least, plan.last_replayed.lsn + 1)
    if wal_end is not None and plan.target.kind == LATEST:
        least = max(least, wal_end)
    if reached.lsn < least:
        raise Failed(
            f"the recovery ended at {reached.lsn}, and the target needs WAL up to {least}",
            code="recovery-short",
            hint="WAL that the plan had found could not be read; the server's log says which file was missing.",
        )
    beyond = plan.first_not_replayed
    if beyond is not None and reached.lsn > beyond.lsn:
        raise Failed(
            f"the recovery went on to {reached.lsn}, beyond the transaction at {beyond.lsn} that it should not have "
            "replayed",
            code="recovery-beyond",
            hint="The recovery settings of the server were not those of the plan.",
        )


__all__ = ("Reached", "prove")
