# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.event import (
    COMMIT,
    ParameterChange,
    Snapshot,
    TablespaceCreation,
    WalEvent,
    WalExtract,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.lsn import Lsn
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.records.extracts import joined, part_of
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.segment import SegmentSize

SIZE = SegmentSize(1024 * 1024)


def at(segments: float) -> Lsn:
    return Lsn(int(segments * SIZE.size_bytes))


WHOLE = WalExtract(
    (WalEvent(at(1.5), COMMIT), WalEvent(at(2.5), COMMIT)),
    at(3.5),
    parameter_changes=(ParameterChange(at(2.1), "replica"),),
    tablespaces=(TablespaceCreation(at(3.1), 1, "/x"),),
    snapshots=(Snapshot(at(1.1), is_whole=False), Snapshot(at(2.2), is_whole=True)),
)


def test_parts_joined_are_the_whole() -> None:
    assert joined([part_of(WHOLE, number=number, size=SIZE) for number in (1, 2, 3)]) == WHOLE


def test_what_several_commands_found_is_put_in_order() -> None:
    other = WalExtract((WalEvent(at(2), COMMIT),), at(3.5))
    assert [event.lsn for event in joined([WHOLE, other]).events] == [at(1.5), at(2), at(2.5)]
    assert joined([]) == WalExtract(())


@pytest.mark.parametrize(("number", "end"), [(1, None), (2, None), (3, at(3.5)), (4, at(3.5))])
def test_segment_ends_only_where_the_wal_does(number: int, end: Lsn | None) -> None:
    assert part_of(WHOLE, number=number, size=SIZE).end == end
