# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A cluster's folder of a repository, filled by hand for tests of retention."""

from __future__ import annotations

import os
from datetime import datetime, timedelta, timezone
from pathlib import Path

from ansible_collections.pgfleet.pitr.plugins.module_utils._core.retention.policy import RetentionPolicy
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.lsn import Lsn
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.segment import SegmentSize
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.catalogue.records import read_catalogue
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.cluster_folder import ClusterFolder
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.retention.expire import expire
from sample_backup import sample_backup

SIZE = SegmentSize(1 << 20)


NOW = datetime(2026, 11, 22, 12, tzinfo=timezone.utc)


KEEP_TWO = RetentionPolicy(keep_full=2, keep_days=0)


# What a backup may be called that began so many days ago.
LABELS = {days: f"{NOW - timedelta(days=days):%Y%m%dT%H%M%SZ}" for days in range(60)}


def at(days_ago: float) -> datetime:
    return NOW - timedelta(days=days_ago)


class Shelf:
    """A cluster's folder with backups that began at the segment of their number."""

    def __init__(self, folder: ClusterFolder) -> None:
        self.folder = folder
        self.backups = Path(folder.backups_directory)
        self.wal = Path(folder.wal_directory)

    def put_backup(self, days_ago: int, number: int, *, parent: str | None = None) -> str:
        kind = "incremental" if parent else "full"
        label = f"{LABELS[days_ago]}-{kind}"
        backup = sample_backup(
            label,
            parent=parent,
            start_time=at(days_ago),
            stop_time=at(days_ago) + timedelta(seconds=5),
            start_lsn=Lsn(number * SIZE.size_bytes + 40),
            stop_lsn=Lsn(number * SIZE.size_bytes + 400),
            segment_size=SIZE,
            size_bytes=1000,
            stored_bytes=100,
            files=("base.tar",),
        )
        (self.backups / label).mkdir(mode=0o700)
        (self.backups / label / "base.tar").write_bytes(b"x" * 100)
        (self.backups / label / "backup.json").write_text(str(backup))
        return label

    def put_wal(self, first: int, last: int, *, timeline: int = 1, suffix: str = ".zst", days_ago: int = 0) -> None:
        for number in range(first, last + 1):
            name = f"{timeline:08X}{number // 4096:08X}{number % 4096:08X}"
            folder = self.wal / name[:8] / name[8:16]
            folder.mkdir(parents=True, exist_ok=True)
            (folder / (name + suffix)).write_bytes(b"w" * 10)
            os.utime(folder / (name + suffix), (at(days_ago).timestamp(),) * 2)

    def labels(self) -> list[str]:
        return [backup.label for backup in read_catalogue(self.folder).backups]

    def files(self) -> list[str]:
        """Everything in the folder but the locks."""
        found = (path.relative_to(self.folder.path) for path in Path(self.folder.path).rglob("*"))
        return sorted(str(path) for path in found if not path.name.endswith(".lock"))

    def expire(self, policy: RetentionPolicy = KEEP_TWO) -> list[str]:
        return [str(step) for step in expire(self.folder, policy=policy, clock=lambda: NOW).steps]


def lay_out(shelf: Shelf) -> tuple[str, ...]:
    """A chain of three 30 days ago, then three full backups; WAL from before the first to the present."""
    oldest = shelf.put_backup(30, 3)
    second = shelf.put_backup(29, 5, parent=oldest)
    third = shelf.put_backup(28, 7, parent=second)
    fulls = [shelf.put_backup(days, number) for days, number in ((20, 4090), (10, 4100), (1, 4110))]
    shelf.put_wal(1, 10)
    shelf.put_wal(4085, 4120)
    (shelf.wal / "00000001/00000000/000000010000000000000003.00000028.backup").write_text("START")
    return (oldest, second, third, *fulls)
