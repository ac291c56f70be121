# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writing down in a cluster's folder which WAL retention removes."""

from __future__ import annotations

import os
from collections.abc import Mapping

from ..._core.errors import Damaged
from ..._core.wal.expired import format_expired, joined, parse_expired
from ..._core.wal.interval_set import IntervalSet
from ..._core.wal.segment import SegmentSize
from ..host.files import read_text, write_durably

_NAME = "expired_wal.json"


def read_expired(cluster_path: str, *, size: SegmentSize) -> dict[int, IntervalSet]:
    """The numbers of the segments that retention did not keep, by timeline; none when the file can't be read.

    It only tells holes that were made from holes that happened, so nothing is lost with it.
    """
    try:
        return parse_expired(read_text(f"{cluster_path}/{_NAME}") or "", size=size)
    except (OSError, UnicodeError, Damaged):
        return {}


def add_expired(cluster_path: str, more: Mapping[int, IntervalSet], *, size: SegmentSize) -> None:
    """Write down, durably and before they are removed, that these go too. Raises Unavailable (``write-failed``).

    Call it with the lock of the backups held: what a killed run has left of its own is removed.
    """
    for name in os.listdir(cluster_path):
        if name.startswith(_NAME) and name.endswith(".tmp"):
            os.unlink(f"{cluster_path}/{name}")
    before = read_expired(cluster_path, size=size)
    if joined(before, more) == before:
        return
    content = format_expired(joined(before, more), size=size)
    write_durably(f"{cluster_path}/{_NAME}", content.encode())


__all__ = ("add_expired", "read_expired")
