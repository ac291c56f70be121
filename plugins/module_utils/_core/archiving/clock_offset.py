# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How far the clock of a host is from the controller's, as far as asking over a connection can tell."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class ClockOffset:
    """The host's clock is ahead of the controller's by at least ``least`` and at most ``most`` seconds."""

    least: float
    most: float

    @classmethod
    def of(cls, probes: Iterable[tuple[float, float, float]]) -> ClockOffset | None:
        """From (sent, the host's clock, received): it was read in between. ``None`` without a probe.

        >>> ClockOffset.of([(10.0, 12.0, 11.0), (20.0, 21.5, 20.5)])
        ClockOffset(least=1.0, most=1.5)
        """
        seen = [(there - received, there - sent) for sent, there, received in probes]
        if not seen:
            return None
        least, most = max(low for low, _high in seen), min(high for _low, high in seen)
        # A clock that was set in between contradicts itself: then nothing is surely known but the extremes.
        if least > most:
            return cls(min(low for low, _high in seen), max(high for _low, high in seen))
        return cls(least, most)

    @property
    def surely(self) -> float:
        """By how many seconds the clocks differ at least, whichever is ahead."""
        return max(self.least, -self.most, 0.0)


def widest_ms(offsets: Iterable[ClockOffset]) -> float | None:
    """By how many milliseconds any two of these clocks differ at most; ``None`` without one.

    >>> widest_ms([ClockOffset(-0.01, 0.02), ClockOffset(0.0, 0.05)])
    60.0
    """
    known = tuple(offsets)
    if not known:
        return None
    return round((max(each.most for each in known) - min(each.least for each in known)) * 1000, 1)


__all__ = ("ClockOffset", "widest_ms")
