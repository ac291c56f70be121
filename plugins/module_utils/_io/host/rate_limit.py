# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading no faster than is allowed."""

from __future__ import annotations

import time
from collections.abc import Callable


class RateLimit:
    """Sleeps so that no more than so many bytes are spent in a second; ``None``: as fast as can be."""

    def __init__(
        self,
        bytes_per_second: float | None,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self._bytes_per_second = bytes_per_second
        self._clock = clock
        self._sleep = sleep
        self._free_at = clock()

    def spend(self, size_bytes: int) -> None:
        """Wait until bytes spent before are paid for, then spend these."""
        if not self._bytes_per_second:
            return
        now = self._clock()
        if now < self._free_at:
            self._sleep(self._free_at - now)
        self._free_at = max(now, self._free_at) + size_bytes / self._bytes_per_second


__all__ = ("RateLimit",)
