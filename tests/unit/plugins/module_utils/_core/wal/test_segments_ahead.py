# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.segments_ahead import segments_ahead

MIB = 1 << 20


@pytest.mark.parametrize(("size_mib", "count"), [(1, 16), (16, 8), (64, 2), (128, 1), (1024, 1)], ids=str)
def test_what_is_ahead_is_bounded_in_bytes_and_number(size_mib: int, count: int) -> None:
    assert len(segments_ahead("000000010000000000000001", size_bytes=size_mib * MIB, until=None)) == count


def test_logs_follow_each_other_and_the_timeline_stays() -> None:
    found = segments_ahead("0000000300000001000000FE", size_bytes=16 * MIB, until=None)
    assert found[:2] == ("0000000300000001000000FF", "000000030000000200000000")


@pytest.mark.parametrize(
    ("until", "last"),
    [
        ("000000010000000000000005", "000000010000000000000005"),
        # The recovery ends on another timeline.
        ("000000020000000000000005", "000000010000000000000005"),
        ("000000010000000000000003", None),
        ("000000010000000000000002", None),
    ],
)
def test_nothing_behind_what_is_needed(until: str, last: str | None) -> None:
    found = segments_ahead("000000010000000000000003", size_bytes=16 * MIB, until=until)
    assert (found[-1] if found else None) == last
