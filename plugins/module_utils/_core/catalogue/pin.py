# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pins, which exempt a backup from retention; the text form is the file ``pinned.json`` beside it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..errors import Damaged
from ..instant import format_instant, parse_instant
from ..json_fields import load_json, mapping_of, text_of
from ..path_text import is_encodable


@dataclass(frozen=True)
class Pin:
    """A reason not to remove a backup, in force from ``since`` until ``until`` (``None``: until it is released)."""

    reason: str
    since: datetime
    until: datetime | None = None

    def is_active(self, now: datetime) -> bool:
        """Whether the pin is in force."""
        return self.until is None or now < self.until

    @property
    def phrase(self) -> str:
        """The pin as text for people."""
        until = "until it is released" if self.until is None else f"until {format_instant(self.until)}"
        return f"pinned {until}: {self.reason}"


def parse_pins(text: str) -> tuple[Pin, ...]:
    """The pins in a file's text: a list, or a single pin as written by earlier releases.

    Raises Damaged (``pin-damaged``).
    """
    try:
        content = load_json(text)
        return tuple(_from_record(record) for record in (content if isinstance(content, list) else [content]))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Damaged(
            f"this is not a list of pins: {type(error).__name__} {error}",
            code="pin-damaged",
            hint="Release the backup with 'pgpitr unpin', and pin it again if it is to be kept.",
        ) from error


def format_pins(pins: Iterable[Pin]) -> str:
    """The text of the file."""
    return json.dumps([pin_to_dict(pin) for pin in pins], indent=2) + "\n"


def pin_to_dict(pin: Pin) -> dict[str, Any]:
    """The pin as data."""
    return {
        "reason": pin.reason,
        "since": format_instant(pin.since),
        "until": None if pin.until is None else format_instant(pin.until),
    }


def with_pin(pins: Iterable[Pin], pin: Pin, *, replaces: bool = True) -> tuple[Pin, ...]:
    """The active pins with another one, which ``replaces`` an earlier one for the same reason."""
    active = (each for each in pins if each.is_active(pin.since))
    return (*(each for each in active if not replaces or each.reason != pin.reason), pin)


def _from_record(value: Any) -> Pin:
    record = mapping_of(value, "a pin")
    until = record.get("until")
    return Pin(
        text_of(record["reason"], "reason", allowed=is_encodable),
        parse_instant(text_of(record["since"], "since")),
        parse_instant(text_of(until, "until")) if until is not None else None,
    )


__all__ = ("Pin", "format_pins", "parse_pins", "pin_to_dict", "with_pin")
