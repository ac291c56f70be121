# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which WAL a verification covers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.catalogue.record import Backup
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.verify.required_wal import required_wal
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.archive import ArchivedWal
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.interval_set import IntervalSet
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.segment_range import SegmentRange, ranges_of
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.timeline import TimelineHistory
from in_segments import B1, B2, FORK_IN_5, ON_2, SIZE, wal

Numbers = list[tuple[int, int, int]]


def archived(names: Sequence[str], *histories: TimelineHistory) -> ArchivedWal:
    return ArchivedWal.of(names, histories={each.timeline: each for each in histories}, segment_size=SIZE)


@pytest.mark.parametrize(
    ("backups", "archive", "present", "missing"),
    [
        pytest.param([], archived(wal(1, 1, 2)), [], [], id="without a backup nothing is needed"),
        pytest.param([B1], archived([]), [], [(1, 2, 3)], id="a backup without any WAL"),
        pytest.param([B1], archived(wal(1, 1, 2, 3, 4)), [(1, 2, 5)], [], id="nothing before the backup"),
        pytest.param([B1], archived(wal(1, 2, 4, 5)), [(1, 2, 3), (1, 4, 6)], [(1, 3, 4)], id="a hole"),
        pytest.param([B2], archived(wal(1, 6)), [(1, 6, 7)], [(1, 7, 8)], id="the backup's own end is missing"),
        pytest.param([B2, B1], archived(wal(1, 2, 3, 6, 7)), [(1, 2, 4), (1, 6, 8)], [(1, 4, 6)], id="two backups"),
        pytest.param(
            [B1],
            archived([*wal(1, 2, 3, 4), *wal(2, 5, 6)], FORK_IN_5),
            [(1, 2, 5), (2, 5, 7)],
            [],
            id="a promotion",
        ),
        pytest.param(
            [B1],
            archived([*wal(1, 2, 3, 4, 5, 6), *wal(2, 5, 6)], FORK_IN_5),
            [(1, 2, 7), (2, 5, 7)],
            [],
            id="what was abandoned can still be reached",
        ),
        pytest.param(
            [ON_2],
            archived([*wal(1, 2, 3, 4, 5, 6), *wal(2, 5, 6, 8)], FORK_IN_5),
            [(2, 6, 7), (2, 8, 9)],
            [(2, 7, 8)],
            id="a backup of the new timeline needs nothing of the old",
        ),
        pytest.param(
            [B1],
            archived([*wal(1, 2, 3), *wal(2, 6)], FORK_IN_5),
            [(1, 2, 4), (2, 6, 7)],
            [(1, 4, 5), (2, 5, 6)],
            id="a hole across a switch",
        ),
        pytest.param(
            [B1], archived(wal(1, 2, 2_000_000)), [(1, 2, 3), (1, 2_000_000, 2_000_001)], [(1, 3, 2_000_000)], id="huge"
        ),
    ],
)
def test_needed_wal(backups: list[Backup], archive: ArchivedWal, present: Numbers, missing: Numbers) -> None:
    needs = required_wal(backups, wal=archive)

    assert ranges_of(needs.present) == tuple(SegmentRange(*each) for each in present)
    assert needs.gaps() == tuple(SegmentRange(*each) for each in missing)
    assert needs.count == sum(end - first for _timeline, first, end in present)


def test_what_retention_removed_is_not_missed_but_by_a_backup() -> None:
    found = archived(wal(1, 2, 7, 8))
    expired = replace(found, expired={1: IntervalSet.joined([(2, 7)])})

    assert required_wal([B1, B2], wal=found).gaps() == (SegmentRange(1, 3, 7),)
    assert required_wal([B1, B2], wal=expired).gaps() == (SegmentRange(1, 6, 7),)
