# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each file system has to take its part."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Unavailable
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.disk_space import (
    DiskFacts,
    DiskNeed,
    FileSystemSpace,
    check_disks,
    disk_needs,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.placement import place
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.replay import Loss, plan_replay
from sample_facts import BACKUP, FACTS, GIB, LATER, REQUEST, SIZE, STOP

SPACES = {
    "/pg/data.pitr-new": FileSystemSpace("/pg", 1, 10 * GIB),
    "/mnt/ts/.pitr-new": FileSystemSpace("/mnt/ts", 2, 10 * GIB),
    "/wal/pg_wal.pitr-new": FileSystemSpace("/wal", 3, 10 * GIB),
}
PLACEMENT = place(REQUEST, FACTS, backup=BACKUP)
REPLAY = plan_replay(FACTS, stop=STOP, loss=Loss())
WAL_BYTES = 3 * SIZE.size_bytes


def needs(facts: DiskFacts) -> tuple[DiskNeed, ...]:
    return disk_needs(REPLAY, PLACEMENT, facts=facts, carried_segments=1)


def test_tablespace_counts_where_it_lies() -> None:
    found = needs(DiskFacts(SPACES, {16400: 2 * GIB}))
    assert {disk.directory: disk.needed_bytes for disk in found} == {
        "/pg": GIB,
        "/wal": WAL_BYTES,
        "/mnt/ts": 2 * GIB,
    }


def test_one_file_system_takes_the_sum() -> None:
    one = dict.fromkeys(SPACES, FileSystemSpace("/all", 1, 10 * GIB))
    assert needs(DiskFacts(one, {16400: 2 * GIB})) == (DiskNeed("/all", 3 * GIB + WAL_BYTES, 10 * GIB),)


def test_chain_takes_the_bytes_of_all_its_links_once() -> None:
    facts, stop = replace(FACTS, backups=(BACKUP, LATER)), replace(STOP, backup=LATER)
    replay = plan_replay(facts, stop=stop, loss=Loss())
    base = disk_needs(replay, PLACEMENT, facts=DiskFacts(SPACES, {16400: 0}), carried_segments=1)[0]
    assert base.needed_bytes == 4 * GIB


def test_wal_counts_with_the_data_directory_that_it_lies_in() -> None:
    placement = place(REQUEST, replace(FACTS, wal_directory=None), backup=BACKUP)
    base = disk_needs(REPLAY, placement, facts=DiskFacts(SPACES, {16400: 2 * GIB}), carried_segments=1)[0]
    assert base.needed_bytes == GIB + WAL_BYTES


def test_full_disk_is_refused() -> None:
    check_disks((DiskNeed("/pg", GIB, GIB),))
    with pytest.raises(Unavailable, match="'/mnt' has 10 bytes free, and the restore writes 11") as caught:
        check_disks((DiskNeed("/pg", GIB, GIB), DiskNeed("/mnt", 11, 10)))
    assert caught.value.code == "disk-full"
