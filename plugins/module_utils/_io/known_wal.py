# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The archive of a cluster with what is known of its damage and of its timelines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .._core.wal.archive import ArchivedWal
from .._core.wal.listing import StoredWal
from .cluster_folder import ClusterFolder
from .known_damage import KnownDamage, read_known_damage
from .timeline_histories import read_histories


@dataclass(frozen=True)
class KnownWal:
    """``wal`` is without the segments of ``damage``, which has backups too.

    ``damaged_histories`` are the reasons why histories can't be read, by timeline.
    """

    wal: ArchivedWal
    damage: KnownDamage
    damaged_histories: Mapping[int, str]


def read_known_wal(folder: ClusterFolder, stored: StoredWal) -> KnownWal:
    """What is known of the stored WAL."""
    damage = read_known_damage(folder)
    histories = read_histories(folder, stored.others)
    wal = ArchivedWal.stored(stored, histories=histories.known, damaged=damage.segments)
    return KnownWal(wal, damage, histories.damaged)


__all__ = ("KnownWal", "read_known_wal")
