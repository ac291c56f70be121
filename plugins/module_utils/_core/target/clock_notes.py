# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a plan says where the server's clock was set back around its target."""

from __future__ import annotations

from datetime import timedelta

from ..instant import format_instant
from .recovery_target import RecoveryTarget
from .search import StopPoint, TargetSearch

# Commits of concurrent sessions are written in another order than that of their times by less than this.
_USUAL = timedelta(seconds=0.1)


def clock_notes(target: RecoveryTarget, stop: StopPoint, *, search: TargetSearch) -> tuple[str, ...]:
    """A remark where commits behind the stop have times that are not later than the target.

    Recovery stops at the first commit later than the target in the order of the WAL, so it does not reach them. Raises
    what the search's reader raises.
    """
    if target.moment is None or stop.after is None or stop.after.moment is None:
        return ()
    path = search.path(stop.timeline, first=stop.backup.first_segment.number)
    last = path.last_not_later(target.moment, after=stop.after)
    if last is None or last.moment is None or stop.after.moment - last.moment < _USUAL:
        return ()
    return (
        f"times step back in the WAL: behind the stop, which is before transaction {stop.after.xid} of "
        f"{format_instant(stop.after.moment)}, transaction {last.xid} ended at {format_instant(last.moment)}; "
        f"'pitr_restore_target_lsn: {last.lsn}' recovers up to that one",
    )


__all__ = ("clock_notes",)
