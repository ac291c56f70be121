# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The archive of a cluster with what is known of its damage and of its timelines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..._core.wal.archive import ArchivedWal
from ..._core.wal.listing import StoredWal
from ..repository.cluster_folder import ClusterFolder
from .histories import read_histories
from .known_damage import KnownDamage, read_known_damage


@dataclass(frozen=True)
class WalInventory:
    """``wal`` is without the segments of ``damage``, which has backups too.

    ``damaged_histories`` are the reasons why histories can't be read, by timeline.
    """

    wal: ArchivedWal
    damage: KnownDamage
    damaged_histories: Mapping[int, str]


def read_wal_inventory(folder: ClusterFolder, stored: StoredWal) -> WalInventory:
    """What is known of the stored WAL."""
    damage = read_known_damage(folder)
    histories = read_histories(folder, stored.others)
    wal = ArchivedWal.stored(stored, histories=histories.known, damaged=damage.segments)
    return WalInventory(wal, damage, histories.damaged)


__all__ = ("WalInventory", "read_wal_inventory")
