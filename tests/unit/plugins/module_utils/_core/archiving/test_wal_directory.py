# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.archiving.archive_status import ArchiveStatus
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.archiving.push_failure import PushFailure
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.archiving.wal_directory import WalDirectory
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.lsn import Lsn
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.timeline import TimelineHistory, TimelineSwitch

WAITING, ARCHIVED = "000000010000000000000002", "000000010000000000000001"
STATUS = ArchiveStatus.of([(f"{WAITING}.ready", 1.0, 1.0), (f"{ARCHIVED}.done", 1.0, 2.0)])


@pytest.mark.parametrize(("name", "counts"), [(WAITING, True), (ARCHIVED, False), ("gone", False)])
def test_failure_counts_while_its_file_waits(name: str, *, counts: bool) -> None:
    failure = PushFailure(name, "x", "why", 1.0)
    found = WalDirectory(STATUS, seen_at=3.0, failure=failure).present_failure

    assert found == (failure if counts else None)


def test_sizes_and_histories() -> None:
    history = TimelineHistory(2, (TimelineSwitch(1, Lsn(7)),))
    wal = WalDirectory(STATUS, seen_at=3.0, histories={2: history}, segment_bytes=1 << 20)

    assert wal.ready_bytes == 1 << 20
    assert (wal.history(2), wal.history(1)) == (history, TimelineHistory(1))
