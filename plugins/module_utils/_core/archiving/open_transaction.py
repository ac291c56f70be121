# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A transaction that is not ended: until it is, WAL from its first change on is kept for logical decoding."""

from __future__ import annotations

from dataclasses import dataclass

from ..wording import age_text, one_line

SESSION, PREPARED, UNKNOWN = "session", "prepared", "unknown"


@dataclass(frozen=True)
class OpenTransaction:
    """The oldest one of a server, and for how long it is open (``None``: not known).

    ``kind`` is ``SESSION`` with the process ``pid`` and its ``state``, ``PREPARED`` with the identifier ``gid``, or
    ``UNKNOWN``: it runs on the primary of this standby, or our role may not see it. ``role`` has begun it.
    """

    kind: str
    age_seconds: float | None = None
    database: str = ""
    role: str = ""
    pid: int = 0
    state: str = ""
    gid: str = ""

    def __str__(self) -> str:
        where = f"of '{self.role}' in database '{self.database}', open for {age_text(self.age_seconds or 0)}"
        names = {
            SESSION: f"the transaction of process {self.pid} ({where}, {self.state})",
            PREPARED: f"the prepared transaction '{self.gid}' ({where})",
        }
        return one_line(names.get(self.kind, "a transaction that is not ended"))

    @property
    def remedy(self) -> str:
        """What ends it, or shows it."""
        if self.kind == SESSION:
            return f"end it (SELECT pg_terminate_backend({self.pid})), or let it end"
        if self.kind == PREPARED:
            quoted = "'" + self.gid.replace("'", "''") + "'"
            return one_line(f"in database '{self.database}', COMMIT PREPARED {quoted} or ROLLBACK PREPARED {quoted}")
        return (
            "see the oldest backend_xid of pg_stat_activity, and pg_prepared_xacts, on the primary and as a member of"
            " pg_monitor"
        )


__all__ = ("PREPARED", "SESSION", "UNKNOWN", "OpenTransaction")
