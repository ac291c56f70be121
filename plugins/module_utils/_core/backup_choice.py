# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a backup has to be taken now, and of which type."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from .backup import FULL, INCREMENTAL, Backup
from .errors import InvalidInput

AUTO = "auto"
BACKUP_TYPES = (AUTO, FULL, INCREMENTAL)


@dataclass(frozen=True)
class BackupChoice:
    """``type`` is that of the backup to take, ``None`` when ``recent`` is recent enough; ``reason`` is a sentence."""

    type: str | None
    reason: str
    recent: Backup | None = None


def choose_backup(
    wanted: str, *, usable: Sequence[Backup], timeline: int, now: datetime, max_age_seconds: int
) -> BackupChoice:
    """The decision, from the usable backups (oldest first), the cluster's timeline and the server's clock.

    Only a backup of the timeline that the cluster is on counts as recent: after a recovery the older ones lead to
    another history. Raises InvalidInput (``not-supported``) for incremental backups.
    """
    if wanted == INCREMENTAL:
        raise InvalidInput(
            "type 'incremental' is not supported yet",
            code="not-supported",
            hint="Set 'pitr_backup_type' to full or auto.",
        )
    newest = next((backup for backup in reversed(usable) if backup.timeline == timeline), None)
    if newest is None:
        return BackupChoice(FULL, f"there is no usable backup of timeline {timeline}")
    age_seconds = (now - newest.stop_time).total_seconds()
    if age_seconds < max_age_seconds:
        return BackupChoice(None, f"'{newest.label}' is {age_seconds:.0f} seconds old", recent=newest)
    return BackupChoice(FULL, f"the newest backup '{newest.label}' is {age_seconds:.0f} seconds old")


__all__ = ("AUTO", "BACKUP_TYPES", "BackupChoice", "choose_backup")
