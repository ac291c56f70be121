# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The backup history file, which a primary writes and archives at the end of a backup."""

from __future__ import annotations

import re
from dataclasses import dataclass

_LABEL = re.compile(r"^LABEL: (.*)$", re.MULTILINE)
_STOP = re.compile(r"^STOP WAL LOCATION: \S+ \(file ([0-9A-F]{24})\)$", re.MULTILINE)


@dataclass(frozen=True)
class BackupHistory:
    """``label`` is the label of the backup, ``last_segment`` the last WAL segment that it needs."""

    label: str
    last_segment: str

    @classmethod
    def parse(cls, text: str) -> BackupHistory | None:
        """Parse the file; ``None`` while it is incomplete.

        Source: ``build_backup_content`` in PostgreSQL's xlogbackup.c; the server never translates it.

        >>> text = "STOP WAL LOCATION: 0/2000100 (file 000000010000000000000002)\\nLABEL: a\\n"
        >>> BackupHistory.parse(text).last_segment
        '000000010000000000000002'
        """
        label, stop = _LABEL.search(text), _STOP.search(text)
        return cls(label.group(1), stop.group(1)) if label and stop else None


__all__ = ("BackupHistory",)
