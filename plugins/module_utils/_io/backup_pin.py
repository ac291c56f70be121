# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pins: a backup that a restore used is not to be removed until somebody releases it."""

from __future__ import annotations

import json

from .backups import backup_directory
from .cluster_folder import ClusterFolder
from .files import write_durably

PIN_NAME = "pinned.json"


def pin_backup(folder: ClusterFolder, label: str, *, reason: str, since: str) -> None:
    """Mark the backup as in use since this moment (ISO 8601, UTC); removing the file releases it.

    Raises Unavailable (``write-failed``).
    """
    content = json.dumps({"reason": reason, "since": since}, indent=2) + "\n"
    write_durably(f"{backup_directory(folder, label)}/{PIN_NAME}", content.encode())


__all__ = ("PIN_NAME", "pin_backup")
