# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How much of a backup may lie in the spool before it is sent, and when pg_basebackup is held back for that."""

from __future__ import annotations

from dataclasses import dataclass

SPOOL_LEAST_BYTES = 8 << 20
SPOOL_MAX_BYTES = 256 << 20
# It is held back early, since it goes on to write until somebody looks, and on a busy host that takes a while.
_HOLD_SHARE = 0.5
_RELEASE_SHARE = 0.25
# Faster than any pg_basebackup writes.
_BYTES_PER_SECOND = 1 << 30
# The server sends no more than fills the rest in this time, in which a host under load does not look.
_UNSEEN_SECONDS = 0.25
# The least and the most of pg_basebackup's --max-rate.
_RATES_KIB = (32, 1 << 20)
_SOONEST_SECONDS = 0.002
_LATEST_SECONDS = 0.05


@dataclass(frozen=True)
class SpoolLimit:
    """The most that the archives in the spool may take together, in bytes."""

    max_bytes: int = SPOOL_MAX_BYTES

    def holds(self, used_bytes: int, *, is_held: bool) -> bool:
        """Whether pg_basebackup has to rest now that so much lies there; ``is_held``: whether it does already.

        >>> SpoolLimit(100).holds(49, is_held=False), SpoolLimit(100).holds(49, is_held=True)
        (False, True)
        """
        return used_bytes >= self.max_bytes * (_RELEASE_SHARE if is_held else _HOLD_SHARE)

    def max_rate_kib(self, wanted_kib: int | None) -> int:
        """The KiB per second that pg_basebackup may ask for; ``wanted_kib`` is what the user allows.

        >>> SpoolLimit(16 << 20).max_rate_kib(None), SpoolLimit(16 << 20).max_rate_kib(1000)
        (32768, 1000)
        """
        least, most = _RATES_KIB
        bounded_kib = int(self.max_bytes * (1 - _HOLD_SHARE) / _UNSEEN_SECONDS) >> 10
        return min(max(bounded_kib, least), most, wanted_kib or most)

    def look_seconds(self, used_bytes: int) -> float:
        """After how many seconds to look again: before the fastest disk could have filled what is free."""
        free_bytes = self.max_bytes * _HOLD_SHARE - used_bytes
        return min(max(free_bytes / _BYTES_PER_SECOND, _SOONEST_SECONDS), _LATEST_SECONDS)


__all__ = ("SPOOL_LEAST_BYTES", "SPOOL_MAX_BYTES", "SpoolLimit")
