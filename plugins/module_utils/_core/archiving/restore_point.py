# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Restore points: names for moments in the WAL."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ..errors import Failed, InvalidInput
from ..instant import format_instant
from ..wal.lsn import Lsn
from ..wal.segment import Segment

# MAXFNAMELEN of src/include/access/xlog_internal.h is 64 with the byte that ends it.
_NAME_BYTES_MAX = 63
NAME_HINT = f"Give it 1 to {_NAME_BYTES_MAX} bytes, such as 'before_release_7'."


# A session is kept no longer than this for a moment that is to come.
_MOST_AHEAD_SECONDS = 600


@dataclass(frozen=True)
class RestorePointRequest:
    """The name of a restore point to be made, and how many seconds it may take to be archived.

    ``moment`` is when it is to be written (``None``: at once), ``limit_ms`` how much later it would be of no use.
    Without seconds nobody waits for the archive.
    """

    name: str
    timeout_seconds: float = 60
    moment: datetime | None = None
    limit_ms: float = 1000

    def check(self) -> None:
        """Raise InvalidInput (``restore-point-name-invalid``) for a name that PostgreSQL would not take as it is."""
        size = len(self.name.encode("utf-8"))
        if not 0 < size <= _NAME_BYTES_MAX or not self.name.isprintable():
            raise InvalidInput(
                f"restore_point_name '{self.name}' has {size} bytes or is not printable",
                code="restore-point-name-invalid",
                hint=NAME_HINT,
            )

    def seconds_left(self, now: datetime) -> float:
        """How long to wait for the moment. Raises InvalidInput (``option-out-of-range``) where it is far ahead."""
        if self.moment is None:
            return 0.0
        left = (self.moment - now).total_seconds()
        if left > _MOST_AHEAD_SECONDS:
            raise InvalidInput(
                f"'at' is {format_instant(self.moment)}, {left:.0f} seconds after this host's {format_instant(now)}",
                code="option-out-of-range",
                hint=f"Name a moment at most {_MOST_AHEAD_SECONDS} seconds ahead; where it is, set the host's clock.",
            )
        return max(0.0, left)

    def check_in_time(self, now: datetime) -> None:
        """Raise Failed (``restore-point-late``) when it is too late to write it."""
        if self.moment is None:
            return
        late_ms = (now - self.moment).total_seconds() * 1000
        if late_ms > self.limit_ms:
            raise Failed(
                f"this cluster was ready {late_ms:.0f} ms after the agreed {format_instant(self.moment)}, and wrote no"
                f" restore point '{self.name}'",
                code="restore-point-late",
                hint="Run again with another name; a greater pitr_restore_point_lead_seconds gives slow hosts time.",
            )


@dataclass(frozen=True)
class RestorePoint:
    """A restore point that is archived: the position after its record, when it was created, and its segment."""

    name: str
    lsn: Lsn
    moment: datetime
    segment: Segment


__all__ = ("NAME_HINT", "RestorePoint", "RestorePointRequest")
