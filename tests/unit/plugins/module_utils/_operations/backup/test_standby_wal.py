# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the WAL of a standby's backup is archived by its primary."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.backup.server_facts import Restartpoint
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Failed, Unavailable
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.lsn import Lsn
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.segment import SegmentSize
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.cluster_folder import ClusterFolder
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.backup.standby_wal import (
    check_wal_arrives,
    wait_until_archived,
)
from sample_backup import sample_backup
from sample_backup_facts import sample_backup_facts

MIB = 1 << 20
SIZE = SegmentSize(MIB)
IN_5 = Restartpoint(Lsn(5 * MIB + 100), full_page_writes=True)

Store = Callable[..., None]


@pytest.mark.parametrize(
    ("stored", "timeline", "arrives"),
    [
        pytest.param([(1, 5)], 1, True, id="the segment of the restartpoint"),
        pytest.param([(1, 4)], 1, True, id="the one before, as that of the restartpoint is not full yet"),
        pytest.param([(1, 3), (1, 6)], 1, False, id="others only"),
        pytest.param([(1, 5)], 2, True, id="of an earlier timeline"),
        pytest.param([(2, 5)], 1, False, id="of a later timeline"),
        pytest.param([], 1, False, id="nothing archived"),
    ],
)
def test_wal_around_the_restartpoint_has_to_be_archived(
    folder: ClusterFolder, store: Store, stored: list[tuple[int, int]], timeline: int, *, arrives: bool
) -> None:
    for stored_timeline, number in stored:
        store(number, timeline=stored_timeline)
    facts = sample_backup_facts(in_recovery=True, timeline=timeline, restartpoint=IN_5)
    if arrives:
        check_wal_arrives(folder, facts=facts, segment_size=SIZE)
        return
    with pytest.raises(Unavailable) as caught:
        check_wal_arrives(folder, facts=facts, segment_size=SIZE)
    assert caught.value.code == "primary-not-archiving"
    assert f"0000000{timeline}0000000000000005" in caught.value.message


def test_a_primary_archives_by_itself(folder: ClusterFolder) -> None:
    check_wal_arrives(folder, facts=sample_backup_facts(), segment_size=SIZE)


BACKUP = sample_backup(start_lsn=Lsn(4 * MIB + 40), stop_lsn=Lsn(6 * MIB), segment_size=SIZE)


def test_a_backup_waits_for_each_of_its_segments(folder: ClusterFolder, store: Store) -> None:
    store(4)
    told = []

    def archive_the_last() -> None:
        told.append("waiting")
        store(5)

    wait_until_archived(BACKUP, folder=folder, timeout_seconds=60, tell=archive_the_last)
    assert told == ["waiting"]


def test_a_segment_that_does_not_come_is_named(folder: ClusterFolder, store: Store) -> None:
    store(4)
    with pytest.raises(Failed, match="000000010000000000000005") as caught:
        wait_until_archived(BACKUP, folder=folder, timeout_seconds=0, tell=list)
    assert caught.value.code == "backup-wal-missing"
