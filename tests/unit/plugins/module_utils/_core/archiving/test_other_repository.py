# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.archiving.other_repository import OtherRepository
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.interval_set import IntervalSet
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.listing import StoredWal
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.segment import SegmentSize

SIZE = SegmentSize(16 * 1024 * 1024)


def stored(*bounds: int, timeline: int = 1, expired: tuple[int, ...] = ()) -> StoredWal:
    return StoredWal({timeline: IntervalSet(bounds)}, (), SIZE, {timeline: IntervalSet(expired)})


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        pytest.param(stored(3, 9), (0, None, False), id="all"),
        pytest.param(stored(1, 20), (0, None, False), id="more"),
        pytest.param(stored(3, 7), (2, "000000010000000000000007", False), id="what is on its way"),
        pytest.param(stored(3, 4, 5, 6), (4, "000000010000000000000004", True), id="a hole and the end"),
        pytest.param(stored(5, 9, expired=(1, 5)), (0, None, False), id="what its retention has removed"),
        pytest.param(stored(3, 9, timeline=2), (6, "000000010000000000000003", True), id="another timeline"),
    ],
)
def test_what_it_lacks_is_counted(own: StoredWal, expected: tuple[int, str | None, bool]) -> None:
    found = OtherRepository.compared("far", is_required=True, first=stored(3, 9), own=own)
    assert (found.lacking_count, found.first_lacking, found.is_behind) == expected
