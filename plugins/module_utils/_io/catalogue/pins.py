# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pins of stored backups: a pinned backup is not removed before somebody releases it, or its time has come."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timezone

from ..._core.catalogue.pin import Pin, format_pins, parse_pins, with_pin
from ..._core.errors import Damaged, Unavailable
from ..._core.instant import parse_instant
from ..._core.repository.layout import pin_key
from ..repository.backup_hold import hold_backups
from ..repository.cluster_folder import ClusterFolder
from ..storage.place import ANY

_UNREADABLE = "its file of pins cannot be read"


def pin_backup(folder: ClusterFolder, label: str, *, reason: str, since: str, until: datetime | None = None) -> None:
    """Keep the backup from this moment on (ISO 8601, UTC), until a moment or until it is released.

    A pin of the same reason is replaced. Raises Unavailable (``backup-removed``, ``write-failed``).
    """
    with hold_backups(folder, [label]):
        pin_held_backup(folder, label, pin=Pin(reason, parse_instant(since), until))


def pin_held_backup(folder: ClusterFolder, label: str, *, pin: Pin, replaces: bool = True) -> None:
    """Pin a backup that the caller holds, even while retention runs, which keeps what is held.

    The pin ``replaces`` an earlier one of the same reason, or stands beside it.
    """
    with folder.locked():
        pins = with_pin(read_pins(folder, label), pin, replaces=replaces)
        _write(folder, label, pins)


def unpin_backup(folder: ClusterFolder, label: str, *, reason: str | None = None) -> tuple[Pin, ...]:
    """Release the backup from every pin, or from that of one reason; the pins that are gone.

    Raises Unavailable (``backup-removed``, ``write-failed``).
    """
    with hold_backups(folder, [label]):
        return release_pins(folder, label, released=lambda pin: reason is None or pin.reason == reason)


def release_pins(folder: ClusterFolder, label: str, *, released: Callable[[Pin], bool]) -> tuple[Pin, ...]:
    """Release the backup from those pins; they are the result. It need not be held: who removes it keeps no pin."""
    with folder.locked():
        pins = read_pins(folder, label)
        gone = tuple(pin for pin in pins if released(pin))
        kept = tuple(pin for pin in pins if pin not in gone)
        if gone and kept:
            _write(folder, label, kept)
        elif gone:
            folder.storage.delete([pin_key(label)])
        return gone


def read_pins(folder: ClusterFolder, label: str) -> tuple[Pin, ...]:
    """The backup's pins, those included that have run out. A file that cannot be read counts as a pin without end."""
    try:
        content = folder.storage.read_all(pin_key(label))
        return () if content is None else parse_pins(content.decode("utf-8", "surrogateescape"))
    except (OSError, UnicodeError, Damaged, Unavailable):
        # Whoever pinned the backup wanted it to stay; removing it could not be undone.
        return (Pin(_UNREADABLE, datetime.fromtimestamp(_written_seconds(folder, label), tz=timezone.utc)),)


def _written_seconds(folder: ClusterFolder, label: str) -> float:
    try:
        found = folder.storage.stat(pin_key(label))
    except Unavailable:
        found = None
    return found[1] if found else 0.0


def _write(folder: ClusterFolder, label: str, pins: Iterable[Pin]) -> None:
    folder.storage.put(pin_key(label), [format_pins(pins).encode()], replaces=ANY)


__all__ = ("Pin", "pin_backup", "pin_held_backup", "read_pins", "release_pins", "unpin_backup")
