# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where recoveries end windows do, and a new backup is asked for until there is one."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.catalogue.catalogue import Catalogue, catalogue_of
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.catalogue.record import Backup
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.catalogue.recovery_end import RecoveryEnd
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.archive import ArchivedWal
from in_segments import FORK_IN_5, SIZE, backup, position, wal, windows

SECOND = backup("b2", 6.5, 6.75)


def seen(*ends: tuple[int, float], backups: Sequence[Backup], timelines: Sequence[int] = (1,)) -> Catalogue:
    names = [name for timeline in timelines for name in wal(timeline, *range(2 if timeline == 1 else 5, 10))]
    histories = {2: FORK_IN_5} if 2 in timelines else {}
    return catalogue_of(
        backups,
        wal=ArchivedWal.of(names, histories=histories, segment_size=SIZE),
        ends=[RecoveryEnd(timeline, position(place), "S") for timeline, place in ends],
    )


B1 = backup("b1", 2.5, 2.75)


@pytest.mark.parametrize(
    ("ends", "backups", "expected", "asked"),
    [
        pytest.param([], [B1], [("b1", 2.75, 10.0, 1)], False, id="none"),
        pytest.param([(1, 4.5)], [B1], [("b1", 2.75, 4.5, 1)], True, id="behind the only backup"),
        pytest.param(
            [(1, 4.5)], [B1, SECOND], [("b1", 2.75, 4.5, 1), ("b2", 6.75, 10.0, 1)], False, id="with a backup since"
        ),
        pytest.param([(1, 2.5)], [SECOND], [("b2", 6.75, 10.0, 1)], False, id="before every backup"),
        pytest.param(
            [(1, 4.5), (1, 4.6), (1, 8.5)],
            [B1, SECOND],
            [("b1", 2.75, 4.5, 1), ("b2", 6.75, 8.5, 1)],
            True,
            id="several",
        ),
    ],
)
def test_windows_end_and_a_backup_is_asked_for(
    ends: list[tuple[int, float]], backups: list[Backup], expected: list[tuple[str, float, float, int]], asked: bool
) -> None:
    found = seen(*ends, backups=backups)
    assert windows(found) == expected
    assert [end.lsn for end in found.unmet_ends] == ([position(ends[-1][1])] if asked else [])
    assert all("take a new backup" in end.attention for end in found.unmet_ends)
    assert not found.gaps


def test_end_on_a_part_that_the_cluster_left_asks_for_nothing() -> None:
    found = seen((1, 8.5), backups=[B1], timelines=(1, 2))
    assert found.unmet_ends == ()
    assert ("b1", 2.75, 8.5, 1) in windows(found) and ("b1", 2.75, 10.0, 2) in windows(found)
