# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import os
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.backup.spool_limit import SpoolLimit
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Unavailable
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.backup.spool import (
    SENDER,
    VERIFIER,
    Spool,
    new_spool,
)

MIB = 1 << 20


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    (tmp_path / "base.tar").write_bytes(os.urandom(8 * MIB + 100))
    (tmp_path / "backup_manifest").write_bytes(bytes(100))
    return Spool(str(tmp_path), limit=SpoolLimit())


def allocated_bytes(directory: str) -> int:
    return Path(directory, "base.tar").stat().st_blocks * 512


def test_only_what_both_have_read_is_freed(spool: Spool) -> None:
    assert spool.used_bytes() == 8 * MIB + 100
    spool.noting("base.tar", VERIFIER)(8 * MIB + 100, True)
    assert spool.used_bytes() == 8 * MIB + 100
    spool.noting("base.tar", SENDER)(5 * MIB, False)
    assert spool.used_bytes() == 3 * MIB + 100
    assert allocated_bytes(spool.directory) <= 3 * MIB + 8192
    assert Path(spool.directory, "base.tar").read_bytes()[: 5 * MIB] == bytes(5 * MIB)


def test_nothing_stays_of_an_archive_at_its_end_however_small(spool: Spool) -> None:
    (Path(spool.directory) / "16385.tar").write_bytes(bytes(10))
    for name, size in (("base.tar", 8 * MIB + 100), ("16385.tar", 10)):
        for reader in (SENDER, VERIFIER):
            spool.noting(name, reader)(size, True)
    assert (spool.used_bytes(), allocated_bytes(spool.directory)) == (0, 0)


def test_small_steps_wait_for_the_next_one(spool: Spool) -> None:
    for reader in (SENDER, VERIFIER):
        spool.noting("base.tar", reader)(MIB - 1, False)
    assert spool.used_bytes() == 8 * MIB + 100


def test_a_spool_that_cannot_free_keeps_all_and_says_so(spool: Spool) -> None:
    assert spool.warnings == ()
    whole = Spool(spool.directory, limit=None)
    for reader in (SENDER, VERIFIER):
        whole.noting("base.tar", reader)(8 * MIB, False)
    assert whole.used_bytes() == 8 * MIB + 100
    (warning,) = whole.warnings
    assert "cannot free parts of a file" in warning and "8.00 MiB" in warning


def test_only_the_limit_has_to_be_free(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    with new_spool("label", needed_bytes=1 << 60, limit=SpoolLimit(MIB)) as spool:
        assert spool.limit == SpoolLimit(MIB) and spool.directory.endswith("/label")
    with (
        pytest.raises(Unavailable, match="no temporary directory"),
        new_spool("label", needed_bytes=1 << 60, limit=SpoolLimit(1 << 50)),
    ):
        raise AssertionError
    assert list(tmp_path.iterdir()) == []


def test_all_of_it_has_to_be_free_where_parts_of_files_cannot_be_freed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    limit = SpoolLimit(MIB)
    with new_spool("label", needed_bytes=2 * MIB, limit=limit, can_free=lambda _directory: False) as spool:
        assert spool.limit is None and spool.directory.startswith(str(tmp_path))
    with (
        pytest.raises(Unavailable, match="no temporary directory"),
        new_spool("label", needed_bytes=1 << 60, limit=limit, can_free=lambda _directory: False),
    ):
        raise AssertionError
    assert list(tmp_path.iterdir()) == []
