# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of WAL files, as plain functions, because the archive and restore commands have to start fast.

Source of the forms: PostgreSQL, ``src/include/access/xlog_internal.h`` (``IsXLogFileName`` and its neighbours).
This file deliberately imports nothing: every import costs milliseconds for each archived segment.
"""

from __future__ import annotations

SEGMENT = "segment"
PARTIAL = "partial"
BACKUP_HISTORY = "backup"
TIMELINE_HISTORY = "history"

# A log is 4 GiB of WAL: the middle eight digits of a segment's name.
LOG_BYTES = 0x100000000
_HEX = frozenset("0123456789ABCDEF")


def _is_hex(text: str, *, length: int) -> bool:
    return len(text) == length and _HEX.issuperset(text)


def wal_file_kind(name: str) -> str | None:
    """The kind of WAL file with this name: one of the four constants above, ``None`` for any other file.

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
    """The number of the timeline, with which a WAL file's name begins."""
    return int(name[:8], 16)


def wal_folder(name: str) -> str:
    """The directory of the file in the repository, relative to ``wal``.

    A timeline's history file is in the directory above those of its logs.

    >>> wal_folder("00000001000000A200000003"), wal_folder("00000002.history")
    ('00000001/000000A2', '00000002')
    """
    if name.endswith(".history"):
        return name[:8]
    return name[:8] + "/" + name[8:16]


def segment_number(name: str, *, size_bytes: int) -> int:
    """The segment's number in its timeline's WAL, counted from 0, for this segment size in bytes."""
    return int(name[8:16], 16) * (LOG_BYTES // size_bytes) + int(name[16:24], 16)


def segment_name(number: int, *, timeline: int, size_bytes: int) -> str:
    """The name of a timeline's segment with this number, for this segment size in bytes.

    >>> segment_name(256, timeline=1, size_bytes=16777216)
    '000000010000000100000000'
    """
    per_log = LOG_BYTES // size_bytes
    return f"{timeline:08X}{number // per_log:08X}{number % per_log:08X}"


__all__ = (
    "BACKUP_HISTORY",
    "LOG_BYTES",
    "PARTIAL",
    "SEGMENT",
    "TIMELINE_HISTORY",
    "segment_name",
    "segment_number",
    "timeline_of",
    "wal_file_kind",
    "wal_folder",
)
