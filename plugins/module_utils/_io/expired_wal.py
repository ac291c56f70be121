# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writing down in a cluster's folder which WAL retention removes."""

from __future__ import annotations

import os
from collections.abc import Mapping

from .._core.errors import Damaged
from .._core.expired_wal import format_expired, joined, parse_expired
from .._core.segment import SegmentSize
from .._core.wal_runs import Runs
from .cluster_folder import ClusterFolder
from .files import read_text, write_durably

_NAME = "expired_wal.json"


def read_expired(folder: ClusterFolder, *, size: SegmentSize) -> dict[int, Runs]:
    """The numbers of the segments that retention removed, by timeline; none when the file can't be read.

    It only tells holes that were made from holes that happened, so nothing is lost with it.
    """
    try:
        return parse_expired(read_text(_path(folder)) or "", size=size)
    except (OSError, UnicodeError, Damaged):
        return {}


def add_expired(folder: ClusterFolder, more: Mapping[int, Runs], *, size: SegmentSize) -> None:
    """Write down, durably and before they are removed, that these go too. Raises Unavailable (``write-failed``).

    Call it with the lock of the backups held: what a killed run has left of its own is removed.
    """
    for name in os.listdir(folder.path):
        if name.startswith(_NAME) and name.endswith(".tmp"):
            os.unlink(f"{folder.path}/{name}")
    content = format_expired(joined(read_expired(folder, size=size), more), size=size)
    write_durably(_path(folder), content.encode())


def _path(folder: ClusterFolder) -> str:
    return f"{folder.path}/{_NAME}"


__all__ = ("add_expired", "read_expired")
