# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documented form of the catalogue for programs: ``report.json``, ``pgpitr info --json``, the module's results.

``docs/json-form.md`` describes it for users.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .archiver_stats import ArchiverStats, ReadyFiles
from .backup import Backup
from .catalogue import Catalogue, Gap
from .instant import format_instant
from .window import Window


def backup_form(backup: Backup, *, is_usable: bool) -> dict[str, Any]:
    """One backup. ``is_usable``: the WAL that it needs is archived without a hole."""
    return {
        "label": backup.label,
        "type": backup.type,
        "parent": backup.parent,
        "start_time": format_instant(backup.start_time),
        "stop_time": format_instant(backup.stop_time),
        "start_lsn": str(backup.start_lsn),
        "stop_lsn": str(backup.stop_lsn),
        "timeline": backup.timeline,
        "size_bytes": backup.size_bytes,
        "stored_bytes": backup.stored_bytes,
        "compression": backup.compression,
        "version": backup.version,
        "usable": is_usable,
    }


def window_form(window: Window) -> dict[str, Any]:
    """One window; ``to`` is ``None`` when the time of the last commit is not known."""
    return {
        "from": format_instant(window.from_time),
        "to": None if window.to_time is None else format_instant(window.to_time),
        "timeline": window.timeline,
        "from_lsn": str(window.start),
        "to_lsn": str(window.end),
        "backup": window.backup,
    }


def gap_form(gap: Gap) -> dict[str, Any]:
    """Missing segments, first and last."""
    return {"first_segment": gap.first_segment, "last_segment": gap.last_segment}


def archiver_form(stats: ArchiverStats | None, *, ready: ReadyFiles) -> dict[str, Any]:
    """What waits to be archived, and what the server says of it (``None``: it was not asked)."""
    return {
        "ready_count": ready.count,
        "oldest_ready_seconds": round(ready.oldest_seconds, 1),
        "last_archived": stats.last_archived_wal if stats else None,
        "failing_on": stats.failing_on if stats else None,
    }


def cluster_form(
    name: str,
    *,
    system_identifier: str,
    catalogue: Catalogue,
    windows: Iterable[Window] | None = None,
    damaged: Iterable[tuple[str, str]] = (),
    archiver: Mapping[str, Any] | None = None,
    running: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """One cluster. ``windows`` are the catalogue's with the times of their last commits where they were looked up.

    ``archiver`` is ``None`` when its server was not asked, ``running`` when no backup is being taken.
    """
    return {
        "name": name,
        "system_identifier": system_identifier,
        "backups": [backup_form(each, is_usable=each.label in catalogue.usable) for each in catalogue.backups],
        "windows": [window_form(window) for window in (catalogue.windows if windows is None else windows)],
        "gaps": [gap_form(gap) for gap in catalogue.gaps],
        "damaged_backups": [{"label": label, "reason": reason} for label, reason in damaged],
        "running_backup": running,
        "archiver": archiver,
    }


__all__ = ("archiver_form", "backup_form", "cluster_form", "gap_form", "window_form")
