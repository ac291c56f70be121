# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The state of archiving for programs; ``docs/json-form.md`` describes it for users."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from ..archiving.archiver_state import ArchiverState
from ..archiving.other_repository import OtherRepository
from ..archiving.push_failure import PushFailure
from ..catalogue.window import Window
from ..instant import format_instant


def archiver_to_dict(archiver: ArchiverState) -> dict[str, Any]:
    """What waits to be archived, what would be lost, and what the server says of it."""
    room = archiver.room
    return {
        "ready_count": archiver.ready_count,
        "oldest_ready_seconds": round(archiver.oldest_ready_seconds, 1),
        "last_archived": archiver.last_archived,
        "failing_on": archiver.failing_on,
        "failure": _failure_to_dict(archiver),
        "server_error": archiver.server_error,
        "archiving": archiver.is_active,
        "repository": archiver.repository or None,
        "repository_error": archiver.repository_error,
        "stored_until": None if archiver.lag.stored_until is None else str(archiver.lag.stored_until),
        "loss": {"bytes": archiver.lag.size_bytes, "seconds": archiver.lag.loss_seconds},
        "rate": {
            "archived_per_second": _rounded(archiver.rate.archived_per_second),
            "finished_per_second": _rounded(archiver.rate.finished_per_second),
        },
        "ready_bytes": room.ready_bytes if room else None,
        "queue_max_bytes": room.queue_max_bytes if room else None,
        "pg_wal_bytes": room.used_bytes if room else None,
        "pg_wal_free_bytes": room.free_bytes if room else None,
        "held_wal": list(archiver.held_wal),
        "kept_wal": [
            {"by": each.by, "name": each.name or None, "bytes": each.size_bytes, "state": each.state}
            for each in archiver.kept_wal
        ],
        "repositories": [_other_to_dict(each) for each in archiver.others],
    }


def _other_to_dict(other: OtherRepository) -> dict[str, Any]:
    return {
        "name": other.name,
        "required": other.is_required,
        "lacking_segments": other.lacking_count,
        "first_lacking": other.first_lacking,
        "failure": _failure_of(other.failure),
        "error": other.error,
        "backup_count": other.backup_count,
        "window": None if other.window is None else _window_to_dict(other.window),
    }


def _window_to_dict(window: Window) -> dict[str, Any]:
    return {
        "from": format_instant(window.from_time),
        "timeline": window.timeline,
        "from_lsn": str(window.start),
        "to_lsn": str(window.end),
        "backup": window.backup,
    }


def _failure_to_dict(archiver: ArchiverState) -> dict[str, Any] | None:
    return _failure_of(archiver.failure)


def _failure_of(failure: PushFailure | None) -> dict[str, Any] | None:
    if failure is None:
        return None
    at = datetime.fromtimestamp(failure.at_seconds, tz=timezone.utc)
    return {"file": failure.name, "code": failure.code, "msg": failure.message, "time": format_instant(at)}


def _rounded(per_second: float | None) -> float | None:
    return None if per_second is None else round(per_second, 3)


__all__ = ("archiver_to_dict",)
