# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a backup is from is as secret as the backup: its configuration may have passwords."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest
from age_key import age_key
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Damaged, PitrError
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.catalogue.origins import read_origin, write_origin
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.encryption.age_identity import AgeIdentity
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.cluster_folder import ClusterFolder
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.storage.place import ANY
from sample_origin import FILES, sample_origin

LABEL = "20261122T150000Z-full"


@pytest.fixture(scope="module")
def key() -> tuple[AgeIdentity, str]:
    return age_key()


def folder_at(path: Path, *, recipients: tuple[str, ...] = (), identity: AgeIdentity | None = None) -> ClusterFolder:
    (path / "db1").mkdir(exist_ok=True)
    (path / "db1" / "cluster.json").touch()
    return ClusterFolder(str(path), name="db1", recipients=recipients, identity=identity)


def test_origin_comes_back(tmp_path: Path) -> None:
    folder = folder_at(tmp_path)
    assert read_origin(folder, LABEL) is None
    write_origin(folder, LABEL, origin=sample_origin())
    assert read_origin(folder, LABEL) == sample_origin()


def test_origin_of_an_encrypted_backup_needs_the_identity(tmp_path: Path, key: tuple[AgeIdentity, str]) -> None:
    identity, recipient = key
    write_origin(folder_at(tmp_path, recipients=(recipient,)), LABEL, origin=sample_origin())
    (stored,) = tmp_path.rglob("origin*")
    assert stored.name == "origin.json.age" and b"canary" not in stored.read_bytes()
    assert read_origin(folder_at(tmp_path, identity=identity), LABEL) == sample_origin()
    for other, code in ((None, "identity-missing"), (age_key()[0], "identity-wrong")):
        with pytest.raises(PitrError) as caught:
            read_origin(folder_at(tmp_path, identity=other), LABEL)
        assert caught.value.code == code


def test_one_in_clear_beside_the_encrypted_one_does_not_count(tmp_path: Path, key: tuple[AgeIdentity, str]) -> None:
    folder = folder_at(tmp_path, recipients=(key[1],), identity=key[0])
    write_origin(folder, LABEL, origin=sample_origin())
    folder.storage.put(f"backups/{LABEL}/origin.json", [b"{}"])
    assert read_origin(folder, LABEL) == sample_origin()


def test_digest_is_that_of_what_is_stored(tmp_path: Path, key: tuple[AgeIdentity, str]) -> None:
    for recipients in ((), (key[1],)):
        digest = write_origin(folder_at(tmp_path, recipients=recipients), LABEL, origin=sample_origin())
        stored = max(tmp_path.rglob("origin*"), key=lambda path: len(path.name))
        assert digest == hashlib.sha256(stored.read_bytes()).hexdigest()
    large = replace(FILES, settings="#" * (1 << 20))
    assert write_origin(folder_at(tmp_path), f"{LABEL}2", origin=sample_origin(configuration=large)) is None


def test_origin_that_is_not_the_stored_one_is_told(tmp_path: Path) -> None:
    folder = folder_at(tmp_path)
    digest = write_origin(folder, LABEL, origin=sample_origin())
    assert read_origin(folder, LABEL, digest=digest) == sample_origin()
    folder.storage.put(f"backups/{LABEL}/origin.json", [str(sample_origin(port=5433)).encode()], replaces=ANY)
    assert read_origin(folder, LABEL) == sample_origin(port=5433)
    with pytest.raises(Damaged) as caught:
        read_origin(folder, LABEL, digest=digest)
    assert caught.value.code == "backup-origin-damaged" and "SHA-256" in caught.value.message


def test_damaged_origin_is_told(tmp_path: Path) -> None:
    folder = folder_at(tmp_path)
    folder.storage.put(f"backups/{LABEL}/origin.json", [b"{}"])
    with pytest.raises(Damaged) as caught:
        read_origin(folder, LABEL)
    assert caught.value.code == "backup-origin-damaged"
