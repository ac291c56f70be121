# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The steps of retention, as values and as text."""

from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.retention.plan import (
    ExpirePlan,
    RemoveBackup,
    RemoveStaleFiles,
    RemoveWal,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.segment_range import SegmentRange
from sample_stock import SIZE, WEEKLY, decide, stock_of

STALE = RemoveStaleFiles(".tmp-x", 2048)
BACKUP = RemoveBackup("20261122T150000Z-full", 3 << 20, "no rule keeps it")
TWO = (SegmentRange(1, 0, 2), SegmentRange(1, 5, 6))


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        pytest.param(
            RemoveStaleFiles("quarantine/wal/x.1", 2048),
            "remove quarantine/wal/x.1, damaged, and replaced since, 2.00 KiB",
            id="what was healed",
        ),
        pytest.param(STALE, "remove .tmp-x, left by an interrupted run, 2.00 KiB", id="stale directory"),
        pytest.param(BACKUP, "remove backup 20261122T150000Z-full, 3.00 MiB: no rule keeps it", id="backup"),
        pytest.param(
            RemoveWal(1, TWO, SIZE, ("00000000",), 3, 100),
            "remove WAL of timeline 1: 000000010000000000000000 to 000000010000000000000001, "
            "000000010000000000000005, 3 files, 100 B",
            id="WAL",
        ),
        pytest.param(
            RemoveWal(2, (), SIZE, ("00000000",), 1, 7),
            "remove WAL of timeline 2: files without their segment, 1 file, 7 B",
            id="files without their segment",
        ),
    ],
)
def test_steps_as_text(step: RemoveStaleFiles | RemoveBackup | RemoveWal, expected: str) -> None:
    assert str(step) == expected


def test_stale_files_go_first_and_wal_last() -> None:
    wal = RemoveWal(1, TWO, SIZE, ("00000000",), 3, 100)
    plan = ExpirePlan(
        decide(stock_of(WEEKLY)), stale=(STALE,), backups=(BACKUP,), wal=(wal,), removable_wal={}, unwanted_wal={}
    )
    assert plan.steps == (STALE, BACKUP, wal)
    assert plan.freed_bytes == 2048 + (3 << 20) + 100
