# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of WAL files, as plain functions: the archive and restore commands use them, and start fast.

Source of the forms: PostgreSQL, ``src/include/access/xlog_internal.h`` (``IsXLogFileName`` and its neighbours).
This file imports nothing on purpose: every import costs each archived segment milliseconds.
"""

from __future__ import annotations

SEGMENT = "segment"
PARTIAL = "partial"
BACKUP_HISTORY = "backup"
TIMELINE_HISTORY = "history"

_HEX = frozenset("0123456789ABCDEF")


def _is_hex(text: str, *, length: int) -> bool:
    return len(text) == length and _HEX.issuperset(text)


def wal_file_kind(name: str) -> str | None:
    """Which kind of WAL file has this name: one of the four constants above, ``None`` for no WAL file.

    >>> wal_file_kind("000000010000000000000003"), wal_file_kind("00000002.history"), wal_file_kind("postgresql.conf")
    ('segment', 'history', None)
    """
    stem, _unused, suffix = name.partition(".")
    if suffix == "history":
        return TIMELINE_HISTORY if _is_hex(stem, length=8) else None
    if not _is_hex(stem, length=24):
        return None
    if not suffix:
        return SEGMENT if name == stem else None
    if suffix == "partial":
        return PARTIAL
    position, _unused, last = suffix.partition(".")
    return BACKUP_HISTORY if last == "backup" and _is_hex(position, length=8) else None


def timeline_of(name: str) -> int:
    """The timeline number that a WAL file's name begins with."""
    return int(name[:8], 16)


def wal_folder(name: str) -> str:
    """Where the repository keeps the file, relative to its ``wal`` directory.

    Timeline history files lie beside the folders of their timeline's logs.

    >>> wal_folder("00000001000000A200000003"), wal_folder("00000002.history")
    ('00000001/000000A2', '00000002')
    """
    if name.endswith(".history"):
        return name[:8]
    return name[:8] + "/" + name[8:16]


def segment_number(name: str, *, size_bytes: int) -> int:
    """The segment's number in its timeline's WAL, counted from 0, for this segment size in bytes."""
    return int(name[8:16], 16) * (0x100000000 // size_bytes) + int(name[16:24], 16)


def segment_name(number: int, *, timeline: int, size_bytes: int) -> str:
    """The name of a timeline's segment with this number, for this segment size in bytes.

    >>> segment_name(256, timeline=1, size_bytes=16777216)
    '000000010000000100000000'
    """
    per_log = 0x100000000 // size_bytes
    return f"{timeline:08X}{number // per_log:08X}{number % per_log:08X}"


__all__ = (
    "BACKUP_HISTORY",
    "PARTIAL",
    "SEGMENT",
    "TIMELINE_HISTORY",
    "segment_name",
    "segment_number",
    "timeline_of",
    "wal_file_kind",
    "wal_folder",
)
