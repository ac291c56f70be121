# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Restore points: names for moments in the WAL."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ..errors import InvalidInput
from ..wal.lsn import Lsn
from ..wal.segment import Segment

# MAXFNAMELEN of src/include/access/xlog_internal.h is 64 with the byte that ends it.
_NAME_BYTES_MAX = 63
NAME_HINT = f"Give it 1 to {_NAME_BYTES_MAX} bytes, such as 'before_release_7'."


@dataclass(frozen=True)
class RestorePointRequest:
    """The name of a restore point to be made, and how many seconds it may take to be archived."""

    name: str
    timeout_seconds: float = 60

    def check(self) -> None:
        """Raise InvalidInput (``restore-point-name-invalid``) for a name that PostgreSQL would not take as it is."""
        size = len(self.name.encode("utf-8"))
        if not 0 < size <= _NAME_BYTES_MAX or not self.name.isprintable():
            raise InvalidInput(
                f"restore_point_name '{self.name}' has {size} bytes or is not printable",
                code="restore-point-name-invalid",
                hint=NAME_HINT,
            )


@dataclass(frozen=True)
class RestorePoint:
    """A restore point that is archived: the position after its record, when it was created, and its segment."""

    name: str
    lsn: Lsn
    moment: datetime
    segment: Segment


__all__ = ("NAME_HINT", "RestorePoint", "RestorePointRequest")
