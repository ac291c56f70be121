# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The window that ends last: up to when a cluster can be recovered."""

from __future__ import annotations

from datetime import datetime

from ..catalogue.catalogue import Catalogue
from ..catalogue.record import Backup
from ..catalogue.window import Window


def newest_window(catalogue: Catalogue) -> Window | None:
    """The window that ends last; ``None`` when there is none.

    Where the end of one is not known, it counts as the last when it may be: on a younger timeline than that of the
    latest known end, or with a later backup in it.
    """
    # On one timeline each window ends before the next begins.
    last = {window.timeline: window for window in catalogue.windows}
    newest = _newest_restorable(catalogue)

    def known_to_reach(window: Window) -> tuple[datetime, int]:
        inside = newest is not None and _leads_over(window, newest)
        return (newest.stop_time if newest and inside else window.from_time, window.timeline)

    ended = [(window.to_time, window) for window in last.values() if window.to_time is not None]
    known_end, known = max(ended, key=lambda each: each[0], default=(None, None))
    unknown = max((window for window in last.values() if window.to_time is None), key=known_to_reach, default=None)
    if known is None or known_end is None or unknown is None:
        return known or unknown
    is_younger = unknown.timeline > known.timeline
    return unknown if is_younger or known_to_reach(unknown)[0] > known_end else known


def newest_backup(catalogue: Catalogue) -> Backup | None:
    """The newest backup that leads to the end of the newest window; ``None`` when there is none.

    Backups of a timeline that was given up by a restore, or by its rollback, are of no help to the cluster.
    """
    newest, window = _newest_restorable(catalogue), newest_window(catalogue)
    if window is None:
        return newest
    leading = (each for each in reversed(catalogue.backups) if each.label in catalogue.usable)
    return next((each for each in leading if _leads_over(window, each)), newest)


def _newest_restorable(catalogue: Catalogue) -> Backup | None:
    """The newest backup that can be restored; ``None`` when there is none."""
    return next((backup for backup in reversed(catalogue.backups) if backup.label in catalogue.usable), None)


def at_least_to(window: Window, *, catalogue: Catalogue) -> datetime:
    """The window's end, or where that is not known the end of the last backup in it: it surely reaches that far."""
    if window.to_time is not None:
        return window.to_time
    for backup in reversed(catalogue.backups):
        if backup.stop_time <= window.from_time:
            break
        if backup.label in catalogue.usable and _leads_over(window, backup):
            return backup.stop_time
    return window.from_time


def _leads_over(window: Window, backup: Backup) -> bool:
    """Whether the window leads over the end of the backup."""
    for timeline, start, end in window.path():
        if timeline == backup.timeline:
            return start <= backup.stop_lsn <= end
    return False


__all__ = ("at_least_to", "newest_backup", "newest_window")
