# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import InvalidInput
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.lsn import Lsn
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.segment import Segment, SegmentSize

MIB = 1024 * 1024
USUAL = SegmentSize(16 * MIB)


@pytest.mark.parametrize("size_bytes", [MIB << shift for shift in range(11)])
def test_every_size_of_postgresql_is_allowed(size_bytes: int) -> None:
    assert SegmentSize(size_bytes).size_bytes == size_bytes


@pytest.mark.parametrize("size_bytes", [0, -MIB, MIB // 2, 3 * MIB, 2048 * MIB, 16 * MIB + 1])
def test_other_sizes_are_refused(size_bytes: int) -> None:
    with pytest.raises(InvalidInput) as caught:
        SegmentSize(size_bytes)
    assert caught.value.code == "invalid-segment-size"


def test_segment_survives_the_round_trip() -> None:
    segment = Segment.parse("0000000200000001000000FF", size=USUAL)
    assert (segment.timeline, segment.number) == (2, 511)
    assert str(segment) == "0000000200000001000000FF"
    assert str(segment.next()) == "000000020000000200000000"


@pytest.mark.parametrize("name", ["00000002.history", "0000000200000001000000FF.partial", "x"])
def test_what_is_no_segment_is_refused(name: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        Segment.parse(name, size=USUAL)
    assert caught.value.code == "invalid-segment-name"


def test_a_position_on_the_border_belongs_to_the_following_segment() -> None:
    assert str(Segment.containing(Lsn.parse("0/3FFFFFF"), timeline=1, size=USUAL)) == "000000010000000000000003"
    following = Segment.containing(Lsn.parse("0/4000000"), timeline=1, size=USUAL)
    assert str(following) == "000000010000000000000004"
    assert (str(following.start), str(following.end)) == ("0/4000000", "0/5000000")
