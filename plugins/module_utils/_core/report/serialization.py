# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A cluster's summary for programs: ``report.json``, ``pgpitr info --json``, the module's results.

``docs/json-form.md`` describes it for users.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from ..catalogue.chain_index import ChainSummary
from ..catalogue.gap import Gap
from ..catalogue.pin import Pin, pin_to_dict
from ..catalogue.record import Backup
from ..catalogue.window import Window
from ..instant import format_instant
from ..wal.file_name import segment_number
from .archiver_form import archiver_to_dict
from .cluster_summary import ClusterSummary, GapLoss
from .newest_window import at_least_to


def cluster_to_dict(cluster: ClusterSummary) -> dict[str, Any]:
    """One cluster."""
    running = cluster.running_backup
    return {
        "name": cluster.name,
        "system_identifier": cluster.system_identifier,
        "backups": [_catalogued_to_dict(backup, cluster=cluster) for backup in cluster.backups],
        "windows": [_window_to_dict(window) for window in cluster.windows],
        "gaps": [_gap_to_dict(gap, cluster=cluster) for gap in cluster.gaps],
        "damaged_backups": [{"label": label, "reason": reason} for label, reason in cluster.damaged_backups],
        "running_backup": None if running is None else asdict(running),
        "archiver": None if cluster.archiver is None else archiver_to_dict(cluster.archiver),
        "summary": _at_a_glance(cluster),
        "attention": [*cluster.attention],
    }


def backup_to_dict(backup: Backup, *, is_usable: bool) -> dict[str, Any]:
    """One backup. ``is_usable``: its chain is complete, and the WAL that it needs is archived without a gap."""
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


def _window_to_dict(window: Window) -> dict[str, Any]:
    """One window; ``to`` is ``None`` when the time of the last commit is not known."""
    return {
        "from": format_instant(window.from_time),
        "to": _instant(window.to_time),
        "timeline": window.timeline,
        "from_lsn": str(window.start),
        "to_lsn": str(window.end),
        "backup": window.backup,
        "timeline_path": [
            {"timeline": timeline, "from_lsn": str(start), "to_lsn": str(end)} for timeline, start, end in window.path()
        ],
    }


def _catalogued_to_dict(backup: Backup, *, cluster: ClusterSummary) -> dict[str, Any]:
    """One backup with its chain and its pins."""
    form = backup_to_dict(backup, is_usable=backup.label in cluster.catalogue.usable)
    form["chain"] = _chain_to_dict(cluster.catalogue.chains.get(backup.label))
    form["pins"] = [_pin_to_dict(pin, now=cluster.seen_at) for pin in cluster.pins.get(backup.label, ())]
    return form


def _chain_to_dict(chain: ChainSummary | None) -> dict[str, Any] | None:
    if chain is None:
        return None
    return {"full": chain.full, "links": chain.link_count, "stored_bytes": chain.stored_bytes}


def _pin_to_dict(pin: Pin, *, now: datetime) -> dict[str, Any]:
    return {**pin_to_dict(pin), "active": pin.is_active(now)}


def _gap_to_dict(gap: Gap, *, cluster: ClusterSummary) -> dict[str, Any]:
    size_bytes = cluster.catalogue.segment_bytes
    first, last = (segment_number(name, size_bytes=size_bytes) for name in (gap.first_segment, gap.last_segment))
    return {
        "first_segment": gap.first_segment,
        "last_segment": gap.last_segment,
        "count": last - first + 1,
        "reason": gap.reason,
        "lost": _loss_to_dict(cluster.loss_by(gap)),
    }


def _loss_to_dict(loss: GapLoss) -> dict[str, Any]:
    return {
        "from": _instant(loss.since),
        "to": _instant(loss.until),
        "from_lsn": str(max(window.end for window in loss.ended)) if loss.ended else None,
        "to_lsn": None if loss.resumed is None else str(loss.resumed.start),
        "windows": [{"backup": window.backup, "timeline": window.timeline} for window in loss.ended],
    }


def _at_a_glance(cluster: ClusterSummary) -> dict[str, Any]:
    """The cluster in a few numbers."""
    newest, window = cluster.newest_backup, cluster.newest_window
    return {
        "newest_backup": newest.label if newest else None,
        "newest_backup_age_seconds": cluster.age_seconds(newest) if newest else None,
        "chain_links": cluster.chain_links(newest) if newest else None,
        "recoverable_from": _instant(cluster.recoverable_from),
        "recoverable_to": _instant(window.to_time) if window else None,
        "newest_window": _newest_window_to_dict(window, cluster=cluster) if window else None,
        "backup_count": len(cluster.backups),
        "window_count": len(cluster.windows),
        "gap_count": len(cluster.gaps),
        "stored_bytes": cluster.stored_bytes,
        "segment_count": cluster.segment_count,
    }


def _newest_window_to_dict(window: Window, *, cluster: ClusterSummary) -> dict[str, Any]:
    return {
        "from": format_instant(window.from_time),
        "to": _instant(window.to_time),
        "timeline": window.timeline,
        "backup": window.backup,
        "to_at_least": format_instant(at_least_to(window, catalogue=cluster.catalogue)),
    }


def _instant(moment: datetime | None) -> str | None:
    return None if moment is None else format_instant(moment)


__all__ = ("backup_to_dict", "cluster_to_dict")
