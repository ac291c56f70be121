# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a backup still says where it is from."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.catalogue.origins import write_origin
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.cluster_folder import ClusterFolder
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.verify.origin import check_origin
from sample_backup import sample_backup
from sample_origin import sample_origin

LABEL = "20260915T110000Z-full"
CLEAR, ENCRYPTED = "origin.json", "origin.json.age"
# The form of what age writes; nobody has its identity.
CLOSED = b"age-encryption.org/v1\n-> X25519 x\n--- y\n\x00\x01\x02"


@pytest.fixture
def folder(tmp_path: Path) -> ClusterFolder:
    (tmp_path / "db1" / "backups" / LABEL).mkdir(parents=True)
    (tmp_path / "db1" / "cluster.json").touch()
    return ClusterFolder(str(tmp_path), name="db1")


def stored(folder: ClusterFolder, name: str) -> Path:
    return Path(folder.backups_directory, LABEL, name)


def found(folder: ClusterFolder, *, digest: str | None, **known: Any) -> list[tuple[str, str, str]]:
    """Kind, code and subject."""
    backup = sample_backup(LABEL, origin_digest=digest, **known)
    return [(each.kind, each.code, each.subject) for each in check_origin(backup, folder.storage)]


def missing(name: str = CLEAR) -> list[tuple[str, str, str]]:
    return [("origin", "backup-origin-missing", f"{LABEL}/{name}")]


def damaged(name: str = CLEAR) -> list[tuple[str, str, str]]:
    return [("origin", "backup-origin-damaged", f"{LABEL}/{name}")]


def test_origin_that_is_there_as_the_record_says(folder: ClusterFolder) -> None:
    digest = write_origin(folder, LABEL, origin=sample_origin())
    assert found(folder, digest=digest) == []
    # An earlier release recorded no digest.
    assert found(folder, digest=None) == []


def test_origin_that_no_record_tells_of_need_not_be_there(folder: ClusterFolder) -> None:
    assert found(folder, digest=None) == []
    assert found(folder, digest=None, is_encrypted=True) == []
    assert found(folder, digest="0a" * 32) == missing()
    assert found(folder, digest="0a" * 32, is_encrypted=True) == missing(ENCRYPTED)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"{}", id="of no origin"),
        pytest.param(str(sample_origin()).encode()[:-20], id="cut"),
        pytest.param(str(sample_origin()).encode() + b"\xff", id="no text"),
        pytest.param(b" " * (1 << 22), id="too large"),
    ],
)
def test_origin_that_cannot_be_read_is_named_whatever_the_record_says(folder: ClusterFolder, content: bytes) -> None:
    stored(folder, CLEAR).write_bytes(content)
    for digest in (None, hashlib.sha256(content).hexdigest()):
        assert found(folder, digest=digest) == damaged()


def test_origin_that_reads_well_and_is_another_is_named(folder: ClusterFolder) -> None:
    digest = write_origin(folder, LABEL, origin=sample_origin())
    stored(folder, CLEAR).write_text(str(sample_origin(port=5433)))
    assert found(folder, digest=digest) == damaged()
    assert found(folder, digest=None) == []


@pytest.mark.parametrize(
    ("content", "is_whole"),
    [
        pytest.param(CLOSED, True, id="as it was stored"),
        pytest.param(CLOSED[:-1], False, id="cut"),
        pytest.param(b"{}", False, id="in clear"),
        pytest.param(b"", False, id="empty"),
    ],
)
def test_encrypted_origin_is_compared_with_what_was_stored(
    folder: ClusterFolder, content: bytes, is_whole: bool
) -> None:
    stored(folder, ENCRYPTED).write_bytes(content)
    digest = hashlib.sha256(CLOSED).hexdigest()
    assert found(folder, digest=digest, is_encrypted=True) == ([] if is_whole else damaged(ENCRYPTED))
    # Without a digest the beginning is all that can be told.
    seems_whole = content.startswith(b"age-encryption.org/v1\n")
    assert found(folder, digest=None, is_encrypted=True) == ([] if seems_whole else damaged(ENCRYPTED))


def test_one_in_clear_does_not_stand_for_the_encrypted_one(folder: ClusterFolder) -> None:
    write_origin(folder, LABEL, origin=sample_origin())
    assert found(folder, digest="0a" * 32, is_encrypted=True) == missing(ENCRYPTED)


def test_something_else_of_that_name_is_named(folder: ClusterFolder) -> None:
    stored(folder, CLEAR).mkdir()
    assert found(folder, digest="0a" * 32) == damaged()
