# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Unavailable
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.interval_set import IntervalSet
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.segment_range import SegmentRange
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.cluster_folder import ClusterFolder
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.wal.expired import add_expired
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.restore.wal.planned_wal_check import (
    check_planned_wal,
)
from sample_plan import BACKUP, REPLAY

NAMES = {number: f"00000001{0:08X}{number:08X}" for number in range(9)}


@pytest.mark.parametrize(
    ("archived", "live", "removed", "is_left"),
    [
        pytest.param((3, 4, 5), (), (1, 3), True, id="all of it"),
        pytest.param((3, 4), (5,), (1, 3), True, id="the last in pg_wal"),
        pytest.param((3, 4), (), (1, 3), True, id="the last not written yet"),
        pytest.param((4, 5), (), (1, 4), False, id="the first is gone"),
        pytest.param((3, 5), (), (4, 5), False, id="the middle is gone"),
        pytest.param((), (), (1, 9), False, id="nothing is left"),
    ],
)
def test_planned_wal_is_looked_at_again(
    archived: tuple[int, ...],
    live: tuple[int, ...],
    removed: tuple[int, ...],
    is_left: bool,
    folder: ClusterFolder,
    make_segment: Callable[..., Path],
) -> None:
    for number in archived:
        source = make_segment(number)
        folder.store_wal(str(source), data_directory=str(source.parent.parent), compression="gzip")
    add_expired(folder.storage, {1: IntervalSet(removed)}, size=folder.identity().segment_size)
    size = folder.identity().segment_size
    stop = replace(REPLAY.stop, backup=replace(BACKUP, segment_size=size))
    replay = replace(REPLAY, stop=stop, wal=(SegmentRange(1, 3, 6),), from_live=tuple(NAMES[number] for number in live))
    if is_left:
        check_planned_wal(folder, replay)
        return
    with pytest.raises(Unavailable) as caught:
        check_planned_wal(folder, replay)
    assert caught.value.code == "backup-removed"
