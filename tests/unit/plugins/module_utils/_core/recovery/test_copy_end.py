# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A copy without a target reads no more than the plan has looked at."""

from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.recovery.copy_end import CopyEnd
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.lsn import Lsn
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.segment import SegmentSize

MIB = 1 << 20
LESS = 16 * MIB - 8


@pytest.mark.parametrize(
    ("lsn", "timeline", "size_mib", "expected"),
    [
        pytest.param("0/3000028", 1, 16, ("000000010000000000000002", "000000010000000000000003", 40), id="within"),
        pytest.param("0/4000000", 1, 16, ("000000010000000000000003", None, 0), id="at the end of a segment"),
        pytest.param(
            "0/3FFFFF8", 2, 16, ("000000020000000000000002", "000000020000000000000003", 16 * MIB - 8), id="8"
        ),
        pytest.param("1/0", 3, 16, ("0000000300000000000000FF", None, 0), id="at the end of a log"),
        pytest.param("1/10", 3, 1, ("000000030000000000000FFF", "000000030000000100000000", 16), id="small segments"),
    ],
)
def test_end(lsn: str, timeline: int, size_mib: int, expected: tuple[str, str | None, int]) -> None:
    end = CopyEnd.at(Lsn.parse(lsn), timeline=timeline, size=SegmentSize(size_mib * MIB))
    assert (end.last_whole, end.cut, end.cut_bytes) == expected
