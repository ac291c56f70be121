# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What holds back WAL on a server and does not move by itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ..wal.summarizer import STUCK_REMEDY, SummarizerState, stuck_reason
from ..wording import size_text

# What an idle slot may hold back before it is told: a standby that restarts needs a few segments.
_SLOT_SEGMENTS = 64


@dataclass(frozen=True)
class IdleSlot:
    """A replication slot that nobody uses, and the bytes of WAL that the server keeps for it."""

    name: str
    held_bytes: int


def held_wal_sentences(
    stuck: SummarizerState | None, *, idle: Iterable[IdleSlot], segment_bytes: int
) -> tuple[str, ...]:
    """What stands still, how much WAL it holds back, and the remedy; ``stuck`` is a summarizer that does not move."""
    return tuple(_sentences(stuck, idle=idle, segment_bytes=segment_bytes))


def _sentences(stuck: SummarizerState | None, *, idle: Iterable[IdleSlot], segment_bytes: int) -> Iterator[str]:
    if stuck is not None:
        held = size_text(stuck.held_bytes)
        yield f"{stuck_reason(stuck)} and holds back {held} of WAL; backups are full ones meanwhile: {STUCK_REMEDY}"
    for slot in idle:
        if slot.held_bytes > _SLOT_SEGMENTS * segment_bytes:
            yield (
                f"replication slot '{slot.name}' is not in use and holds back {size_text(slot.held_bytes)} of WAL:"
                f" start what uses it, or drop it (SELECT pg_drop_replication_slot('{slot.name}'))"
            )


__all__ = ("IdleSlot", "held_wal_sentences")
