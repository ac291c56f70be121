# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults of PostgreSQL by which incremental backups restore wrong data; each line is one fault, with its source.

To add a fault, add its line. Without a cure no chain is built on servers that have it, unless the user accepts it by
its name.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass, field

# How a chain of an affected server is right all the same: by how it is restored, whenever it was taken; or by what is
# recorded with each incremental backup.
BY_RESTORE = "restore"
BY_RECORD = "record"

_HACKERS = "https://www.postgresql.org/message-id/attachment"


@dataclass(frozen=True)
class ServerFault:
    """A fault, and which servers have it.

    ``fixed`` has the affected major versions with the first minor release without the fault (``None``: there is none
    yet). WAL summaries that an affected server has made stay wrong after its update. Any setting of ``prevented_by``
    that is on prevents the fault. ``cure`` is :data:`BY_RESTORE`, :data:`BY_RECORD`, or ``None`` where there is none.
    """

    name: str
    effect: str
    fixed: Mapping[int, int | None]
    source: str
    cure: str | None = None
    prevented_by: tuple[str, ...] = field(default=())

    def affects(self, version_num: int, *, settings_on: Container[str]) -> bool:
        """Whether a server of this version, with these settings on, has the fault.

        >>> SERVER_FAULTS[0].affects(180004, settings_on=()), SERVER_FAULTS[0].affects(180006, settings_on=())
        (True, False)
        """
        major, minor = divmod(version_num, 10000)
        if major not in self.fixed or any(name in settings_on for name in self.prevented_by):
            return False
        fixed = self.fixed[major]
        return fixed is None or minor < fixed


SERVER_FAULTS = (
    ServerFault(
        "visibility-map-cleared",
        "bits of the visibility map that plain DML clears are missing from WAL summaries: index-only scans return "
        "deleted rows, and VACUUM skips pages",
        fixed={17: 11, 18: 6},
        source="src/bin/pg_combinebackup/t/012_vm_consistency.pl of 17.11 and 18.6",
        cure=BY_RESTORE,
    ),
    ServerFault(
        "visibility-map-tail",
        "the last page of a truncated visibility map is missing from WAL summaries: index-only scans return deleted "
        "rows, and VACUUM skips pages",
        fixed={17: None, 18: None},
        source=f"{_HACKERS}/208202",
        cure=BY_RESTORE,
        prevented_by=("data_checksums", "wal_log_hints"),
    ),
    ServerFault(
        "truncated-and-regrown",
        "in a table that VACUUM has truncated and that has grown again, deleted rows are back",
        fixed={17: None, 18: None},
        source=f"{_HACKERS}/200749",
        cure=BY_RECORD,
    ),
    ServerFault(
        "truncated-beyond-segment",
        "the file of a truncated table of more than 1 GB is longer than PostgreSQL can read",
        fixed={17: 8, 18: 2},
        source="src/backend/backup/basebackup_incremental.c (GetFileBackupMethod) before 17.8 and 18.2",
        cure=BY_RESTORE,
    ),
)
SERVER_FAULT_NAMES = tuple(fault.name for fault in SERVER_FAULTS)


__all__ = ("BY_RECORD", "BY_RESTORE", "SERVER_FAULTS", "SERVER_FAULT_NAMES", "ServerFault")
