# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which files of a directory that ``pg_receivewal`` fills may be looked at for removal."""

from __future__ import annotations

from collections.abc import Iterable

from ..wal.file_name import SEGMENT, wal_file_kind


def removable_segments(names: Iterable[str]) -> tuple[str, ...]:
    """The whole segments but the newest, oldest first.

    >>> removable_segments(["000000010000000000000002", "000000010000000000000001", "000000010000000000000003.partial"])
    ('000000010000000000000001',)

    ``pg_receivewal`` begins behind the newest segment that is there, which it chooses by number, then by timeline
    (``FindStreamingStart`` in pg_receivewal.c). Partial segments, compressed ones and histories never count.
    """
    whole = (name for name in names if wal_file_kind(name) == SEGMENT)
    return tuple(sorted(whole, key=lambda name: (name[8:], name[:8])))[:-1]


__all__ = ("removable_segments",)
