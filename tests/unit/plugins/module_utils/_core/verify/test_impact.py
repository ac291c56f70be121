# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What damage means for recovery."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.catalogue.record import Backup
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.verify.impact import backup_impact, segment_impact
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.archive import ArchivedWal
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.segment_range import SegmentRange
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.timeline import TimelineHistory
from in_segments import B1, B2, FORK_IN_5, ON_2, SIZE, backup, wal


def archived(names: Sequence[str], *histories: TimelineHistory) -> ArchivedWal:
    return ArchivedWal.of(names, histories={each.timeline: each for each in histories}, segment_size=SIZE)


WITH_BRANCH = archived([*wal(1, 2, 3, 4, 5, 6, 7), *wal(2, 5, 6, 7)], FORK_IN_5)


@pytest.mark.parametrize(
    ("lost", "archive", "backups", "unusable", "window"),
    [
        pytest.param((1, 4, 5), WITH_BRANCH, [B1, B2], [], ("b1", "0/4000000", "b2"), id="between two backups"),
        pytest.param((1, 2, 3), WITH_BRANCH, [B1, B2], ["b1"], (None, None, "b2"), id="of the oldest backup"),
        pytest.param((1, 7, 8), WITH_BRANCH, [B1, B2], ["b2"], ("b1", "0/7000000", None), id="of the newest backup"),
        pytest.param((1, 3, 7), WITH_BRANCH, [B1, B2], ["b2"], ("b1", "0/3000000", None), id="a stretch"),
        pytest.param((2, 5, 6), WITH_BRANCH, [B1, B2, ON_2], [], ("b1", "0/5000000", "b3"), id="of the new timeline"),
        pytest.param((1, 4, 5), WITH_BRANCH, [B1, ON_2], [], ("b1", "0/4000000", "b3"), id="of its ancestor"),
        pytest.param((1, 6, 7), WITH_BRANCH, [B1, ON_2], [], ("b1", "0/6000000", None), id="of what was abandoned"),
    ],
)
def test_impact_of_segments(
    lost: tuple[int, int, int],
    archive: ArchivedWal,
    backups: list[Backup],
    unusable: list[str],
    window: tuple[str | None, str | None, str | None],
) -> None:
    impact = segment_impact(SegmentRange(*lost), backups=backups, wal=archive)

    assert list(impact.unusable) == unusable
    before, ends_at, after = window
    assert (impact.from_backup, impact.ends_at, impact.resumes_with) == (before, ends_at, after)


def test_impact_of_a_backup_is_all_that_builds_on_it() -> None:
    links = [
        backup("full", 1, 2),
        backup("one", 3, 4, parent="full"),
        backup("two", 5, 6, parent="one"),
        backup("other", 7, 8),
        backup("aside", 9, 10, parent="full"),
    ]

    assert backup_impact("one", backups=links).unusable == ("one", "two")
    assert backup_impact("full", backups=links).unusable == ("full", "one", "aside", "two")
    assert backup_impact("gone", backups=links).unusable == ("gone",)
