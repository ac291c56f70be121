# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where pg_basebackup writes, and how its files come into the storage from there."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path

import pytest
from age_key import age_key
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Unavailable
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.encryption.age import DecryptedReading
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.append_only import AppendOnly
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.cluster_folder import ClusterFolder
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.storage.directory import DirectoryStorage
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.storage.port import Storage
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.backup.backup_place import (
    backup_place,
    free_label,
)

LABEL = "20261101T030000Z-full"
FILES = {"base.tar": os.urandom(3 << 20), "backup_manifest": b"{}"}


@pytest.fixture
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where a spool is made."""
    path = tmp_path / "scratch"
    path.mkdir()
    monkeypatch.setenv("TMPDIR", str(path))
    yield path
    assert list(path.iterdir()) == []


def folder_in(storage: Storage, *, recipients: tuple[str, ...] = ()) -> ClusterFolder:
    folder = ClusterFolder("/nowhere", name="db1", recipients=recipients)
    folder.storage = storage
    return folder


def write(directory: str) -> None:
    os.makedirs(directory)
    for name, content in FILES.items():
        Path(directory, name).write_bytes(content)


def test_a_directory_takes_what_is_written_into_it(tmp_path: Path) -> None:
    storage = DirectoryStorage(str(tmp_path))
    with backup_place(folder_in(storage), LABEL, needed_bytes=None) as place:
        assert place.directory == f"{tmp_path}/backups/{LABEL}"
        write(place.directory)
        stored = place.store(list(FILES))
    assert (stored.names, stored.is_encrypted, stored.digests) == (tuple(FILES), False, {})
    assert {path.stat().st_mode & 0o777 for path in Path(place.directory).iterdir()} == {0o600}


def test_another_host_is_sent_the_files_and_no_spool_stays(tmp_path: Path, scratch: Path) -> None:
    storage = AppendOnly(DirectoryStorage(str(tmp_path)))
    with backup_place(folder_in(storage), LABEL, needed_bytes=1000) as place:
        assert place.directory.startswith(str(scratch))
        write(place.directory)
        stored = place.store(list(FILES))
        assert os.listdir(place.directory) == []
    assert {name: storage.read_all(f"backups/{LABEL}/{name}", limit_bytes=9 << 20) for name in FILES} == FILES
    assert stored.size_bytes == sum(map(len, FILES.values()))


def test_an_encrypted_backup_is_never_in_clear_where_it_is_stored(tmp_path: Path, scratch: Path) -> None:
    (tmp_path / "repository").mkdir()
    storage, (identity, recipient) = DirectoryStorage(str(tmp_path / "repository")), age_key()
    with backup_place(folder_in(storage, recipients=(recipient,)), LABEL, needed_bytes=1000) as place:
        assert place.directory.startswith(str(scratch))
        write(place.directory)
        stored = place.store(list(FILES))
    assert stored.names == ("base.tar.age", "backup_manifest") and stored.is_encrypted
    content = storage.read_all(f"backups/{LABEL}/base.tar.age", limit_bytes=9 << 20) or b""
    assert stored.digests == {"base.tar.age": hashlib.sha256(content).hexdigest()}
    assert stored.size_bytes == len(content) + len(FILES["backup_manifest"])
    with DecryptedReading(storage.read(f"backups/{LABEL}/base.tar.age"), path="", identity=identity) as reading:
        assert b"".join(reading) == FILES["base.tar"]


def test_a_backup_that_fails_leaves_no_spool(tmp_path: Path, scratch: Path) -> None:
    with (
        pytest.raises(KeyError),
        backup_place(folder_in(AppendOnly(DirectoryStorage(str(tmp_path)))), LABEL, needed_bytes=None) as place,
    ):
        write(place.directory)
        raise KeyError
    assert scratch.exists()


def test_a_host_without_room_is_told_before_anything_is_written(tmp_path: Path, scratch: Path) -> None:
    storage = AppendOnly(DirectoryStorage(str(tmp_path)))
    with pytest.raises(Unavailable) as caught, backup_place(folder_in(storage), LABEL, needed_bytes=1 << 60):
        raise AssertionError
    assert caught.value.code == "scratch-missing" and scratch.exists()


def test_a_label_that_is_taken_is_followed_by_the_next_second(tmp_path: Path) -> None:
    storage = DirectoryStorage(str(tmp_path))
    moment = datetime(2026, 11, 1, 3, tzinfo=timezone.utc)
    storage.put(f"backups/{LABEL}/backup.json", [b"{}"])
    assert free_label(storage, moment, backup_type="full") == "20261101T030001Z-full"
