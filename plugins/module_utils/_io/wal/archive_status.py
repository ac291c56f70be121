# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What waits in ``pg_wal/archive_status``."""

from __future__ import annotations

import os

from ..._core.archiving.archiver_stats import ReadyFiles


def read_ready_files(data_directory: str, *, now_seconds: float) -> ReadyFiles:
    """The files that wait to be archived, whether the server runs or not. ``now_seconds`` is Unix time."""
    modified = {}
    with os.scandir(f"{data_directory}/pg_wal/archive_status") as entries:
        for entry in entries:
            try:
                modified[entry.name] = entry.stat().st_mtime
            except FileNotFoundError:
                # Archived between the listing and the question.
                continue
    return ReadyFiles.of(modified, now_seconds=now_seconds)


__all__ = ("read_ready_files",)
