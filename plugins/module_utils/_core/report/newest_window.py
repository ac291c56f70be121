# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The window that ends last, from a cluster's form: up to when a cluster can be recovered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..wal.lsn import Lsn


def newest_window(
    windows: Sequence[Mapping[str, Any]], *, backups: Sequence[Mapping[str, Any]]
) -> Mapping[str, Any] | None:
    """The form of the window that ends last; ``None`` when there is none. Windows and backups are oldest first.

    Where the end of one is not known, it counts as the last when it may be: on a younger timeline than that of the
    latest known end, or with a later backup in it.
    """
    # On one timeline each window ends before the next begins.
    last = {window["timeline"]: window for window in windows}
    newest = newest_restorable(backups)

    def known_to_reach(window: Mapping[str, Any]) -> tuple[str, int]:
        inside = newest is not None and _has(window, newest)
        return (newest["stop_time"] if newest and inside else window["from"], window["timeline"])

    known = max((each for each in last.values() if each["to"]), key=lambda each: str(each["to"]), default=None)
    unknown = max((each for each in last.values() if not each["to"]), key=known_to_reach, default=None)
    if known is None or unknown is None:
        return known or unknown
    is_younger = unknown["timeline"] > known["timeline"]
    return unknown if is_younger or known_to_reach(unknown)[0] > known["to"] else known


def newest_restorable(backups: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """The form of the newest backup that can be restored; ``None`` when there is none."""
    return next((backup for backup in reversed(backups) if backup["usable"]), None)


def at_least_to(window: Mapping[str, Any], *, backups: Sequence[Mapping[str, Any]]) -> str:
    """Its end, or where that is not known the end of the last backup in it: a moment up to which it surely reaches."""
    if window["to"]:
        return str(window["to"])
    for backup in reversed(backups):
        if backup["stop_time"] <= window["from"]:
            break
        if backup["usable"] and _has(window, backup):
            return str(backup["stop_time"])
    return str(window["from"])


def _has(window: Mapping[str, Any], backup: Mapping[str, Any]) -> bool:
    """Whether the window leads over the end of the backup."""
    for part in window["timeline_path"]:
        if part["timeline"] == backup["timeline"]:
            lsn = Lsn.parse(backup["stop_lsn"])
            return Lsn.parse(part["from_lsn"]) <= lsn <= Lsn.parse(part["to_lsn"])
    return False


__all__ = ("at_least_to", "newest_restorable", "newest_window")
