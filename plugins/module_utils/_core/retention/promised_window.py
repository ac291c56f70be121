# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The window that retention promises to keep recoverable, and the backups with which it starts."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import datetime, timedelta

from ..catalogue.catalogue import MAX_AGE_SECONDS
from ..catalogue.record import Backup
from ..wording import begin_text, moment_text
from .policy import RetentionPolicy
from .stock import Stock

# The repository's clock may differ from the server's.
_CLOCK_TOLERANCE = timedelta(hours=1)
_OVERDUE = timedelta(seconds=MAX_AGE_SECONDS)


@dataclass(frozen=True)
class PromisedWindow:
    """What is recoverable from ``since`` on stays recoverable; nothing is before ``first_end``.

    ``reason`` names the rule that determines ``since``. ``present`` is the time from which days are counted back, and
    with which the ends of pins are compared. ``first_end`` is the end of the first backup that can be restored.
    ``begins`` has for each relevant timeline the backup from which its part of the window is recovered, ``None`` where
    no backup leads to it yet.
    """

    since: datetime
    reason: str
    present: datetime
    first_end: datetime
    begins: dict[int, Backup | None]

    @property
    def since_text(self) -> str:
        """The start of the window that the rule asks for, as text for people."""
        return begin_text(self.since)

    @property
    def reachable_since(self) -> datetime:
        """The start of the part of the window that is recoverable."""
        return max(self.since, self.first_end)


def promised_window(stock: Stock, *, policy: RetentionPolicy, now: datetime) -> PromisedWindow | None:
    """The window; ``None`` if no backup can be restored, so that there is nothing to promise.

    A timeline is relevant if it is the newest backup's, the one archived to last, or one that was archived to since the
    window's start. A timeline whose last file was archived before has no time in the window of its own, only those on
    its successors' paths. Possible ancestors of a timeline without a history are relevant, too.
    """
    if stock.newest is None:
        return None
    present, counted = _present(stock, now=now)
    since, reason = _since(stock, policy=policy, present=present, counted=counted)
    last = stock.last_archived
    lately = max(last, key=lambda timeline: (last[timeline], timeline), default=stock.newest.timeline)
    orphan = max((each for each in stock.wal.intervals if not stock.wal.knows(each)), default=0)
    relevant = [
        timeline
        for timeline in stock.timelines
        if timeline in (stock.newest.timeline, lately)
        or timeline not in last
        or timeline < orphan
        or last[timeline] >= since - _CLOCK_TOLERANCE
    ]
    begins = {timeline: _begin(stock, timeline, since) for timeline in relevant}
    return PromisedWindow(since, reason, present, stock.restorable[0].stop_time, begins)


def _present(stock: Stock, *, now: datetime) -> tuple[datetime, str]:
    """The time from which days are counted back, with a phrase about it unless it is the present.

    Neither a clock that is ahead nor days without new files may shorten the promised window. Files that were archived
    by a wrong clock can't reveal it, so if the newest backup is overdue, its end is used.
    """
    backup = stock.restorable[-1].stop_time
    newest = max([backup, *stock.last_archived.values()])
    if min(now, newest) - backup > _OVERDUE:
        return backup, f" before {moment_text(backup)}, the end of the newest backup"
    if newest < now - _CLOCK_TOLERANCE:
        return newest, f" before {moment_text(newest)}, the time of the newest file"
    return now, ""


def _since(stock: Stock, *, policy: RetentionPolicy, present: datetime, counted: str) -> tuple[datetime, str]:
    newest = stock.restorable[-1]
    fulls = stock.fulls[-policy.keep_full :]
    oldest = fulls[0] if fulls else newest
    by_days = present - timedelta(days=policy.keep_days)
    if policy.keep_days and by_days < oldest.stop_time:
        return by_days, f"keep_days {policy.keep_days}{counted}"
    return oldest.stop_time, f"keep_full {policy.keep_full}"


def _begin(stock: Stock, timeline: int, since: datetime) -> Backup | None:
    """The newest backup on the path to the timeline that ended before the window, else the oldest one on the path."""
    place = bisect_right([backup.stop_time for backup in stock.restorable], since)
    candidates = (*reversed(stock.restorable[:place]), *stock.restorable[place:])
    return next((backup for backup in candidates if stock.leads(backup, timeline=timeline)), None)


__all__ = ("PromisedWindow", "promised_window")
