# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.catalogue.chain import Chain
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.catalogue.record import Backup
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Damaged
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.lsn import Lsn
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.catalogue.chain_files import chain_fault
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.catalogue.manifest_file import check_stored_manifest
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.cluster_folder import ClusterFolder
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.storage.directory import DirectoryStorage
from sample_backup import sample_backup


def manifest(start: str) -> str:
    """A manifest of no files, with the checksum that it should have."""
    body = (
        '{ "PostgreSQL-Backup-Manifest-Version": 2,\n"System-Identifier": 1,\n"Files": [],\n'
        f'"WAL-Ranges": [{{ "Timeline": 1, "Start-LSN": "{start}", "End-LSN": "0/2000100" }}],\n'
    )
    return body + f'"Manifest-Checksum": "{hashlib.sha256(body.encode()).hexdigest()}"}}\n'


def link(folder: ClusterFolder, label: str, *, parent: str | None = None) -> Backup:
    """A backup with its files."""
    directory = Path(folder.backups_directory) / label
    directory.mkdir()
    (directory / "base.tar").write_bytes(b"x" * 100)
    (directory / "backup_manifest").write_text(manifest("0/2000028"), encoding="utf-8")
    return sample_backup(
        label,
        parent=parent,
        system_identifier="1",
        start_lsn=Lsn.parse("0/2000028"),
        stop_lsn=Lsn.parse("0/2000100"),
        stored_bytes=sum(path.stat().st_size for path in directory.iterdir()),
        files=("base.tar", "backup_manifest"),
    )


@pytest.fixture
def chain(folder: ClusterFolder) -> Chain:
    return Chain((link(folder, "a"), link(folder, "b", parent="a"), link(folder, "c", parent="b")))


def test_a_chain_that_is_there_has_no_fault(folder: ClusterFolder, chain: Chain) -> None:
    assert chain_fault(folder, chain) is None


def replace_manifest(backup: Path) -> None:
    (backup / "backup_manifest").write_text(manifest("0/9000028"), encoding="utf-8")


def change_manifest(backup: Path) -> None:
    """Without changing its size."""
    path = backup / "backup_manifest"
    path.write_text(path.read_text(encoding="utf-8").replace("[]", "{}"), encoding="utf-8")


def test_a_manifest_longer_than_is_read_at_once_is_whole(tmp_path: Path) -> None:
    storage, path = DirectoryStorage(str(tmp_path)), tmp_path / "backups" / "20260915T120000Z-full" / "backup_manifest"
    path.parent.mkdir(parents=True)
    body = " " * 3_000_000 + manifest("0/2000028").partition('"Manifest-Checksum"')[0]
    line = f'"Manifest-Checksum": "{hashlib.sha256(body.encode()).hexdigest()}"}}\n'
    path.write_text(body + line, encoding="utf-8")
    check_stored_manifest(storage, "20260915T120000Z-full")
    path.write_text(body.replace(" ", "\n", 1) + line, encoding="utf-8")
    with pytest.raises(Damaged, match="does not match its own checksum"):
        check_stored_manifest(storage, "20260915T120000Z-full")


@pytest.mark.parametrize(
    ("label", "damage", "code", "reason"),
    [
        pytest.param("a", lambda it: (it / "base.tar").unlink(), "chain-broken", "'a'.* lost 'base.tar'", id="archive"),
        pytest.param(
            "b",
            lambda it: (it / "backup_manifest").unlink(),
            "manifest-damaged",
            "'b'.*b/backup_manifest' is missing",
            id="a link's",
        ),
        pytest.param("a", change_manifest, "manifest-damaged", "'a'.* its own checksum", id="the full one's, changed"),
        pytest.param(
            "b",
            lambda it: os.truncate(it / "backup_manifest", 40),
            "manifest-damaged",
            "'b'.*is truncated",
            id="a link's, cut off",
        ),
        pytest.param(
            "b", lambda it: (it / "base.tar").write_bytes(b"x"), "chain-broken", "'b'.* bytes instead of", id="cut off"
        ),
        pytest.param(
            "c", lambda it: (it / "backup_manifest").unlink(), "manifest-damaged", "'c'.*is missing", id="the parent's"
        ),
        pytest.param(
            "c",
            change_manifest,
            "manifest-damaged",
            "does not match its own checksum",
            id="changed",
        ),
        pytest.param("c", replace_manifest, "manifest-damaged", "begins at 0/9000028, not 0/2000028", id="another's"),
    ],
)
def test_what_is_missing_or_damaged(
    folder: ClusterFolder, chain: Chain, label: str, damage: Callable[[Path], object], code: str, reason: str
) -> None:
    damage(Path(folder.backups_directory) / label)
    fault = chain_fault(folder, chain)
    assert fault is not None
    assert fault.code == code
    assert fault.hint
    with pytest.raises(type(fault.error()), match=reason):
        raise fault.error()
