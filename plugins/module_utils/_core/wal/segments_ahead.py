# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which segments a recovery asks for next."""

from __future__ import annotations

from .file_name import segment_name, segment_number, timeline_of

# What may lie in pg_wal ahead of the recovery: 128 MiB, which are eight segments of the usual size.
_AHEAD_BYTES = 1 << 27
_AHEAD_MAX = 16


def segments_ahead(name: str, *, size_bytes: int, until: str | None) -> tuple[str, ...]:
    """The segments behind ``name`` on its timeline that are worth fetching, none behind the number of ``until``.

    ``size_bytes`` is that of a segment; ``until`` the last one that is needed, on whatever timeline.

    >>> segments_ahead("00000001000000000000003E", size_bytes=1 << 26, until=None)
    ('00000001000000000000003F', '000000010000000100000000')
    """
    count = max(1, min(_AHEAD_MAX, _AHEAD_BYTES // size_bytes))
    number = segment_number(name, size_bytes=size_bytes)
    names = (
        segment_name(number + step, timeline=timeline_of(name), size_bytes=size_bytes) for step in range(1, count + 1)
    )
    return tuple(each for each in names if until is None or each[8:] <= until[8:])


__all__ = ("segments_ahead",)
