# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the type of the next backup is decided from, for tests."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

from ansible_collections.pgfleet.pitr.plugins.module_utils._core.backup.incremental_obstacle import (
    BackupSituation,
    Obstacle,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.backup.request import ChainLimits
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.backup.type_decision import TypeDecision, decide_type
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.catalogue.record import Backup
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.catalogue.truncations import Truncations
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.lsn import Lsn
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.summaries import WalSummaries
from sample_backup import sample_backup

NOW = datetime(2026, 9, 15, 12, tzinfo=timezone.utc)


RECENT = sample_backup(
    "20260915T115500Z-full",
    system_identifier="1",
    version=15,
    start_time=NOW - timedelta(minutes=5),
    stop_time=NOW - timedelta(minutes=4),
    start_lsn=Lsn(1),
    stop_lsn=Lsn(2),
    size_bytes=1000,
    stored_bytes=100,
    compression="zstd",
)


OLD = replace(RECENT, label="20260914T115500Z-full", stop_time=NOW - timedelta(days=1))


INCREMENTAL = replace(
    RECENT,
    label="20260915T115600Z-incremental",
    type="incremental",
    parent=RECENT.label,
    stop_time=NOW - timedelta(minutes=2),
    stored_bytes=10,
    truncations=Truncations({}),
)


FUTURE = replace(
    RECENT,
    label="20261115T115500Z-full",
    start_time=NOW + timedelta(days=60),
    stop_time=NOW + timedelta(days=60, minutes=1),
)


UNLIMITED = ChainLimits(0, 0, 0)


SUMMARIES = WalSummaries.of([(Lsn(0), Lsn(5))], timeline=1, summarized=(1, Lsn(5)), is_running=True)


def situation(*backups: Backup, **changes: Any) -> BackupSituation:
    """A server that can take incremental backups, and these usable ones."""
    values: dict[str, Any] = {
        "now": NOW,
        "timeline": 1,
        "system_identifier": "1",
        "version_num": 170011,
        "backups": tuple(replace(backup, version=17, version_num=170011) for backup in backups),
        "usable": frozenset(backup.label for backup in backups),
        "summarizes": True,
        "summaries": SUMMARIES,
        **changes,
    }
    return BackupSituation(**values)


def choice(wanted: str, made: BackupSituation, *, limits: ChainLimits = UNLIMITED, max_age: int = 0) -> TypeDecision:
    return decide_type(wanted, situation=made, limits=limits, max_age_seconds=max_age)


LAST = replace(INCREMENTAL, label="20260915T115700Z-incremental", parent=INCREMENTAL.label, start_lsn=Lsn(3))


def known_damage(damaged: Backup, *, usable: Backup | None = None) -> dict[str, Any]:
    """What a verification has left."""
    return {"usable": frozenset({usable.label} if usable else ()), "damaged": {damaged.label: "found damaged"}}


FAULT = Obstacle("the manifest of backup 'x': it is missing", code="manifest-damaged", hint="Do.")
