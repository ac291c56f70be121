# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.archiving.archive_lag import (
    ArchiveLag,
    WalPosition,
    archive_lag,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.archiving.archiver_stats import ReadyFiles
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.interval_set import IntervalSet
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.listing import StoredWal
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.lsn import Lsn
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.segment import SegmentSize

STORED = StoredWal({1: IntervalSet((2, 4))}, (), SegmentSize(1 << 20))
NONE_READY = ReadyFiles((), 0.0)


@pytest.mark.parametrize(
    ("insert", "size_bytes"),
    [
        pytest.param(None, None, id="server down"),
        pytest.param(WalPosition(1, Lsn((4 << 20) + 4096)), 4096, id="in the segment behind the last stored one"),
        pytest.param(WalPosition(1, Lsn(3 << 20)), 0, id="repository ahead"),
        pytest.param(WalPosition(2, Lsn(5 << 20)), None, id="nothing stored of its timeline"),
    ],
)
def test_bytes_that_only_the_host_has(insert: WalPosition | None, size_bytes: int | None) -> None:
    assert archive_lag(NONE_READY, stored=STORED, insert=insert) == ArchiveLag(0, size_bytes, 0.0)


def test_segments_that_wait_are_counted_and_other_files_are_not() -> None:
    ready = ReadyFiles(("000000010000000000000004", "00000002.history", "000000010000000000000005"), 3.14159)
    assert archive_lag(ready, stored=STORED, insert=None) == ArchiveLag(2, None, 3.1)
