# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""With which snapshots a hot standby begins."""

from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.target.hot_standby_start import (
    hot_standby_begins,
    is_met,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.event import Snapshot
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.lsn import Lsn

START = Lsn.parse("0/3000028")
LAST_XID = 0xFFFFFFFF


def partial(*, oldest: int, next_xid: int, lsn: Lsn = START) -> Snapshot:
    return Snapshot(lsn, is_whole=False, oldest_xid=oldest, next_xid=next_xid)


FIRST = partial(oldest=725, next_xid=796)


@pytest.mark.parametrize(
    ("snapshots", "met"),
    [
        pytest.param([], False, id="none"),
        pytest.param([Snapshot(START, is_whole=True, oldest_xid=716, next_xid=717)], True, id="a whole one"),
        pytest.param([FIRST], False, id="a partial one"),
        pytest.param([FIRST, Snapshot(START, is_whole=True)], True, id="a whole one follows"),
        pytest.param([FIRST, partial(oldest=725, next_xid=900)], False, id="the same still runs"),
        pytest.param([FIRST, partial(oldest=795, next_xid=900)], False, id="its last subtransaction runs"),
        pytest.param([FIRST, partial(oldest=796, next_xid=900)], True, id="another one runs"),
        pytest.param(
            [partial(oldest=5, next_xid=3), partial(oldest=3, next_xid=90)], True, id="the numbers have begun anew"
        ),
        pytest.param(
            [partial(oldest=LAST_XID - 5, next_xid=3), partial(oldest=LAST_XID, next_xid=90)],
            False,
            id="across the end",
        ),
    ],
)
def test_hot_standby_begins_with_what_it_knows_whole(snapshots: list[Snapshot], met: bool) -> None:
    assert is_met(snapshots) is met


class Segments:
    """Segments that have these snapshots; keeps which of them were read."""

    def __init__(self, **found: Snapshot) -> None:
        self._found = {int(name[1:]): snapshot for name, snapshot in found.items()}
        self.read_numbers: list[int] = []

    def snapshots(self, *, timeline: int, number: int) -> tuple[Snapshot, ...]:
        assert timeline == 1
        self.read_numbers.append(number)
        return (self._found[number],) if number in self._found else ()


def begins(reader: Segments, *, stop: str = "0/6000000") -> bool:
    return hot_standby_begins(reader, timeline=1, first=3, last=5, start=START, stop=Lsn.parse(stop))


def test_nothing_is_read_beyond_the_first_whole_snapshot() -> None:
    reader = Segments(s3=Snapshot(START, is_whole=True))
    assert begins(reader)
    assert reader.read_numbers == [3]


def test_snapshot_before_the_backup_or_behind_the_target_does_not_count() -> None:
    before = Snapshot(START + -1, is_whole=True)
    behind = Snapshot(Lsn.parse("0/5000028"), is_whole=True)
    assert not begins(Segments(s3=before))
    assert not begins(Segments(s5=behind), stop="0/5000028")
    assert begins(Segments(s5=behind), stop="0/5000029")
