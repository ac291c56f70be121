# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The replication slot that keeps WAL until it was streamed: its name, whose it is, and what is to be done."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Union

from ..archiving.held_wal import STREAM_SLOT_PREFIX
from ..errors import InvalidInput, Refused
from ..wording import size_text

REFUSE, WARN = "refuse", "warn"
_MOST_BYTES = 63
_NAME = re.compile(r"pgpitr_[a-z0-9_]+")
_PHYSICAL = "physical"
_LOST = "lost"


@dataclass(frozen=True)
class SlotUse:
    """A slot as the server shows it: ``used_by`` is the application that streams from it, ``flushed`` the position up
    to which it has WAL on disk; both empty while nobody does. ``kept_bytes`` is ``None`` where that is not known."""

    kind: str = _PHYSICAL
    is_active: bool = False
    used_by: str = ""
    flushed: str = ""
    kept_bytes: int | None = None
    wal_status: str = ""


@dataclass(frozen=True)
class CreateSlot:
    """A physical slot to create, which keeps WAL from then on."""

    name: str

    def __str__(self) -> str:
        return f"create replication slot {self.name}"

    def is_done(self, present: SlotUse | None) -> bool:
        """Whether there is such a slot that keeps WAL, whoever made it."""
        return present is not None and present.kind == _PHYSICAL and present.wal_status != _LOST


@dataclass(frozen=True)
class DropSlot:
    """A slot to drop."""

    name: str

    def __str__(self) -> str:
        return f"drop replication slot {self.name}"

    def is_done(self, present: SlotUse | None) -> bool:
        """Whether there is none, whoever dropped it."""
        return present is None


SlotStep = Union[CreateSlot, DropSlot]


def slot_name(wanted: str | None, *, cluster_name: str) -> str:
    """The slot's name, made of the cluster's unless one is wanted.

    >>> slot_name(None, cluster_name="DB-1.example")
    'pgpitr_db_1_example'

    Raises InvalidInput (``slot-name-invalid``).
    """
    name = wanted or (STREAM_SLOT_PREFIX + re.sub(r"[^a-z0-9_]", "_", cluster_name.lower()))[:_MOST_BYTES]
    if len(name) > _MOST_BYTES or not _NAME.fullmatch(name):
        raise InvalidInput(
            f"'{name}' is no name for a replication slot of the collection",
            code="slot-name-invalid",
            hint=f"It begins with '{STREAM_SLOT_PREFIX}', has lower-case letters, digits and underscores, and at most"
            f" {_MOST_BYTES} of them; or leave 'pitr_streaming_slot' unset.",
        )
    return name


def plan_slot(name: str, *, present: SlotUse | None, is_wanted: bool) -> tuple[SlotStep, ...]:
    """What brings the slot into the wanted state; a lost one is made anew.

    Raises Refused (``slot-foreign``, ``slot-in-use``).
    """
    if present is None:
        return (CreateSlot(name),) if is_wanted else ()
    _check_ours(name, present)
    if not is_wanted:
        if present.is_active:
            raise Refused(
                f"the replication slot '{name}' is still in use",
                code="slot-in-use",
                hint="Stop the unit that receives WAL by it, on its host, and run this again.",
            )
        return (DropSlot(name),)
    return (DropSlot(name), CreateSlot(name)) if present.wal_status == _LOST and not present.is_active else ()


def plan_on_standby(name: str, *, present: SlotUse | None) -> tuple[SlotStep, ...]:
    """Drop what a former primary has left: the receiver follows the primary, and here it keeps WAL for nobody."""
    if present is None or present.kind != _PHYSICAL or present.is_active:
        return ()
    return (DropSlot(name),)


def slot_bound(name: str, *, limit_bytes: int | None, unbounded: str) -> str | None:
    """What to warn of where nothing bounds the WAL that a slot keeps; ``None``: ``max_slot_wal_keep_size`` does.

    Raises Refused (``slot-unbounded``) unless ``unbounded`` is ``warn``.
    """
    if limit_bytes is not None:
        return None
    message = (
        f"max_slot_wal_keep_size does not limit what the replication slot '{name}' keeps: if nobody receives WAL, the"
        " disk of pg_wal fills up and the server stops"
    )
    if unbounded == WARN:
        return message
    raise Refused(
        message,
        code="slot-unbounded",
        hint="Set max_slot_wal_keep_size (ALTER SYSTEM, and reload) to less than the free space there, or set"
        " 'pitr_streaming_unbounded_slot' to 'warn'.",
    )


def slot_line(name: str, use: SlotUse | None) -> str:
    """How it is, in one line.

    >>> slot_line("pgpitr_db1", SlotUse(is_active=True, flushed="0/3000000", kept_bytes=2048))
    'pgpitr_db1: streams, received up to 0/3000000, keeps 2.00 KiB of WAL'
    """
    if use is None:
        return f"{name}: there is no such slot"
    state = f"streams, received up to {use.flushed or 'nothing yet'}" if use.is_active else "nobody streams"
    kept = "" if use.kept_bytes is None else f", keeps {size_text(use.kept_bytes)} of WAL"
    return f"{name}: {state}{kept}"


def _check_ours(name: str, present: SlotUse) -> None:
    """Return when the slot can be the one that was made for this. Its user tells its name to the server."""
    if present.kind != _PHYSICAL:
        raise Refused(
            f"the replication slot '{name}' is a {present.kind} one, which is not ours",
            code="slot-foreign",
            hint="Set 'pitr_streaming_slot' to another name.",
        )
    if present.is_active and present.used_by != name:
        raise Refused(
            f"the replication slot '{name}' is in use by '{present.used_by}', which is not ours",
            code="slot-in-use",
            hint="Set 'pitr_streaming_slot' to another name: two that share a slot lose WAL.",
        )


__all__ = (
    "REFUSE",
    "WARN",
    "CreateSlot",
    "DropSlot",
    "SlotStep",
    "SlotUse",
    "plan_on_standby",
    "plan_slot",
    "slot_bound",
    "slot_line",
    "slot_name",
)
