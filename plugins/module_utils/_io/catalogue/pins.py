# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pins of stored backups: a pinned backup is not removed before somebody releases it, or its time has come."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime, timezone

from ..._core.catalogue.pin import PIN_NAME, Pin, format_pins, parse_pins, with_pin
from ..._core.errors import Damaged
from ..._core.instant import parse_instant
from ..host.files import fsync_directory, read_text, write_durably
from ..repository.backup_hold import hold_backups
from ..repository.cluster_folder import ClusterFolder, backup_directory

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
        write_durably(_path(folder, label), format_pins(pins).encode())


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
            write_durably(_path(folder, label), format_pins(kept).encode())
        elif gone:
            os.unlink(_path(folder, label))
            fsync_directory(backup_directory(folder, label))
        return gone


def read_pins(folder: ClusterFolder, label: str) -> tuple[Pin, ...]:
    """The backup's pins, those included that have run out. A file that cannot be read counts as a pin without end."""
    path = _path(folder, label)
    try:
        text = read_text(path)
        return () if text is None else parse_pins(text)
    except (OSError, UnicodeError, Damaged):
        # Whoever pinned the backup wanted it to stay; removing it could not be undone.
        return (Pin(_UNREADABLE, datetime.fromtimestamp(_written_seconds(path), tz=timezone.utc)),)


def _written_seconds(path: str) -> float:
    try:
        return os.stat(path).st_mtime
    except OSError:
        return 0.0


def _path(folder: ClusterFolder, label: str) -> str:
    return os.path.join(backup_directory(folder, label), PIN_NAME)


__all__ = ("PIN_NAME", "Pin", "pin_backup", "pin_held_backup", "read_pins", "release_pins", "unpin_backup")
