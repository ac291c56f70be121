# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What killed runs have left, of this release and of earlier ones, and what only looks like it."""

from __future__ import annotations

import fcntl
import os
import shutil
import time
from datetime import datetime, timezone
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.retention.policy import RetentionPolicy
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.cluster_folder import ClusterFolder
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.stale import find_stale, remove_stale
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.retention.expire import expire

LABEL = "20261102T000000Z-full"
OLD = time.time() - 7200
LEFT = (
    # An unfinished backup, or one whose record retention has removed.
    f"backups/{LABEL}/base.tar.zst",
    f"backups/{LABEL}/backup_manifest.tmp",
    f"backups/{LABEL}/.backup.json.tmp",
    # As earlier releases left them.
    "backups/.tmp-20261101T000000Z-full/base.tar",
    "backups/.tmp-20261101T000000Z-full/backup.json.4711.tmp",
    "backups/.expired-20261031T000000Z-full/backup.json",
    "verify.json.4711.tmp",
    "backups/20261103T000000Z-full/pinned.json.4712.tmp",
    # While a small file, a segment or the checksum of one was being written, and a backup told of itself.
    ".cluster.json.tmp",
    "backups/.running.json",
    "backups/20261103T000000Z-full/.pinned.json.tmp",
    "wal/00000001/00000000/.000000010000000000000004.tmp",
    "wal/00000001/00000000/.000000010000000000000004.crc32.tmp",
)
KEPT = (
    "backups/20261103T000000Z-full/backup.json",
    "backups/20261103T000000Z-full/base.tar",
    "backups/notes/readme.txt",
    "wal/00000001/00000000/000000010000000000000003.zst",
)


def lay_out(folder: ClusterFolder, names: tuple[str, ...]) -> None:
    for name in names:
        path = Path(folder.path, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"half")
        os.utime(path, (OLD, OLD))


def files(folder: ClusterFolder) -> list[str]:
    """Everything in the folder but the locks."""
    found = (path for path in Path(folder.path).rglob("*") if path.is_file() and not path.name.endswith(".lock"))
    return sorted(str(path.relative_to(folder.path)) for path in found)


def test_everything_that_killed_runs_left_is_found_and_removed(folder: ClusterFolder) -> None:
    lay_out(folder, LEFT + KEPT)
    found = find_stale(folder.storage, with_wal=True)
    assert [piece.name for piece in found] == [
        ".expired-20261031T000000Z-full",
        ".tmp-20261101T000000Z-full",
        LABEL,
        ".cluster.json.tmp",
        "verify.json.4711.tmp",
        "backups/20261103T000000Z-full/.pinned.json.tmp",
        "backups/20261103T000000Z-full/pinned.json.4712.tmp",
        "wal/00000001/00000000/.000000010000000000000004.crc32.tmp",
        "wal/00000001/00000000/.000000010000000000000004.tmp",
        "backups/.running.json",
    ]
    assert [piece.size_bytes for piece in found[:4]] == [4, 8, 8, 4]
    assert remove_stale(folder.storage, found) == ()
    assert files(folder) == sorted([*KEPT, "cluster.json"])
    assert find_stale(folder.storage, with_wal=True) == ()


def test_what_somebody_is_writing_is_not_stale(folder: ClusterFolder) -> None:
    lay_out(folder, KEPT)
    lay_out(folder, ("wal/00000001/00000000/.000000010000000000000004.tmp", "verify.json.4711.tmp"))
    # Earlier releases have no lock on what they write, only a moment for it.
    os.utime(f"{folder.path}/verify.json.4711.tmp")
    with open(f"{folder.path}/wal/00000001/00000000/.000000010000000000000004.tmp", "r+b") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        assert find_stale(folder.storage, with_wal=True) == ()


def test_a_folder_without_backups_has_nothing_stale(folder: ClusterFolder) -> None:
    os.rmdir(folder.backups_directory)
    assert find_stale(folder.storage) == ()


@pytest.fixture
def stuck(folder: ClusterFolder, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A stale backup whose file comes back when it is removed, as on NFS while somebody has it open."""
    directory = Path(folder.backups_directory) / "20261101T000000Z-full"
    directory.mkdir()
    real = shutil.rmtree

    def remove(path: str, ignore_errors: bool = False) -> None:
        if path != str(directory):
            real(path, ignore_errors)
        elif not ignore_errors:
            raise OSError(39, "Directory not empty", path)

    monkeypatch.setattr(shutil, "rmtree", remove)
    return directory


def test_the_rest_goes_beside_what_stays(folder: ClusterFolder, stuck: Path) -> None:
    other = Path(folder.backups_directory) / LABEL
    other.mkdir()
    left = remove_stale(folder.storage, find_stale(folder.storage))
    assert [piece.name for piece in left] == [stuck.name]
    assert [piece.name for piece in find_stale(folder.storage)] == [stuck.name]


def test_retention_goes_on_and_tells_of_it(folder: ClusterFolder, stuck: Path) -> None:
    other = Path(folder.backups_directory) / LABEL
    other.mkdir()
    for names in ([other.name], []):
        plan = expire(folder, policy=RetentionPolicy(), clock=lambda: datetime.now(timezone.utc))
        assert [step.name for step in plan.stale] == names
        assert plan.left == (stuck.name,)
