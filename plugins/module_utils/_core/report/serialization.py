# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documented form of the catalogue for programs: ``report.json``, ``pgpitr info --json``, the module's results.

``docs/json-form.md`` describes it for users.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from ..archiving.archiver_stats import ArchiverStats, ReadyFiles
from ..catalogue.catalogue import MAX_AGE_SECONDS, Catalogue, Gap
from ..catalogue.chain_index import ChainSummary
from ..catalogue.pin import Pin, pin_to_dict
from ..catalogue.record import Backup
from ..catalogue.window import Window
from ..instant import format_instant
from ..wal.file_name import segment_number
from .summary import attention_of, summary_of


def backup_to_dict(backup: Backup, *, is_usable: bool) -> dict[str, Any]:
    """One backup. ``is_usable``: its chain is whole, and the WAL that it needs is archived without a hole."""
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


def chain_to_dict(chain: ChainSummary | None) -> dict[str, Any] | None:
    """The chain of one backup, ``None`` for one that lacks a link."""
    if chain is None:
        return None
    return {"full": chain.full, "links": chain.link_count, "stored_bytes": chain.stored_bytes}


def window_to_dict(window: Window) -> dict[str, Any]:
    """One window; ``to`` is ``None`` when the time of the last commit is not known."""
    return {
        "from": format_instant(window.from_time),
        "to": _instant_form(window.to_time),
        "timeline": window.timeline,
        "from_lsn": str(window.start),
        "to_lsn": str(window.end),
        "backup": window.backup,
        "timeline_path": [
            {"timeline": timeline, "from_lsn": str(start), "to_lsn": str(end)} for timeline, start, end in window.path()
        ],
    }


def gap_to_dict(gap: Gap, *, windows: Sequence[Window], segment_bytes: int) -> dict[str, Any]:
    """Missing or damaged segments, first and last, and what is lost by them. ``windows`` are the catalogue's."""
    first, last = (segment_number(name, size_bytes=segment_bytes) for name in (gap.first_segment, gap.last_segment))
    ended = [windows[place] for place in gap.ended]
    moments = [window.to_time for window in ended if window.to_time is not None]
    resumed = None if gap.resumed is None else windows[gap.resumed]
    return {
        "first_segment": gap.first_segment,
        "last_segment": gap.last_segment,
        "count": last - first + 1,
        "reason": gap.reason,
        "lost": {
            "from": _instant_form(max(moments, default=None)),
            "to": None if resumed is None else format_instant(resumed.from_time),
            "from_lsn": str(max(window.end for window in ended)) if ended else None,
            "to_lsn": None if resumed is None else str(resumed.start),
            "windows": [{"backup": window.backup, "timeline": window.timeline} for window in ended],
        },
    }


def archiver_to_dict(
    stats: ArchiverStats | None, *, ready: ReadyFiles, server_error: str = "the server does not run"
) -> dict[str, Any]:
    """What waits to be archived, and what the server says of it; ``server_error`` is why ``stats`` are ``None``."""
    return {
        "ready_count": ready.count,
        "oldest_ready_seconds": round(ready.oldest_seconds, 1),
        "last_archived": stats.last_archived_wal if stats else None,
        "failing_on": stats.failing_on if stats else None,
        "server_error": None if stats else server_error,
    }


def cluster_to_dict(
    name: str,
    *,
    system_identifier: str,
    catalogue: Catalogue,
    now: datetime,
    windows: Sequence[Window] | None = None,
    damaged: Iterable[tuple[str, str]] = (),
    pins: Mapping[str, Sequence[Pin]] | None = None,
    segment_count: int = 0,
    archiver: Mapping[str, Any] | None = None,
    running: Mapping[str, Any] | None = None,
    remarks: Iterable[str] = (),
    max_age_seconds: int = MAX_AGE_SECONDS,
) -> dict[str, Any]:
    """One cluster.

    ``windows`` are the catalogue's with the times of their last commits where they were looked up, ``pins`` those of
    backups by label. ``archiver`` is ``None`` when its server was not asked, ``running`` when no backup is being taken.
    A newest backup older than ``max_age_seconds`` needs attention, and so do ``remarks``.
    """
    found = catalogue.windows if windows is None else windows
    form: dict[str, Any] = {
        "name": name,
        "system_identifier": system_identifier,
        "backups": [
            {
                **backup_to_dict(each, is_usable=each.label in catalogue.usable),
                "chain": chain_to_dict(catalogue.chains.get(each.label)),
                "pins": [
                    {**pin_to_dict(pin), "active": pin.is_active(now)} for pin in (pins or {}).get(each.label, ())
                ],
            }
            for each in catalogue.backups
        ],
        "windows": [window_to_dict(window) for window in found],
        "gaps": [gap_to_dict(gap, windows=found, segment_bytes=catalogue.segment_bytes) for gap in catalogue.gaps],
        "damaged_backups": [{"label": label, "reason": reason} for label, reason in damaged],
        "running_backup": running,
        "archiver": archiver,
    }
    summary = {**summary_of(form, now=now), "segment_count": segment_count}
    attention = [*attention_of(form, now=now, max_age_seconds=max_age_seconds), *remarks]
    return {**form, "summary": summary, "attention": attention}


def _instant_form(moment: datetime | None) -> str | None:
    return None if moment is None else format_instant(moment)


__all__ = ("archiver_to_dict", "backup_to_dict", "chain_to_dict", "cluster_to_dict", "gap_to_dict", "window_to_dict")
