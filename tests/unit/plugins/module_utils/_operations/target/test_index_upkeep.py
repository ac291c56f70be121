# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The index grows from its newest end, and no trouble with it is anybody's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain, count, repeat
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.repository.layout import wal_facts_key
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.archive import ArchivedWal
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.host.runner import Result
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.cluster_folder import ClusterFolder
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.wal.segment_index import SegmentIndex
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.target.index_state import lacks_segments
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.target.index_upkeep import update_index
from fake_runner import FakeRunner

CHANGE = (
    "rmgr: XLOG len (rec/tot): 54/54, tx: 0, lsn: 0/{number:X}00100, prev 0/28, desc: PARAMETER_CHANGE "
    "max_connections=25 max_worker_processes=8 max_wal_senders=0 max_prepared_xacts=0 max_locks_per_xact=64 "
    "wal_level=minimal wal_log_hints=off track_commit_timestamp=off\n"
)
LAST = 40


class Minimal(FakeRunner):
    """WAL in which segments 20 and 40 have a restart with wal_level minimal; or a program that always fails."""

    def __init__(self, *, fails: bool = False) -> None:
        self.read: list[tuple[int, int]] = []
        self._fails = fails

    def answer(self, argv: tuple[str, ...]) -> Result:
        first, last = int(argv[-2][16:], 16), int(argv[-1][16:], 16)
        self.read.append((first, last))
        if self._fails:
            return Result(argv, 1, "", "pg_waldump: error: out of memory")
        lines = [CHANGE.format(number=number) for number in (20, 40) if first <= number <= last]
        return Result(argv, 0, "".join(lines), "")


@pytest.fixture
def archive(folder: ClusterFolder, make_segment: Callable[..., Path], data_directory: Path) -> ClusterFolder:
    for number in range(3, LAST + 1):
        folder.store_wal(str(make_segment(number)), data_directory=str(data_directory), compression="gzip")
    return folder


def update(
    archive: ClusterFolder,
    runner: FakeRunner,
    *,
    clock: Iterator[float] | None = None,
    look_back: int | None = None,
    keeps: bool = True,
) -> list[int]:
    """The megabytes at which recoveries end."""
    ticks = clock or (0.0 for _tick in count())
    ends = update_index(
        archive,
        wal=ArchivedWal.stored(archive.stored_wal(), histories={}),
        bin_directory="/bin",
        version=15,
        runner=runner,
        seconds=10,
        look_back=look_back,
        keeps=keeps,
        clock=lambda: next(ticks),
    )
    return [end.lsn.value >> 20 for end in ends]


def known(archive: ClusterFolder) -> list[int]:
    index = SegmentIndex(archive.storage)
    return [number for number in range(3, LAST + 1) if index.facts(f"00000001000000000000{number:04X}") is not None]


def test_everything_but_the_newest_is_known_afterwards_and_not_read_again(archive: ClusterFolder) -> None:
    assert update(archive, Minimal()) == [20, 40]
    assert known(archive) == list(range(3, LAST))
    again = Minimal()
    assert update(archive, again) == [20, 40]
    assert again.read == [(LAST, LAST)]


def test_newest_come_first_and_time_is_limited(archive: ClusterFolder) -> None:
    runner = Minimal()
    # One tick for the limit, four for the newest batch, five for the next one and its successor, which stays at hand.
    assert update(archive, runner, clock=chain([0.0] * 9, repeat(11.0))) == [40]
    assert (len(runner.read), known(archive)) == (2, list(range(33, LAST)))


def test_batch_that_was_begun_ends_between_segments_without_a_trace(archive: ClusterFolder) -> None:
    runner = Minimal()
    assert update(archive, runner, clock=chain([0.0] * 7, repeat(11.0))) == [40]
    assert (len(runner.read), known(archive)) == (1, list(range(37, LAST)))


@pytest.mark.parametrize(("more_than", "lacks"), [(0, True), (1, False), (37, False)])
def test_what_is_lacking_is_counted(archive: ClusterFolder, *, more_than: int, lacks: bool) -> None:
    wal = ArchivedWal.stored(archive.stored_wal(), histories={})
    assert lacks_segments(archive, wal=wal, more_than=37)
    update(archive, Minimal())
    assert lacks_segments(archive, wal=wal, more_than=more_than) is lacks


def test_older_ones_are_not_looked_at_by_who_looks_back_little(archive: ClusterFolder) -> None:
    assert update(archive, Minimal(), look_back=5) == [40]
    assert known(archive) == list(range(36, LAST))


def test_program_that_fails_is_nobodys_trouble(archive: ClusterFolder) -> None:
    assert update(archive, Minimal(fails=True)) == []
    assert known(archive) == []


def test_segments_that_retention_removed_leave_the_index(archive: ClusterFolder) -> None:
    update(archive, Minimal())
    Path(str(archive.find_wal("000000010000000000000014"))).unlink()
    # The newest is read each time, so the file of their log is written again.
    assert update(archive, Minimal()) == [40]


def test_who_keeps_nothing_knows_as_much_and_writes_nothing(archive: ClusterFolder) -> None:
    assert update(archive, Minimal(), keeps=False) == [20, 40]
    assert known(archive) == []


def test_notes_go_with_the_wal_that_they_are_of(archive: ClusterFolder) -> None:
    old = wal_facts_key("0000000100000001000000FF")
    archive.storage.put(old, [b"{}"])
    update(archive, Minimal(), keeps=False)
    assert archive.storage.stat(old) is not None
    update(archive, Minimal())
    assert archive.storage.stat(old) is None and known(archive) != []
