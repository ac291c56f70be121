# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A backup for tests that care for little of it."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from ansible_collections.pgfleet.pitr.plugins.module_utils._core.catalogue.record import FULL, INCREMENTAL, Backup
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.lsn import Lsn
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.segment import SegmentSize

_NOON = datetime(2026, 9, 15, 12, 0, tzinfo=timezone.utc)


def sample_backup(label: str = "20260915T110000Z-full", *, parent: str | None = None, **known: Any) -> Backup:
    """A small backup of the cluster `db1`, incremental if it has a parent, but for what is given."""
    version = known.get("version", 18)
    values: dict[str, Any] = {
        "type": INCREMENTAL if parent else FULL,
        "cluster": "db1",
        "system_identifier": "7",
        "version": version,
        "version_num": version * 10_000,
        "start_time": _NOON,
        "stop_time": _NOON,
        "start_lsn": Lsn.parse("0/3000028"),
        "stop_lsn": Lsn.parse("0/3000100"),
        "timeline": 1,
        "segment_size": SegmentSize(16 * 1024 * 1024),
        "size_bytes": 1,
        "stored_bytes": 1,
        "compression": "none",
        "files": (),
        "pgfleet_version": "0",
    }
    return Backup(label, parent=parent, **{**values, **known})
