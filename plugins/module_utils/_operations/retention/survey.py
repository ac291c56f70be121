# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything that retention looks at in a cluster's folder, and the plan that comes of it. Nothing is written."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timezone

from ..._core.catalogue.catalogue import catalogue_of
from ..._core.repository.layout import backup_folder, wal_keys
from ..._core.retention.decision import decide_retention
from ..._core.retention.plan import ExpirePlan, RemoveBackup, RemoveStaleFiles
from ..._core.retention.policy import RetentionPolicy
from ..._core.retention.stock import Stock
from ..._core.wal.listing import StoredWal
from ..._core.wal.segment import Segment
from ..._core.wal.timeline import TimelineHistory
from ..._io.catalogue.pins import read_pins
from ..._io.catalogue.records import incomplete_backups, read_records
from ..._io.catalogue.wal_inventory import read_wal_inventory
from ..._io.repository.backup_hold import held_labels
from ..._io.repository.cluster_folder import ClusterFolder
from ..._io.repository.stale import StalePiece, size_below
from .wal_removal import WalRemoval


def plan_expire(
    folder: ClusterFolder, *, policy: RetentionPolicy, now: datetime, stale: Iterable[StalePiece] = ()
) -> ExpirePlan:
    """What retention removes, with the reasons; ``stale`` is what killed runs have left.

    Raises Unavailable (``repository-not-readable``), Damaged (``identity-damaged``).
    """
    stored = folder.stored_wal()
    stock = read_stock(folder, stored=stored)
    retention = decide_retention(stock, policy=policy, now=now)
    removable = retention.removable_wal(stored.intervals)
    return ExpirePlan(
        retention=retention,
        stale=tuple(RemoveStaleFiles(piece.name, piece.size_bytes) for piece in stale),
        backups=tuple(
            RemoveBackup(each.backup.label, size_below(folder.storage, backup_folder(each.backup.label)), each.reason)
            for each in retention.removal_order
        ),
        wal=WalRemoval(folder.storage, removable, stored.size).plan(retention.expired_wal(stored.intervals)),
        removable_wal=removable,
        unwanted_wal=retention.unwanted_wal(stored.intervals),
    )


def read_stock(folder: ClusterFolder, *, stored: StoredWal) -> Stock:
    """The backups with who wants them kept, and the WAL."""
    records = read_records(folder)
    known = read_wal_inventory(folder, stored)
    damaged = dict((*known.damage.backups, *incomplete_backups(folder, records.backups)))
    catalogue = catalogue_of(records.backups, wal=known.wal, damaged=damaged)
    labels = [backup.label for backup in catalogue.backups]
    pins = {label: read_pins(folder, label) for label in labels}
    return Stock(
        backups=catalogue.backups,
        usable=catalogue.usable,
        wal=known.wal,
        last_archived=_last_archived(folder, stored),
        pins={label: found for label, found in pins.items() if found},
        held=held_labels(folder, labels),
        damaged=tuple(label for label, _reason in records.damaged),
    )


def _last_archived(folder: ClusterFolder, stored: StoredWal) -> dict[int, datetime]:
    """When the last file of each timeline was stored."""
    found = {}
    for timeline in stored.timelines():
        number = stored.intervals[timeline].last if timeline in stored.intervals else None
        names = [TimelineHistory(timeline).file_name]
        names += [] if number is None else [str(Segment(timeline, number, stored.size))]
        facts = folder.storage.stat_many(key for name in names for key in wal_keys(name))
        moments = [each[1] for each in facts if each is not None]
        if moments:
            found[timeline] = datetime.fromtimestamp(max(moments), tz=timezone.utc)
    return found


__all__ = ("plan_expire", "read_stock")
