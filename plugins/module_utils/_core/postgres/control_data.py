# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The output of ``pg_controldata`` for a data directory."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone

from ..errors import Damaged, InvalidInput
from ..wal.lsn import Lsn
from ..wal.segment import SegmentSize
from .relation_layout import RelationLayout

SHUT_DOWN = "shut down"
SHUT_DOWN_IN_RECOVERY = "shut down in recovery"
IN_ARCHIVE_RECOVERY = "in archive recovery"
IN_PRODUCTION = "in production"

_CLEAN_STATES = (SHUT_DOWN, SHUT_DOWN_IN_RECOVERY)
_RECOVERY_STATES = (SHUT_DOWN_IN_RECOVERY, IN_ARCHIVE_RECOVERY)

# The settings of the primary below which a hot standby must not be set, and their labels in pg_controldata's output.
_HOT_STANDBY_LABELS = {
    "max_connections": "max_connections setting",
    "max_worker_processes": "max_worker_processes setting",
    "max_wal_senders": "max_wal_senders setting",
    "max_prepared_transactions": "max_prepared_xacts setting",
    "max_locks_per_transaction": "max_locks_per_xact setting",
}


@dataclass(frozen=True)
class ControlData:
    """``global/pg_control`` as ``pg_controldata`` prints it with ``LC_ALL=C`` and ``TZ=UTC``.

    ``wal_level`` and ``hot_standby_settings`` are those of the server that last wrote WAL. ``backup_end`` and
    ``min_recovery_end`` are 0/0 when unset; ``min_recovery_end_timeline`` is then 0. ``segment_blocks`` is the size of
    one file of a large relation, in blocks.
    """

    system_identifier: str
    state: str
    timeline: int
    previous_timeline: int
    checkpoint_lsn: Lsn
    redo_lsn: Lsn
    checkpoint_time: datetime
    min_recovery_end: Lsn
    min_recovery_end_timeline: int
    backup_start: Lsn
    backup_end: Lsn
    end_of_backup_required: bool
    wal_level: str
    hot_standby_settings: dict[str, int]
    next_xid: int
    segment_size: SegmentSize
    block_size_bytes: int
    segment_blocks: int
    data_checksums: bool
    catalog_version: int
    control_version: int

    @property
    def relation_layout(self) -> RelationLayout:
        """How relations lie in files."""
        return RelationLayout(self.block_size_bytes, self.segment_blocks)

    @classmethod
    def parse(cls, text: str) -> ControlData:
        """Parse the tool's output. Raises Damaged (``control-data-unreadable``) when something is missing in it."""
        labelled = {
            label.strip(): value.strip()
            for label, _unused, value in (line.partition(":") for line in text.splitlines())
        }
        try:
            return cls._of(labelled)
        except (KeyError, ValueError, InvalidInput) as error:
            raise Damaged(
                f"pg_controldata's output cannot be read: {error}",
                code="control-data-unreadable",
                hint="Run pg_controldata by hand on the data directory, and see what it prints.",
            ) from error

    @classmethod
    def _of(cls, value: dict[str, str]) -> ControlData:
        return cls(
            system_identifier=str(int(value["Database system identifier"])),
            state=value["Database cluster state"],
            timeline=int(value["Latest checkpoint's TimeLineID"]),
            previous_timeline=int(value["Latest checkpoint's PrevTimeLineID"]),
            checkpoint_lsn=Lsn.parse(value["Latest checkpoint location"]),
            redo_lsn=Lsn.parse(value["Latest checkpoint's REDO location"]),
            checkpoint_time=_moment(value["Time of latest checkpoint"]),
            min_recovery_end=Lsn.parse(value["Minimum recovery ending location"]),
            min_recovery_end_timeline=int(value["Min recovery ending loc's timeline"]),
            backup_start=Lsn.parse(value["Backup start location"]),
            backup_end=Lsn.parse(value["Backup end location"]),
            end_of_backup_required=value["End-of-backup record required"] == "yes",
            wal_level=value["wal_level setting"],
            hot_standby_settings={name: int(value[label]) for name, label in _HOT_STANDBY_LABELS.items()},
            next_xid=int(value["Latest checkpoint's NextXID"].rpartition(":")[2]),
            segment_size=SegmentSize(int(value["Bytes per WAL segment"])),
            block_size_bytes=int(value["Database block size"]),
            segment_blocks=int(value["Blocks per segment of large relation"]),
            data_checksums=int(value["Data page checksum version"]) > 0,
            catalog_version=int(value["Catalog version number"]),
            control_version=int(value["pg_control version number"]),
        )

    @property
    def newest_timeline(self) -> int:
        """The timeline that the cluster is on, also before the checkpoint behind a promotion, or on a standby."""
        return max(self.timeline, self.min_recovery_end_timeline)

    @property
    def in_recovery(self) -> bool:
        """Whether the cluster is in recovery, or was when it was stopped."""
        return self.state in _RECOVERY_STATES

    @property
    def shut_down_cleanly(self) -> bool:
        """Whether the server ended with a shutdown checkpoint, so that the next start replays nothing."""
        return self.state in _CLEAN_STATES


def _moment(text: str) -> datetime:
    # strftime's %c in the C locale; the tool ran with TZ=UTC.
    return datetime.strptime(text, "%a %b %d %H:%M:%S %Y").replace(tzinfo=timezone.utc)


__all__ = ("IN_ARCHIVE_RECOVERY", "IN_PRODUCTION", "SHUT_DOWN", "SHUT_DOWN_IN_RECOVERY", "ControlData")
