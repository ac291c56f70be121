# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A repository made by hand, and its verification on a host without PostgreSQL's programs."""

from __future__ import annotations

import gzip
import os
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta, timezone
from pathlib import Path, PurePosixPath
from typing import Any

from ansible_collections.pgfleet.pitr.plugins.module_utils._core.verify.report import VerifyReport
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.verify.selection import VerifyRequest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.lsn import Lsn
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.segment import SegmentSize
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.cluster_folder import ClusterFolder
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.verify.progress import VerifyProgress
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.verify.verification import Verification
from fake_runner import NoPrograms
from registered_cluster import SYSTEM_IDENTIFIER
from sample_archives import manifest_of, tar_of
from sample_backup import sample_backup

MIB = 1 << 20
MOMENT = datetime(2026, 11, 22, 15, tzinfo=timezone.utc)
FULL = "20261122T150000Z-full"
NEXT = "20261122T160000Z-incremental"
LABEL = """\
START WAL LOCATION: {start} (file 000000010000000000000003)
CHECKPOINT LOCATION: 0/300080
BACKUP METHOD: streamed
BACKUP FROM: primary
START TIME: 2026-11-22 15:00:00 UTC
LABEL: x
START TIMELINE: 1
"""


def write_backup(folder: ClusterFolder, *, label: str = FULL, parent: str | None = None, first: int = 3) -> Path:
    """A backup whose WAL is in the segment ``first``, with a tablespace."""
    directory = Path(folder.backups_directory) / label
    directory.mkdir(mode=0o700)
    start, stop = Lsn(first * MIB + 0x28), Lsn(first * MIB + 0x100)
    text = LABEL.format(start=start) + (f"INCREMENTAL FROM LSN: {Lsn(3 * MIB + 0x28)}\n" if parent else "")
    base = {"PG_VERSION": b"15\n", "backup_label": text.encode(), "base/1/1259": os.urandom(20_000), "empty": b""}
    space = {"PG_15/1/16401": os.urandom(9000)}
    write_tar(directory / "base.tar.gz", base, directories=("pg_tblspc", "pg_wal"))
    write_tar(directory / "16400.tar.gz", space)
    files = {**base, **{f"pg_tblspc/16400/{name}": content for name, content in space.items()}}
    (directory / "backup_manifest").write_text(manifest_of(files, start=str(start), stop=str(stop)))
    names = ("base.tar.gz", "16400.tar.gz", "backup_manifest")
    backup = sample_backup(
        label,
        parent=parent,
        system_identifier=SYSTEM_IDENTIFIER,
        version=15,
        start_time=MOMENT,
        stop_time=MOMENT + timedelta(hours=first),
        start_lsn=start,
        stop_lsn=stop,
        segment_size=SegmentSize(MIB),
        size_bytes=sum(len(content) for content in files.values()),
        stored_bytes=sum((directory / name).stat().st_size for name in names),
        compression="gzip",
        files=names,
        tablespaces={16400: "/srv/ts"},
    )
    (directory / "backup.json").write_text(str(backup))
    return directory


def write_tar(path: Path, files: Mapping[str, bytes], *, directories: Iterable[str] = ()) -> None:
    above = {str(parent) for name in files for parent in PurePosixPath(name).parents if parent.name}
    path.write_bytes(gzip.compress(tar_of(files, directories=sorted({*directories, *above})), 1))


def verification(
    folder: ClusterFolder, *, now: datetime = MOMENT, tell: Callable[[VerifyProgress], None] = print, **request: Any
) -> Verification:
    wanted = VerifyRequest(**request)
    return Verification(folder, wanted, NoPrograms(), bin_directory=None, clock=lambda: now, tell=tell)


def wrong(report: VerifyReport) -> list[tuple[str, str]]:
    return [(each.code, each.subject) for each in report.findings]


def segment_file(folder: ClusterFolder, number: int) -> Path:
    return Path(str(folder.find_wal(f"0000000100000000{number:08X}")))


def damage(path: Path, *, at: int = -30) -> None:
    content = bytearray(path.read_bytes())
    content[at] ^= 0xFF
    path.write_bytes(content)
