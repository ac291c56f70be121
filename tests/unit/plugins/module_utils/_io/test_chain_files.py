# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.backup import Backup
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.chain import Chain
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.lsn import Lsn
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.segment import SegmentSize
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.chain_files import chain_fault
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.cluster_folder import ClusterFolder

NOW = datetime(2026, 9, 15, 12, tzinfo=timezone.utc)


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
    return Backup(
        label=label,
        type="full" if parent is None else "incremental",
        parent=parent,
        cluster="db1",
        system_identifier="1",
        version=17,
        version_num=170000,
        start_time=NOW,
        stop_time=NOW,
        start_lsn=Lsn.parse("0/2000028"),
        stop_lsn=Lsn.parse("0/2000100"),
        timeline=1,
        segment_size=SegmentSize(1 << 20),
        size_bytes=0,
        stored_bytes=sum(path.stat().st_size for path in directory.iterdir()),
        compression="none",
        files=("base.tar", "backup_manifest"),
        pgfleet_version="0",
    )


@pytest.fixture
def chain(folder: ClusterFolder) -> Chain:
    return Chain((link(folder, "a"), link(folder, "b", parent="a"), link(folder, "c", parent="b")))


def test_a_chain_that_is_there_has_no_fault(folder: ClusterFolder, chain: Chain) -> None:
    assert chain_fault(folder, chain) is None


def replace_manifest(backup: Path) -> None:
    (backup / "backup_manifest").write_text(manifest("0/9000028"), encoding="utf-8")


@pytest.mark.parametrize(
    ("label", "damage", "code", "reason"),
    [
        pytest.param("a", lambda it: (it / "base.tar").unlink(), "chain-broken", "'a'.* lost 'base.tar'", id="archive"),
        pytest.param(
            "b", lambda it: (it / "backup_manifest").unlink(), "chain-broken", "'b'.*'backup_manifest'", id="a link's"
        ),
        pytest.param(
            "b", lambda it: (it / "base.tar").write_bytes(b"x"), "chain-broken", "'b'.* bytes instead of", id="cut off"
        ),
        pytest.param(
            "c", lambda it: (it / "backup_manifest").unlink(), "manifest-damaged", "'c'.*is missing", id="the parent's"
        ),
        pytest.param(
            "c",
            lambda it: (it / "backup_manifest").write_text(
                manifest("0/2000028").replace("[]", "[ ]"), encoding="utf-8"
            ),
            "manifest-damaged",
            "does not have the checksum",
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
