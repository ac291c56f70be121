# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Gaps of the archived WAL."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.catalogue.catalogue import ArchivedWal, catalogue_of
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.catalogue.record import Backup
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.listing import StoredWal
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.timeline import TimelineHistory
from in_segments import B1, B2, FORK_IN_5, SIZE, catalogue, wal, windows


@pytest.mark.parametrize(
    ("backups", "names", "histories", "expected"),
    [
        pytest.param([], [], [], [], id="nothing"),
        pytest.param([B1], wal(1, 1, 2, 3), [], [], id="unbroken"),
        pytest.param([], wal(1, 1, 3, 6), [], [(wal(1, 2, 2)), wal(1, 4, 5)], id="two gaps"),
        pytest.param([B2], wal(1, 1, 3, 6, 7, 9), [], [wal(1, 8, 8)], id="gaps before the oldest backup do not count"),
        pytest.param([B1], wal(1, 3, 4), [], [wal(1, 2, 2)], id="what the oldest backup needs"),
        pytest.param(
            [B1],
            [*wal(1, 2, 3), *wal(2, 6)],
            [FORK_IN_5],
            [wal(1, 4, 4), wal(2, 5, 5)],
            id="a gap across a switch is named on both sides",
        ),
        pytest.param(
            [B1], [*wal(1, 2, 3, 4), *wal(2, 5, 6)], [FORK_IN_5], [], id="a switch within a segment is no gap"
        ),
        pytest.param([B1], wal(1, 2, 2_000_000), [], [wal(1, 3, 1_999_999)], id="a huge gap is one line"),
    ],
)
def test_gaps(
    backups: Sequence[Backup],
    names: Sequence[str],
    histories: Sequence[TimelineHistory],
    expected: list[list[str]],
) -> None:
    found = catalogue(backups, names, histories).gaps
    assert [[gap.first_segment, gap.last_segment] for gap in found] == expected


@pytest.mark.parametrize(
    ("names", "damaged", "ends", "expected"),
    [
        pytest.param(wal(1, 2, 3, 4), wal(1, 4), [4], [(wal(1, 4, 4), [0])], id="the last segment"),
        pytest.param(wal(1, 2, 3, 4, 5), wal(1, 4, 5), [4], [(wal(1, 4, 5), [0])], id="the last two"),
        pytest.param(wal(1, 2, 3, 4, 5), wal(1, 3, 5), [3], [(wal(1, 3, 3), [0]), (wal(1, 5, 5), [])], id="two places"),
        pytest.param(wal(1, 2), wal(1, 2), [], [(wal(1, 2, 2), [])], id="all there is"),
        pytest.param(
            [*wal(1, 2, 3, 4, 5), *wal(2, 5, 6)], wal(2, 5, 6), [6], [(wal(2, 5, 6), [])], id="all of a timeline"
        ),
    ],
)
def test_damage_at_the_end_is_a_gap(
    names: list[str], damaged: list[str], ends: list[float], expected: list[tuple[list[str], list[int]]]
) -> None:
    stored = StoredWal.of(names, size=SIZE)
    found = catalogue_of([B1], wal=ArchivedWal.stored(stored, histories={2: FORK_IN_5}, damaged=damaged))
    assert [end for _label, _start, end, _timeline in windows(found)] == ends
    assert [([gap.first_segment, gap.last_segment], list(gap.ended)) for gap in found.gaps] == expected
    assert {gap.reason for gap in found.gaps} == {"damaged"}
