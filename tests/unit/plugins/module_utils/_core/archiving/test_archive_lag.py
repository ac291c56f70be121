# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.archiving.archive_lag import (
    ArchiveLag,
    WalPosition,
    WrittenWal,
    archive_lag,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.archiving.archive_status import ArchiveStatus
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.interval_set import IntervalSet
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.listing import StoredWal
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.lsn import Lsn
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.segment import SegmentSize
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.timeline import TimelineHistory, TimelineSwitch

MIB = 1 << 20
STORED = StoredWal({1: IntervalSet((2, 4))}, (), SegmentSize(MIB))
SECOND = TimelineHistory(2, (TimelineSwitch(1, Lsn(3 * MIB + 100)),))
NOW = 1000.0


def segment(number: int, *, timeline: int = 1) -> str:
    return f"{timeline:08X}00000000{number:08X}"


def status_of(ready: dict[str, float] | None = None, done: dict[str, float] | None = None) -> ArchiveStatus:
    """Files that wait, and files that were archived, by name with when they were finished."""
    entries = [(f"{name}.ready", at, at) for name, at in (ready or {}).items()]
    return ArchiveStatus.of([*entries, *((f"{name}.done", at, at + 1) for name, at in (done or {}).items())])


def written(position: int, *, history: TimelineHistory | None = None, switch_seconds: int | None = None) -> WrittenWal:
    """A server that writes there now."""
    own = history or TimelineHistory(1)
    return WrittenWal(WalPosition(own.timeline, Lsn(position)), NOW, history=own, switch_seconds=switch_seconds)


@pytest.mark.parametrize(
    ("at", "status", "size_bytes", "until"),
    [
        pytest.param(None, status_of(), None, None, id="standby, or a server that crashed"),
        pytest.param(written(4 * MIB + 4096), status_of(), 4096, 4 * MIB, id="in the segment after the last stored"),
        pytest.param(written(3 * MIB), status_of(), 0, 4 * MIB, id="repository ahead"),
        pytest.param(written(5 * MIB, history=TimelineHistory(3)), status_of(), None, None, id="nothing of it stored"),
        pytest.param(
            written(3 * MIB + 500, history=SECOND),
            status_of(),
            400,
            3 * MIB + 100,
            id="nothing stored since the switch",
        ),
        pytest.param(
            written(4 * MIB + 1, history=SECOND),
            status_of({segment(2): 1.0}),
            MIB + 1 - 100,
            3 * MIB + 100,
            id="a stored segment that waits does not count",
        ),
        pytest.param(
            written(5 * MIB),
            status_of({segment(1): 1.0, segment(4): 2.0}),
            4 * MIB,
            MIB,
            id="a hole that still waits to be archived",
        ),
        pytest.param(
            written(5 * MIB), status_of({segment(1, timeline=9): 1.0}), MIB, 4 * MIB, id="another timeline's waits"
        ),
    ],
)
def test_bytes_that_only_the_host_has(
    at: WrittenWal | None, status: ArchiveStatus, size_bytes: int | None, until: int | None
) -> None:
    lag = archive_lag(status, now_seconds=NOW, stored=STORED, written=at)

    assert (lag.size_bytes, lag.stored_until) == (size_bytes, None if until is None else Lsn(until))


def test_repository_that_is_away_leaves_what_waits() -> None:
    waiting = status_of({segment(4): NOW - 3.14159, "00000002.history": NOW - 1, segment(5): NOW - 2})

    assert archive_lag(waiting, now_seconds=NOW, stored=None, written=written(6 * MIB)) == ArchiveLag(2, 3.1)


@pytest.mark.parametrize(
    ("at", "status", "seconds"),
    [
        pytest.param(written(4 * MIB + 40), status_of(), 0.0, id="nothing was written since"),
        pytest.param(written(5 * MIB), status_of(), None, id="nobody knows since when"),
        pytest.param(written(5 * MIB), status_of(done={segment(3): 930.0}), 70.0, id="since the last stored one ended"),
        pytest.param(
            written(5 * MIB, switch_seconds=60), status_of(done={segment(3): 10.0}), 60.0, id="a server without changes"
        ),
        pytest.param(
            written(6 * MIB, switch_seconds=60),
            status_of({segment(4): 800.0, segment(5): 850.0}),
            260.0,
            id="the oldest waiting, and what may have stayed in it",
        ),
        pytest.param(
            written(6 * MIB, switch_seconds=60),
            status_of({segment(3): 700.0, segment(4): 900.0}),
            160.0,
            id="stored ahead of its call",
        ),
        pytest.param(
            written(5 * MIB, switch_seconds=60), status_of(done={segment(3): 2000.0}), 0.0, id="the clock was ahead"
        ),
    ],
)
def test_time_whose_changes_would_be_lost(at: WrittenWal, status: ArchiveStatus, seconds: float | None) -> None:
    assert archive_lag(status, now_seconds=NOW, stored=STORED, written=at).loss_seconds == seconds
