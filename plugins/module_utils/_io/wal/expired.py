# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writing down in a cluster's folder which WAL retention removes."""

from __future__ import annotations

from collections.abc import Mapping

from ..._core.errors import Damaged, Unavailable
from ..._core.repository.layout import EXPIRED_WAL_FILE
from ..._core.wal.expired import format_expired, joined, parse_expired
from ..._core.wal.interval_set import IntervalSet
from ..._core.wal.segment import SegmentSize
from ..storage.file_errors import is_away
from ..storage.place import ANY
from ..storage.port import Storage


def read_expired(storage: Storage, *, size: SegmentSize) -> dict[int, IntervalSet]:
    """The numbers of the segments that retention did not keep, by timeline; none when the file can't be read.

    It only tells holes that were made from holes that happened, so nothing is lost with it.
    """
    try:
        return parse_expired((storage.read_all(EXPIRED_WAL_FILE) or b"").decode("utf-8"), size=size)
    except (OSError, UnicodeError, Damaged, Unavailable) as error:
        if is_away(error):
            raise
        return {}


def add_expired(storage: Storage, more: Mapping[int, IntervalSet], *, size: SegmentSize) -> None:
    """Write down, durably and before they are removed, that these go too. Raises Unavailable (``write-failed``).

    Call it with the lock of the backups held.
    """
    before = read_expired(storage, size=size)
    if joined(before, more) == before:
        return
    content = format_expired(joined(before, more), size=size)
    storage.put(EXPIRED_WAL_FILE, [content.encode()], replaces=ANY)


__all__ = ("add_expired", "read_expired")
