# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The progress of a running backup, for others to look at: a small file beside the backups."""

from __future__ import annotations

import json
from dataclasses import asdict

from ..._core.catalogue.running_backup import RunningBackup, parse_running
from ..._core.errors import Damaged
from ..._core.repository.layout import RUNNING_FILE
from ..storage.place import ANY
from ..storage.port import Storage
from .backup_lock import is_backup_running


def write_running(storage: Storage, running: RunningBackup) -> None:
    """Say how far the backup is. It need not survive a crash, so nothing is made durable."""
    storage.put(RUNNING_FILE, [json.dumps(asdict(running)).encode()], replaces=ANY, is_durable=False)


def read_running(storage: Storage) -> RunningBackup | None:
    """The backup that is being taken now; ``None`` when none is, whatever a killed one has left."""
    if not is_backup_running(storage):
        return None
    try:
        return parse_running((storage.read_all(RUNNING_FILE) or b"").decode("utf-8"))
    except (ValueError, KeyError, Damaged):
        return RunningBackup(label="", since="", phase="beginning")


def remove_running(storage: Storage) -> None:
    """Say that there is none any more."""
    storage.delete([RUNNING_FILE])


__all__ = ("read_running", "remove_running", "write_running")
