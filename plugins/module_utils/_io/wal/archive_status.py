# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What ``pg_wal/archive_status`` says of the WAL files, whether the server runs or not."""

from __future__ import annotations

import os

from ..._core.archiving.archive_status import ArchiveStatus
from ..._core.archiving.archiver_stats import ReadyFiles


def read_archive_status(data_directory: str) -> ArchiveStatus:
    """Every file there. Raises OSError."""
    entries = []
    with os.scandir(f"{data_directory}/pg_wal/archive_status") as found:
        for entry in found:
            try:
                status = entry.stat(follow_symlinks=False)
            except FileNotFoundError:
                # Archived between the listing and the question.
                continue
            entries.append((entry.name, status.st_mtime, status.st_ctime))
    return ArchiveStatus.of(entries)


def read_ready_files(data_directory: str, *, now_seconds: float) -> ReadyFiles:
    """The files that wait to be archived. ``now_seconds`` is Unix time. Raises OSError."""
    return read_archive_status(data_directory).ready(now_seconds=now_seconds)


__all__ = ("read_archive_status", "read_ready_files")
