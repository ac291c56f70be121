# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The progress of a running backup, for others to look at: a small file beside the backups."""

from __future__ import annotations

import json
import os
from dataclasses import asdict

from ..._core.catalogue.running_backup import RunningBackup
from ..host.files import read_text
from .backup_lock import is_backup_running

_NAME = ".running.json"


def write_running(backups_directory: str, running: RunningBackup) -> None:
    """Say how far the backup is. It need not survive a crash, so nothing is made durable."""
    path = os.path.join(backups_directory, _NAME)
    temporary = f"{path}.tmp"
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        json.dump(asdict(running), stream)
    os.rename(temporary, path)


def read_running(backups_directory: str) -> RunningBackup | None:
    """The backup that is being taken now; ``None`` when none is, whatever a killed one has left."""
    if not is_backup_running(backups_directory):
        return None
    try:
        return RunningBackup(**json.loads(read_text(os.path.join(backups_directory, _NAME)) or ""))
    except (ValueError, TypeError):
        return RunningBackup(label="", since="", phase="beginning")


def remove_running(backups_directory: str) -> None:
    """Say that there is none any more."""
    for name in (_NAME, f"{_NAME}.tmp"):
        path = os.path.join(backups_directory, name)
        if os.path.lexists(path):
            os.unlink(path)


__all__ = ("read_running", "remove_running", "write_running")
