# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import gzip
import hashlib
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.catalogue.records import read_backups
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.host.rate_limit import RateLimit
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.cluster_folder import ClusterFolder
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.stream.tar_stream import PIECE_BYTES
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.verify.tar_file import FileTask, verify_file
from sample_archives import manifest_of, tar_of_members
from verify_repository import write_backup, write_tar

Change = Callable[[list[tuple[str, bytes]]], list[tuple[str, bytes]]]


class NotedPace(RateLimit):
    def __init__(self) -> None:
        super().__init__(None)
        self.spent: list[int] = []

    def spend(self, size_bytes: int) -> None:
        self.spent.append(size_bytes)


@pytest.mark.parametrize("change", ["", "x"])
def test_encrypted_archive_is_compared_with_what_was_stored(change: str, folder: ClusterFolder) -> None:
    directory = Path(write_backup(folder))
    archive = directory / "base.tar.gz.age"
    archive.write_bytes(b"nobody reads this")
    digests = {archive.name: hashlib.sha256(archive.read_bytes()).hexdigest()}
    backup = replace(read_backups(folder)[0], is_encrypted=True, digests=digests)
    archive.write_bytes(archive.read_bytes() + change.encode())
    task, rate_limit, noted = FileTask(backup, archive.name, 17), NotedPace(), []

    result = verify_file(task, storage=folder.storage, note=noted.append, rate_limit=rate_limit)

    assert noted == rate_limit.spent == [17 + len(change)]
    assert [each.code for each in result.findings] == ["archive-damaged"] * len(change)
    assert result.is_encrypted is not bool(change) and result.identity is not None


def test_encrypted_archive_without_a_digest_is_not_taken_for_whole(folder: ClusterFolder) -> None:
    directory = Path(write_backup(folder))
    (directory / "base.tar.gz.age").write_bytes(b"")
    backup = replace(read_backups(folder)[0], is_encrypted=True)
    task = FileTask(backup, "base.tar.gz.age", 0)
    result = verify_file(task, storage=folder.storage, note=lambda _bytes: None, rate_limit=RateLimit(None))
    assert [each.code for each in result.findings] == ["archive-damaged"]


def test_archive_is_paid_for_as_it_is_read(folder: ClusterFolder) -> None:
    directory = write_backup(folder)
    archive = Path(directory) / "base.tar.gz"
    write_tar(archive, {"base/1/1259": os.urandom(3 * PIECE_BYTES)})
    size_bytes, rate_limit, noted = archive.stat().st_size, NotedPace(), []
    task = FileTask(read_backups(folder)[0], archive.name, size_bytes)

    verify_file(task, storage=folder.storage, note=noted.append, rate_limit=rate_limit)

    rest_bytes = size_bytes - 3 * PIECE_BYTES
    assert noted == [*([PIECE_BYTES] * 3), rest_bytes, 0]
    # It differs from its manifest, and is read once more to say in what.
    assert rate_limit.spent == [*noted, *noted]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        pytest.param(lambda files: files, [], id="intact"),
        pytest.param(lambda files: [*files, files[1]], ["'base/5/1' is there more than once"], id="twice"),
        pytest.param(lambda files: files[:1], ["'base/5/1' is missing"], id="missing"),
        pytest.param(lambda files: [*files, ("base/5/9", b"")], ["'base/5/9' is not in the manifest"], id="further"),
        pytest.param(lambda files: [files[0], ("base/5/1", b"on")], ["'base/5/1' has 2 bytes instead of 3"], id="size"),
        pytest.param(
            lambda files: [files[0], ("base/5/1", b"eno")], ["'base/5/1' has a wrong checksum"], id="checksum"
        ),
    ],
)
def test_differences_are_told_by_name(folder: ClusterFolder, change: Change, said: list[str]) -> None:
    files = [("backup_label", b"START WAL LOCATION"), ("base/5/1", b"one")]
    directory = Path(write_backup(folder))
    (directory / "backup_manifest").write_text(manifest_of(dict(files)), encoding="utf-8")
    archive = directory / "base.tar.gz"
    archive.write_bytes(gzip.compress(tar_of_members(change(files))))
    task = FileTask(read_backups(folder)[0], archive.name, archive.stat().st_size)

    result = verify_file(task, storage=folder.storage, note=lambda _bytes: None, rate_limit=RateLimit(None))

    told = [finding.message for finding in result.findings if "differs from its manifest" in finding.message]
    assert [sentence in message for sentence, message in zip(said, told)] == [True] * len(said) == [True] * len(told)
    assert result.files == len({name for name, _data in change(files)})
