# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How far the WAL summarizer of a server has come, and whether it moves."""

from __future__ import annotations

from dataclasses import dataclass

from .lsn import Lsn

# A summarizer with nothing to do sleeps for 30 seconds at most (MAX_SLEEP_QUANTA in walsummarizer.c).
_SLEEP_SECONDS = 45


@dataclass(frozen=True)
class SummarizerState:
    """One look: ``summarized`` is written down, ``pending`` read. Both are positions on ``timeline``.

    ``redo`` is where the last checkpoint begins, up to which a summarizer writes down what it has read;
    ``checkpoint_age_seconds`` is how long ago that was. ``written`` is where the server writes or replays now.
    """

    timeline: int
    summarized: Lsn
    pending: Lsn
    redo: Lsn
    checkpoint_age_seconds: float
    written: Lsn

    @property
    def is_late(self) -> bool:
        """Whether it should have written down by now what came before the last checkpoint."""
        return self.summarized < self.redo and self.checkpoint_age_seconds > _SLEEP_SECONDS

    def is_stuck_since(self, before: SummarizerState) -> bool:
        """Whether it was late at both looks, and has not moved between."""
        is_same = (self.timeline, self.summarized, self.pending) == (before.timeline, before.summarized, before.pending)
        return self.is_late and before.is_late and is_same

    @property
    def held_bytes(self) -> int:
        """The WAL that it holds back: the server keeps all that is not summarized."""
        return max(0, self.written - self.summarized)


def stuck_reason(state: SummarizerState) -> str:
    """What is wrong with a summarizer that is stuck."""
    return f"the WAL summarizer is stuck at {state.summarized} of timeline {state.timeline}"


STUCK_REMEDY = "set summarize_wal to off, reload, run CHECKPOINT, and set it to on again; the server's log may say why"

__all__ = ("STUCK_REMEDY", "SummarizerState", "stuck_reason")
