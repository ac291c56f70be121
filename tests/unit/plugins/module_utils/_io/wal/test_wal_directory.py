# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Missing
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.wal.push_failure import note_push_failure
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.wal.wal_directory import read_wal_directory

WAITING = "000000010000000000000002"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data directory whose WAL lies behind a link."""
    wal = tmp_path / "elsewhere"
    (wal / "archive_status").mkdir(parents=True)
    (wal / "archive_status" / f"{WAITING}.ready").touch()
    for name in (WAITING, "000000010000000000000003", "not-wal"):
        (wal / name).write_bytes(bytes(100))
    (wal / "00000002.history").write_text("1\t0/5000000\tpromoted\n")
    data = tmp_path / "data"
    data.mkdir()
    (data / "pg_wal").symlink_to(wal)
    return data


def test_everything_is_seen_behind_a_link(data: Path) -> None:
    note_push_failure(f"{data}/pg_wal", WAITING, error=Missing("it is gone", code="source-missing"))
    wal = read_wal_directory(str(data), now_seconds=1e9)

    assert (wal.used_bytes, wal.segment_bytes, wal.ready_bytes, wal.seen_at) == (200, 100, 100, 1e9)
    assert wal.free_bytes > 0
    assert wal.history(2).contains(1)
    assert wal.present_failure is not None and wal.present_failure.code == "source-missing"


def test_directory_that_is_gone_is_no_empty_one(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_wal_directory(str(tmp_path), now_seconds=1e9)
