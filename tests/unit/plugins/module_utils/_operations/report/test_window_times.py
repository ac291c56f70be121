# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.catalogue.window import Window
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Damaged, Failed, Missing, PitrError
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.archive import ArchivedWal
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.event import ABORT, COMMIT, WalEvent, WalExtract
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.interval_set import IntervalSet
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.lsn import Lsn
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.segment import SegmentSize
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.host.runner import SystemRunner
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.cluster_folder import ClusterFolder
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.report import window_times

SIZE = SegmentSize(1 << 20)
NOON = datetime(2026, 9, 15, 12, tzinfo=timezone.utc)
WAL = ArchivedWal({1: IntervalSet((0, 500))}, {}, SIZE)


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def window(first: int, end: int) -> Window:
    """From the beginning of a segment to the end of another; the backup ends a minute before its first commit."""
    return Window(SIZE.start_of(first), SIZE.start_of(end), 1, f"b{first}", at(first))


class MadeUpScan:
    """A commit in each segment that is in ``commits``, an abort in all others; counts what is read."""

    commits: frozenset[int] = frozenset(range(500))
    read_count = 0
    fault: PitrError | None = None

    def __init__(self, _folder: ClusterFolder, **_options: object) -> None:
        MadeUpScan.read_count = 0

    def __enter__(self) -> MadeUpScan:
        return self

    def __exit__(self, *_error: object) -> None:
        return

    def read(self, *, timeline: int, first: int, last: int) -> WalExtract:
        MadeUpScan.read_count += last - first + 1
        if self.fault is not None:
            raise self.fault
        return WalExtract(
            tuple(
                WalEvent(Lsn((number << 20) + 100), COMMIT if number in self.commits else ABORT, 3, at(number + 1))
                for number in range(first, last + 1)
            )
        )


@pytest.fixture
def look_up(monkeypatch: pytest.MonkeyPatch, folder: ClusterFolder):
    monkeypatch.setattr(window_times, "EventReader", MadeUpScan)

    def look_up(*windows: Window, commits: frozenset[int] = frozenset(range(500))) -> list[datetime | None]:
        monkeypatch.setattr(MadeUpScan, "commits", commits)
        found, look_up.faults = window_times.with_times(
            windows, folder=folder, wal=WAL, bin_directory="/bin", version=15, runner=SystemRunner()
        )
        return [each.to_time for each in found]

    return look_up


@pytest.mark.parametrize(
    ("commits", "expected"),
    [
        pytest.param({199}, at(200), id="in the last segment"),
        pytest.param({150, 160}, at(161), id="some segments back"),
        pytest.param({110}, None, id="farther back than is looked"),
        pytest.param(set(), None, id="none as far as is looked"),
    ],
)
def test_window_ends_with_its_last_commit(look_up, commits: set[int], expected: datetime | None) -> None:
    assert look_up(window(100, 200), commits=frozenset(commits)) == [expected]
    assert MadeUpScan.read_count <= 64


def test_window_without_a_commit_ends_where_it_begins(look_up) -> None:
    assert look_up(window(100, 110), commits=frozenset({99, 110})) == [at(100)]


def test_newest_windows_are_looked_up(look_up) -> None:
    windows = [window(first, first + 2) for first in range(100, 300, 10)]
    ends = [at(first + 2) for first in range(100, 300, 10)]
    assert look_up(*windows) == [None] * 4 + ends[4:]
    assert look_up(*reversed(windows)) == [*reversed(ends[4:]), *[None] * 4]


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        pytest.param(Damaged("segment 9 is damaged", code="segment-damaged"), True, id="damaged"),
        pytest.param(Failed("pg_waldump failed", code="command-failed"), True, id="the program failed"),
        pytest.param(Missing("segment 9 is gone", code="segment-missing"), False, id="retention was faster"),
    ],
)
def test_wal_that_cannot_be_read_is_named_once(
    look_up, fault: PitrError, told: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(MadeUpScan, "fault", fault)
    assert look_up(window(100, 110), window(120, 130)) == [None, None]
    assert look_up.faults == ((f"the end of a window is not known: {fault}",) if told else ())
