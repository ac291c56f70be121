# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Looking at what lies in ``pg_wal``."""

from __future__ import annotations

import os
from collections.abc import Iterator

from ..._core.archiving.wal_directory import WalDirectory
from ..._core.wal.file_name import PARTIAL, SEGMENT, wal_file_kind
from ..host.free_space import free_bytes
from .archive_status import read_archive_status
from .pg_wal import live_histories
from .push_failure import read_push_failure


def read_wal_directory(data_directory: str, *, now_seconds: float) -> WalDirectory:
    """What is there now (Unix time), with the server up or down. Raises OSError."""
    wal = f"{data_directory}/pg_wal"
    # The status first: a segment that is removed meanwhile must not look as if it still waited.
    status = read_archive_status(data_directory)
    sizes = tuple(_segment_sizes(wal))
    return WalDirectory(
        status,
        seen_at=now_seconds,
        failure=read_push_failure(wal),
        histories=live_histories(wal),
        used_bytes=sum(sizes),
        free_bytes=free_bytes(wal),
        segment_bytes=max(sizes, default=0),
    )


def _segment_sizes(directory: str) -> Iterator[int]:
    with os.scandir(directory) as entries:
        for entry in entries:
            if wal_file_kind(entry.name) not in (SEGMENT, PARTIAL):
                continue
            try:
                yield entry.stat(follow_symlinks=False).st_size
            except FileNotFoundError:
                # Renamed or removed between the listing and the question.
                continue


__all__ = ("read_wal_directory",)
