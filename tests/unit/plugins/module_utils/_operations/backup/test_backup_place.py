# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where pg_basebackup writes, and how its files come into the storage from there."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from pathlib import Path

import pytest
from age_key import age_key
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Damaged, Unavailable
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.encryption.age import DecryptedReading
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.host.wait import wait_until
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.append_only import AppendOnly
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.cluster_folder import ClusterFolder
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.storage.directory import DirectoryStorage
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.storage.port import Storage
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.stream.checksum import SHA256
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.backup.backup_place import (
    backup_place,
    free_label,
)
from sample_archives import manifest_of, tar_of

MIB = 1 << 20
LABEL = "20261101T030000Z-full"
FILES_IN_TAR = {"backup_label": b"START", "base/5/1259": os.urandom(16 * MIB), "global/pg_control": b"x" * 8192}
CONTENT = tar_of(FILES_IN_TAR, directories=("pg_wal",))
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
        stored = place.store(list(FILES), tell=lambda: None)
    assert (stored.names, stored.is_encrypted, stored.digests) == (tuple(FILES), False, {})
    assert {path.stat().st_mode & 0o777 for path in Path(place.directory).iterdir()} == {0o600}


def test_another_host_is_sent_the_files_and_no_spool_stays(tmp_path: Path, scratch: Path) -> None:
    storage = AppendOnly(DirectoryStorage(str(tmp_path)))
    with backup_place(folder_in(storage), LABEL, needed_bytes=1000) as place:
        assert place.directory.startswith(str(scratch))
        write(place.directory)
        stored = place.store(list(FILES), tell=lambda: None)
        assert sum(path.stat().st_blocks for path in Path(place.directory).glob("*.tar")) > 0
    assert {name: storage.read_all(f"backups/{LABEL}/{name}", limit_bytes=9 << 20) for name in FILES} == FILES
    assert stored.size_bytes == sum(map(len, FILES.values()))


def test_an_encrypted_backup_is_never_in_clear_where_it_is_stored(tmp_path: Path, scratch: Path) -> None:
    (tmp_path / "repository").mkdir()
    storage, (identity, recipient) = DirectoryStorage(str(tmp_path / "repository")), age_key()
    with backup_place(folder_in(storage, recipients=(recipient,)), LABEL, needed_bytes=1000) as place:
        assert place.directory.startswith(str(scratch))
        write(place.directory)
        stored = place.store(list(FILES), tell=lambda: None)
    assert stored.names == ("base.tar.age", "backup_manifest") and stored.is_encrypted
    content = storage.read_all(f"backups/{LABEL}/base.tar.age", limit_bytes=9 << 20) or b""
    assert stored.digests == {"base.tar.age": hashlib.sha256(content).hexdigest()}
    assert stored.size_bytes == len(content) + len(FILES["backup_manifest"])
    with DecryptedReading(storage.read(f"backups/{LABEL}/base.tar.age"), path="", identity=identity) as reading:
        assert b"".join(reading) == FILES["base.tar"]


def grow(directory: str, *, each: Callable[[], object]) -> None:
    """Write an archive piece by piece, as pg_basebackup does, and the manifest at the end."""
    os.makedirs(directory)
    with Path(directory, "base.tar").open("wb", buffering=0) as stream:
        for start in range(0, len(CONTENT), MIB):
            stream.write(CONTENT[start : start + MIB])
            each()
    Path(directory, "backup_manifest").write_text(manifest_of(FILES_IN_TAR), encoding="utf-8")


@pytest.mark.parametrize("is_encrypted", [False, True])
def test_an_archive_is_sent_and_freed_while_it_grows(tmp_path: Path, scratch: Path, is_encrypted: bool) -> None:
    storage, recipients = AppendOnly(DirectoryStorage(str(tmp_path))), (age_key()[1],) if is_encrypted else ()
    with backup_place(folder_in(storage, recipients=recipients), LABEL, needed_bytes=None) as place:
        verifier, most_bytes = place.new_verifier(compression="none", algorithm=SHA256), 0

        def look() -> None:
            nonlocal most_bytes
            verifier.look()
            place.look()
            assert place.spool is not None
            wait_until(place.spool.used_bytes, seconds=30, pause_seconds=0.01, enough=lambda used: used < 2 * MIB)
            most_bytes = max(most_bytes, Path(place.directory, "base.tar").stat().st_blocks * 512)

        grow(place.directory, each=look)
        stored = place.store(verifier.finish().names, tell=lambda: None)
    assert most_bytes < 4 * MIB < len(CONTENT)
    assert stored.names == (("base.tar.age", "backup_manifest") if is_encrypted else ("base.tar", "backup_manifest"))
    if not is_encrypted:
        assert storage.read_all(f"backups/{LABEL}/base.tar", limit_bytes=99 * MIB) == CONTENT


@pytest.mark.parametrize("is_encrypted", [False, True])
def test_files_that_are_not_those_of_the_manifest_are_named_where_they_can_be_read(
    tmp_path: Path, scratch: Path, is_encrypted: bool
) -> None:
    storage, recipients = DirectoryStorage(str(tmp_path)), (age_key()[1],) if is_encrypted else ()
    with backup_place(folder_in(AppendOnly(storage), recipients=recipients), LABEL, needed_bytes=None) as place:
        verifier = place.new_verifier(compression="none", algorithm=SHA256)
        grow(place.directory, each=lambda: (verifier.look(), place.look()))
        other = {**FILES_IN_TAR, "global/pg_control": b"y" * 8192}
        Path(place.directory, "backup_manifest").write_text(manifest_of(other), encoding="utf-8")
        with pytest.raises(Damaged, match="encrypted already" if is_encrypted else "global/pg_control"):
            verifier.finish()
        place.abort()


def test_what_was_begun_is_no_file_when_the_backup_fails(tmp_path: Path, scratch: Path) -> None:
    storage = AppendOnly(DirectoryStorage(str(tmp_path)))
    with backup_place(folder_in(storage), LABEL, needed_bytes=None) as place:
        os.makedirs(place.directory)
        Path(place.directory, "base.tar").write_bytes(CONTENT[:MIB])
        verifier = place.new_verifier(compression="none", algorithm=SHA256)
        verifier.look()
        place.look()
        place.abort()
        verifier.abort()
    assert list(storage.list(f"backups/{LABEL}", hidden=True)) == []


def test_a_storage_that_fails_ends_the_backup_at_the_next_look(tmp_path: Path, scratch: Path) -> None:
    away = DirectoryStorage(str(tmp_path / "away"))
    with backup_place(folder_in(AppendOnly(away)), LABEL, needed_bytes=None) as place:
        os.makedirs(place.directory)
        Path(place.directory, "base.tar").write_bytes(CONTENT[:MIB])
        place.archives.look()
        with pytest.raises(Unavailable) as caught:
            wait_until(place.look, seconds=30, pause_seconds=0.01, enough=lambda _found: False)
        place.abort()
    assert caught.value.code == "repository-missing"


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
    with (
        pytest.raises(Unavailable) as caught,
        backup_place(folder_in(storage), LABEL, needed_bytes=1 << 60, spool_max_bytes=1 << 50),
    ):
        raise AssertionError
    assert caught.value.code == "scratch-missing" and scratch.exists()


def test_a_label_that_is_taken_is_followed_by_the_next_second(tmp_path: Path) -> None:
    storage = DirectoryStorage(str(tmp_path))
    moment = datetime(2026, 11, 1, 3, tzinfo=timezone.utc)
    storage.put(f"backups/{LABEL}/backup.json", [b"{}"])
    assert free_label(storage, moment, backup_type="full") == "20261101T030001Z-full"
