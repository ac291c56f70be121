# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Setting up the replication slot of a receiver, and seeing whether WAL arrives by it."""

from __future__ import annotations

from dataclasses import dataclass

from ..._core.errors import Failed
from ..._core.streaming.slot import DropSlot, SlotStep, SlotUse, plan_on_standby, plan_slot, slot_bound
from ..._io.host.wait import wait_until
from ..._io.sql.replication_slots import apply_slot_step, flushed_since, slot_limit_bytes, slot_use
from ..._io.sql.server import Server

_END_SECONDS = 15.0


@dataclass(frozen=True)
class StreamSlot:
    """The slot of this name on a server."""

    server: Server
    name: str

    def use(self) -> SlotUse | None:
        """The slot as it is; ``None``: there is none."""
        return slot_use(self.server, self.name)

    def limit_bytes(self) -> int | None:
        """The most that slots keep; ``None``: there is no limit."""
        return slot_limit_bytes(self.server)

    def plan(self, *, is_wanted: bool, is_rehearsal: bool = False) -> tuple[SlotStep, ...]:
        """What is to be done. A receiver that was just stopped is given time to end, and a rehearsal has stopped none.

        Raises Refused (``slot-foreign``, ``slot-in-use``).
        """
        present = self.use()
        if not is_wanted and present is not None and present.is_active and present.used_by == self.name:
            if is_rehearsal:
                return (DropSlot(self.name),)
            present = wait_until(self.use, seconds=_END_SECONDS, enough=lambda use: use is None or not use.is_active)
        return plan_slot(self.name, present=present, is_wanted=is_wanted)

    def plan_on_standby(self) -> tuple[SlotStep, ...]:
        """What is to be done where the server is a standby."""
        return plan_on_standby(self.name, present=self.use())

    def warning(self, *, unbounded: str) -> str | None:
        """What to warn of. Raises Refused (``slot-unbounded``)."""
        return slot_bound(self.name, limit_bytes=self.limit_bytes(), unbounded=unbounded)

    def apply(self, steps: tuple[SlotStep, ...]) -> None:
        """Carry the plan out. Raises Failed (``sql-failed``)."""
        for step in steps:
            try:
                apply_slot_step(self.server, step)
            except Failed:
                # The receiver makes its slot itself after a failover, and may have come first.
                if not step.is_done(self.use()):
                    raise

    def prove(self, *, timeout_seconds: float) -> None:
        """Write a record, and return once it was received and flushed. Raises Failed (``not-streaming``)."""
        position = str(self.server.write_marker())
        if wait_until(
            lambda: flushed_since(self.server, self.name, position=position), seconds=timeout_seconds, pause_seconds=0.2
        ):
            return
        use = self.use()
        seen = "nobody uses the slot" if use is None or not use.is_active else f"'{use.used_by}' is at {use.flushed}"
        raise Failed(
            f"WAL up to {position} was not received by the replication slot '{self.name}' within"
            f" {timeout_seconds:g} seconds: {seen}",
            code="not-streaming",
            hint="The receiver's log says why ('journalctl -u pgpitr-stream-<name>' on its host). Does pg_hba.conf let"
            " its role in for 'replication', and is max_wal_senders high enough?",
        )


__all__ = ("StreamSlot",)
