# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""For what a server keeps WAL, and what of it does not move by itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ..wal.summarizer import STUCK_REMEDY, SummarizerState, stuck_reason
from ..wording import size_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .open_transaction import OpenTransaction

# What an idle slot may hold back before it is told: a standby that restarts needs a few segments.
_SLOT_SEGMENTS = 64
# Of the slots by which the collection streams WAL beside archiving: nobody else's begins so.
STREAM_SLOT_PREFIX = "pgpitr_"
# Of pg_replication_slots.wal_status: the server may remove what the slot needs, or has removed it.
_UNRESERVED = "unreserved"
_LOST = "lost"
# How a slot is whose user is connected, and how where that one has everything and the slot keeps WAL all the same.
IN_USE = "in use"
HELD_BY_TRANSACTION = "held by a transaction"


@dataclass(frozen=True)
class KeptWal:
    """One reason for which a server keeps WAL: ``by`` is ``slot``, ``summarizer`` or ``wal_keep_size``.

    ``size_bytes`` is how much that keeps, alone or with others, and ``state`` says in a few words how it is. ``holder``
    is what a slot waits for whose receiver has everything.
    """

    by: str
    name: str
    size_bytes: int
    state: str
    holder: OpenTransaction | None = None

    @property
    def is_stream(self) -> bool:
        """Whether it is a slot by which WAL is streamed beside archiving, which then keeps what is not received yet."""
        return self.by == "slot" and self.name.startswith(STREAM_SLOT_PREFIX)

    def __str__(self) -> str:
        names = {"slot": f"slot '{self.name}' ({self.state})", "summarizer": f"the WAL summarizer ({self.state})"}
        return f"{size_text(self.size_bytes)} for {names.get(self.by, self.by)}"


@dataclass(frozen=True)
class ReplicationSlot:
    """A replication slot: the bytes of WAL that the server keeps for it (``None``: not known), and its ``wal_status``.

    That is empty while the slot has reserved nothing. ``is_still``: whoever is connected takes nothing more.
    ``holder``: he has everything, and logical decoding would need the WAL again from where this transaction began.
    """

    name: str
    held_bytes: int | None
    is_active: bool = False
    wal_status: str = "reserved"
    is_still: bool = False
    holder: OpenTransaction | None = None

    @property
    def state(self) -> str:
        """How it is, in a few words."""
        if self.wal_status == _LOST:
            return "lost"
        if self.holder is not None:
            return HELD_BY_TRANSACTION
        return IN_USE if self.is_active else "not in use"

    def is_far_behind(self, *, segment_bytes: int) -> bool:
        """Whether it keeps more than a server that is away for a while."""
        return (self.held_bytes or 0) > _SLOT_SEGMENTS * segment_bytes


@dataclass(frozen=True)
class HeldWal:
    """What keeps WAL on a server: a summarizer that is ``stuck`` (``None``: none), slots, and ``wal_keep_size``.

    ``slot_limit_bytes`` is ``max_slot_wal_keep_size``, ``None``: slots may keep all there is room for.
    """

    stuck: SummarizerState | None
    slots: tuple[ReplicationSlot, ...]
    segment_bytes: int
    keep_bytes: int = 0
    slot_limit_bytes: int | None = None

    def kept(self) -> tuple[KeptWal, ...]:
        """Every reason, the one that keeps most first."""
        return tuple(sorted(self._kept(), key=lambda each: (-each.size_bytes, each.by, each.name)))

    def sentences(self) -> tuple[str, ...]:
        """What stands still or is lost, how much WAL it holds back, and the remedy."""
        return tuple(self._sentences())

    def _kept(self) -> Iterator[KeptWal]:
        if self.stuck is not None:
            yield KeptWal("summarizer", "", self.stuck.held_bytes, "stuck")
        for slot in self.slots:
            if slot.held_bytes is not None or slot.wal_status == _LOST:
                yield KeptWal("slot", slot.name, slot.held_bytes or 0, slot.state, slot.holder)
        if self.keep_bytes:
            yield KeptWal("wal_keep_size", "", self.keep_bytes, "always")

    def _sentences(self) -> Iterator[str]:
        if self.stuck is not None:
            held = size_text(self.stuck.held_bytes)
            reason = stuck_reason(self.stuck)
            yield f"{reason} and holds back {held} of WAL; backups are full ones meanwhile: {STUCK_REMEDY}"
        for slot in self.slots:
            yield from self._of_slot(slot)

    def _of_slot(self, slot: ReplicationSlot) -> Iterator[str]:
        drop = f"drop it (SELECT pg_drop_replication_slot('{slot.name}'))"
        if slot.wal_status == _LOST:
            yield (
                f"replication slot '{slot.name}' is lost, because the server has removed WAL that it needs"
                f" (max_slot_wal_keep_size): {drop}, and set up anew what used it"
            )
        elif slot.wal_status == _UNRESERVED:
            yield (
                f"replication slot '{slot.name}' is about to be lost: the server removes WAL that it needs at the next"
                f" checkpoint (max_slot_wal_keep_size is {self._limit()})"
            )
        elif not slot.is_active and slot.name.startswith(STREAM_SLOT_PREFIX):
            yield (
                f"WAL is not streamed: nobody receives by the replication slot '{slot.name}', which holds back"
                f" {size_text(slot.held_bytes or 0)}, {self._bound()}: see why the unit 'pgpitr-stream-…' does not run"
                " on the receiving host"
            )
        elif slot.holder is not None:
            yield (
                f"replication slot '{slot.name}' holds back {size_text(slot.held_bytes or 0)} of WAL, {self._bound()},"
                f" although its receiver has everything: logical decoding waits for the end of {slot.holder}:"
                f" {slot.holder.remedy}"
            )
        elif slot.is_still:
            yield (
                f"what receives by the replication slot '{slot.name}' is connected and takes nothing more: the slot"
                f" holds back {size_text(slot.held_bytes or 0)} of WAL, {self._bound()}: see why it stands still, or"
                " end its connection (pg_terminate_backend of the slot's active_pid), so that it begins anew"
            )
        elif not slot.is_active and slot.is_far_behind(segment_bytes=self.segment_bytes):
            yield (
                f"replication slot '{slot.name}' is not in use and holds back {size_text(slot.held_bytes or 0)} of WAL,"
                f" {self._bound()}: start what uses it, or {drop}"
            )

    def _bound(self) -> str:
        if self.slot_limit_bytes is None:
            return "without a limit (max_slot_wal_keep_size)"
        return f"up to {self._limit()} (max_slot_wal_keep_size)"

    def _limit(self) -> str:
        return "not set" if self.slot_limit_bytes is None else size_text(self.slot_limit_bytes)


__all__ = ("HELD_BY_TRANSACTION", "IN_USE", "STREAM_SLOT_PREFIX", "HeldWal", "KeptWal", "ReplicationSlot")
