# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The file ``backup_label`` of a base backup, which tells where recovery has to begin."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..errors import Damaged, InvalidInput
from ..wal.lsn import Lsn

LABEL_NAME = "backup_label"

_LSN = "[0-9A-F]{1,8}/[0-9A-F]{1,8}"
_LINES = {
    "start": re.compile(rf"^START WAL LOCATION: ({_LSN}) \(file ([0-9A-F]{{24}})\)$", re.MULTILINE),
    "checkpoint": re.compile(rf"^CHECKPOINT LOCATION: ({_LSN})$", re.MULTILINE),
    "method": re.compile(r"^BACKUP METHOD: (.*)$", re.MULTILINE),
    "source": re.compile(r"^BACKUP FROM: (.*)$", re.MULTILINE),
    "time": re.compile(r"^START TIME: (.*)$", re.MULTILINE),
    "label": re.compile(r"^LABEL: (.*)$", re.MULTILINE),
    "timeline": re.compile(r"^START TIMELINE: ([0-9]{1,10})$", re.MULTILINE),
}
_PARENT_LINE = re.compile(r"^INCREMENTAL FROM (LSN|TLI): (.*)\n?", re.MULTILINE)


@dataclass(frozen=True)
class BackupLabel:
    """The fields of a ``backup_label``.

    ``start_time`` is PostgreSQL's text in the server's ``log_timezone``, with an ambiguous abbreviation, so it is not
    parsed. ``source`` is ``primary`` or ``standby``.
    Source: PostgreSQL, ``src/backend/access/transam/xlogbackup.c`` (``build_backup_content``).
    """

    start_lsn: Lsn
    first_segment: str
    checkpoint_lsn: Lsn
    method: str
    source: str
    start_time: str
    label: str
    timeline: int
    incremental_from: Lsn | None = None

    @classmethod
    def parse(cls, text: str) -> BackupLabel:
        """Parse the file. Raises Damaged (``backup-label-damaged``) when a line is missing or invalid."""
        found = {name: pattern.search(text) for name, pattern in _LINES.items()}
        missing = [name for name, match in found.items() if match is None]
        if missing:
            raise _damaged(f"has no line for {', '.join(missing)}")
        value = {name: match.group(1) for name, match in found.items() if match is not None}
        start = found["start"]
        return cls(
            start_lsn=Lsn.parse(value["start"]),
            first_segment=start.group(2) if start else "",
            checkpoint_lsn=Lsn.parse(value["checkpoint"]),
            method=value["method"],
            source=value["source"],
            start_time=value["time"],
            label=value["label"],
            timeline=int(value["timeline"]),
            incremental_from=_parent(text),
        )

    def __str__(self) -> str:
        return (
            f"START WAL LOCATION: {self.start_lsn} (file {self.first_segment})\n"
            f"CHECKPOINT LOCATION: {self.checkpoint_lsn}\n"
            f"BACKUP METHOD: {self.method}\n"
            f"BACKUP FROM: {self.source}\n"
            f"START TIME: {self.start_time}\n"
            f"LABEL: {self.label}\n"
            f"START TIMELINE: {self.timeline}\n"
        )


def without_parent(text: str) -> str:
    """The file's text as in a full backup.

    A server refuses to start with the lines that name a parent, and pg_combinebackup removes them, too.

    >>> without_parent("LABEL: one\\nINCREMENTAL FROM LSN: 0/3000028\\nINCREMENTAL FROM TLI: 1\\n")
    'LABEL: one\\n'
    """
    return _PARENT_LINE.sub("", text)


def _parent(text: str) -> Lsn | None:
    found = dict(_PARENT_LINE.findall(text))
    try:
        return Lsn.parse(found["LSN"]) if "LSN" in found else None
    except InvalidInput as error:
        raise _damaged(f"names a parent that begins at no position in the WAL: {error.message}") from error


def _damaged(what: str) -> Damaged:
    return Damaged(
        f"backup_label {what}",
        code="backup-label-damaged",
        hint="The backup cannot be restored; use another one.",
    )


__all__ = ("LABEL_NAME", "BackupLabel", "without_parent")
