# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Looking up backups by timeline and position."""

from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.catalogue.backup_index import BackupIndex
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.catalogue.record import Backup
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.timeline import TimelineHistory
from in_segments import B1, B2, FORK_IN_5, ON_2, SIZE, backup

ON_1 = TimelineHistory(1)
# Begins before b2 and ends after it.
LONG = backup("long", 4.5, 9.5)


@pytest.mark.parametrize(
    ("backups", "history", "expected"),
    [
        pytest.param([], ON_1, None, id="no backup"),
        pytest.param([B1, B2], ON_1, 2, id="two backups"),
        pytest.param([LONG, B2], ON_1, 4, id="one that began early and ended late"),
        pytest.param([B1, B2, ON_2], FORK_IN_5, 2, id="a backup of an ancestor before the fork"),
        pytest.param([B2, ON_2], FORK_IN_5, 6, id="not a backup of an ancestor after the fork"),
        pytest.param([ON_2], ON_1, None, id="not a backup of a descendant"),
    ],
)
def test_first_needed_segment(backups: list[Backup], history: TimelineHistory, expected: int | None) -> None:
    assert BackupIndex(backups, size=SIZE).first_needed(history) == expected


@pytest.mark.parametrize(
    ("backups", "history", "interval", "expected"),
    [
        pytest.param([B1, B2], ON_1, (0, 9), "b1", id="the first to end"),
        pytest.param([B2, B1], ON_1, (3, 9), "b2", id="the first that begins within"),
        pytest.param([B2, LONG], ON_1, (0, 10), "b2", id="whichever order they are given in"),
        pytest.param([LONG], ON_1, (5, 10), None, id="one that began before"),
        pytest.param([B2], ON_1, (0, 7), None, id="one that ends after"),
        pytest.param([B2, ON_2], FORK_IN_5, (0, 9), "b3", id="of the timeline itself"),
        pytest.param([B1, ON_2], FORK_IN_5, (0, 9), "b1", id="of an ancestor"),
        pytest.param([], ON_1, (0, 9), None, id="no backup"),
    ],
)
def test_earliest_backup_within_an_interval(
    backups: list[Backup], history: TimelineHistory, interval: tuple[int, int], expected: str | None
) -> None:
    first, end = interval
    found = BackupIndex(backups, size=SIZE).earliest(history, first=first, end=end)
    assert (None if found is None else found.label) == expected


def test_an_index_without_backups_is_false() -> None:
    assert not BackupIndex([], size=SIZE)
    assert BackupIndex([B1], size=SIZE)
