# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Windows and usable backups of a repository."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.catalogue.record import Backup
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.timeline import TimelineHistory
from in_segments import B1, B2, FORK_IN_5, ON_2, catalogue, history, wal, windows


@pytest.mark.parametrize(
    ("backups", "names", "histories", "expected"),
    [
        pytest.param([], wal(1, 1, 2), [], [], id="no backup"),
        pytest.param([B1], [], [], [], id="no WAL"),
        pytest.param([B1], wal(1, 1, 2), [], [("b1", 2.75, 3, 1)], id="only what the backup needs"),
        pytest.param([B1], wal(1, 1, 2, 3, 4), [], [("b1", 2.75, 5, 1)], id="one window"),
        pytest.param([B1], wal(1, 3, 4), [], [], id="the backup's own segment is missing"),
        pytest.param([B2], wal(1, 6, 8), [], [], id="the backup's last segment is missing"),
        pytest.param(
            [B1, B2], wal(1, 2, 3, 4, 5, 6, 7, 8), [], [("b1", 2.75, 9, 1)], id="a second backup within the window"
        ),
        pytest.param(
            [B1, B2],
            wal(1, 2, 3, 6, 7, 8),
            [],
            [("b1", 2.75, 4, 1), ("b2", 7.25, 9, 1)],
            id="a gap between two backups",
        ),
        pytest.param(
            [B1],
            [*wal(1, 2, 3, 4), *wal(2, 5, 6), "00000002.history"],
            [FORK_IN_5],
            [("b1", 2.75, 7, 2)],
            id="a promotion continues the window",
        ),
        pytest.param(
            [B1],
            [*wal(1, 2, 3, 4, 5, 6, 7), *wal(2, 5, 6), "00000002.history"],
            [FORK_IN_5],
            [("b1", 2.75, 8, 1), ("b1", 2.75, 7, 2)],
            id="a recovery to an earlier moment leaves both branches",
        ),
        pytest.param(
            [B1],
            [*wal(1, 2, 3, 4), "00000002.history"],
            [FORK_IN_5],
            [("b1", 2.75, 5, 1)],
            id="a switch that no segment follows",
        ),
        pytest.param(
            [B1, B2],
            [*wal(1, 2, 3, 4, 5, 6, 7), *wal(2, 5, 6), "00000002.history"],
            [FORK_IN_5],
            [("b1", 2.75, 8, 1), ("b1", 2.75, 7, 2)],
            id="a backup behind the fork is not of the new timeline",
        ),
        pytest.param(
            [ON_2],
            [*wal(1, 2, 3, 4), *wal(2, 5, 6, 7), "00000002.history"],
            [FORK_IN_5],
            [("b3", 6.5, 8, 2)],
            id="a backup on the new timeline",
        ),
        pytest.param([ON_2], wal(2, 6, 7), [FORK_IN_5], [("b3", 6.5, 8, 2)], id="WAL of the new timeline is enough"),
        pytest.param([ON_2], wal(2, 6, 7), [], [], id="no recovery gets onto a timeline without its history"),
        pytest.param(
            [B1, ON_2],
            [*wal(1, 2, 3), *wal(2, 6, 7)],
            [],
            [("b1", 2.75, 4, 1)],
            id="the first timeline needs no history",
        ),
        pytest.param(
            [B1],
            [*wal(1, 2, 3, 4), *wal(2, 5), *wal(3, 6, 7, 8), "00000002.history", "00000003.history"],
            [FORK_IN_5, history(3, (1, 5.5), (2, 6.25))],
            [("b1", 2.75, 9, 3)],
            id="two promotions",
        ),
    ],
)
def test_windows(
    backups: Sequence[Backup],
    names: Sequence[str],
    histories: Sequence[TimelineHistory],
    expected: list[tuple[str, float, float, int]],
) -> None:
    assert windows(catalogue(backups, names, histories)) == expected


def test_usable_backups_have_their_own_wal() -> None:
    assert catalogue([B1, B2], wal(1, 2, 3, 6)).usable == {"b1"}


def test_backup_on_a_timeline_without_history_is_not_usable() -> None:
    assert catalogue([ON_2], wal(2, 6, 7)).usable == frozenset()
    assert catalogue([ON_2], wal(2, 6, 7), [FORK_IN_5]).usable == {"b3"}


def test_backup_by_label() -> None:
    found = catalogue([B2, B1], wal(1, 2))
    assert [each.label for each in found.backups] == ["b1", "b2"]
    assert found.backup("b2") == B2
    assert found.backup("b9") is None
