# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""WAL summaries, from which the server knows which blocks an incremental backup has to contain."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from .lsn import Lsn


@dataclass(frozen=True)
class WalSummaries:
    """The summaries of one timeline in the data directory, and how far the WAL summarizer has come.

    ``ranges`` are (start, end) in order; the end is the first position not summarized. ``is_running`` tells whether the
    summarizer process exists, ``stuck`` says where it stands still (``None``: it moves). Source: PostgreSQL's manual,
    "WAL Summarization Information Functions".
    """

    timeline: int
    ranges: tuple[tuple[Lsn, Lsn], ...]
    summarized_timeline: int
    summarized_lsn: Lsn
    is_running: bool
    stuck: str | None = None

    @classmethod
    def of(
        cls, ranges: Iterable[tuple[Lsn, Lsn]], *, timeline: int, summarized: tuple[int, Lsn], is_running: bool
    ) -> WalSummaries:
        """From the ranges in any order, and the timeline and position that the summarizer has reached."""
        return cls(timeline, tuple(sorted(ranges)), *summarized, is_running)

    def covered_until(self, start: Lsn) -> Lsn:
        """The first position from ``start`` on that no summary covers."""
        return covered_until(start, ranges=self.ranges)

    def hole_after(self, start: Lsn) -> Lsn | None:
        """The first position from ``start`` on that will never be covered; ``None`` without one.

        What the summarizer has not reached yet will come: the server waits for it when a backup begins.
        """
        if self.summarized_timeline != self.timeline:
            return None
        reached = self.covered_until(start)
        return reached if reached < self.summarized_lsn else None


def covered_until(start: Lsn, *, ranges: Iterable[tuple[Lsn, Lsn]]) -> Lsn:
    """The first position from ``start`` on that none of the ranges, which are in order, covers."""
    reached = start
    for first, end in ranges:
        if first > reached:
            break
        reached = max(reached, end)
    return reached


__all__ = ("WalSummaries", "covered_until")
