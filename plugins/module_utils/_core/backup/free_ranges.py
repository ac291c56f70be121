# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Room in a file that is used again."""

from __future__ import annotations

from bisect import bisect_left, insort


class FreeRanges:
    """Which ranges of a file are free, so that it stays as small as what is kept in it at a time."""

    def __init__(self) -> None:
        # First and end of each, in order; no two touch each other.
        self._free: list[tuple[int, int]] = []
        self._end = 0

    def take(self, size_bytes: int) -> int:
        """The offset of so many bytes that are free: the first that are enough, or at the file's end."""
        for place, (first, end) in enumerate(self._free):
            if end - first >= size_bytes:
                self._free[place : place + 1] = [(first + size_bytes, end)] if end - first > size_bytes else []
                return first
        offset = self._end
        if self._free and self._free[-1][1] == self._end:
            offset = self._free.pop()[0]
        self._end = offset + size_bytes
        return offset

    def give_back(self, offset: int, size_bytes: int) -> None:
        """These are free again."""
        first, end = offset, offset + size_bytes
        place = bisect_left(self._free, (first, end))
        if place < len(self._free) and self._free[place][0] == end:
            end = self._free.pop(place)[1]
        if place and self._free[place - 1][1] == first:
            first = self._free.pop(place - 1)[0]
        if first < end:
            insort(self._free, (first, end))


__all__ = ("FreeRanges",)
