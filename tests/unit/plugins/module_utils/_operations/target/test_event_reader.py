# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Damaged, Failed
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.archive import ArchivedWal
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.event import WalExtract
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.host.runner import Result
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.cluster_folder import ClusterFolder
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.target.event_reader import EventReader
from fake_runner import FakeRunner
from fixture_files import FIXTURES


class Waldump(FakeRunner):
    """Answers once."""

    def __init__(self, *, rc: int, stdout: str, stderr: str) -> None:
        self._answers = [(rc, stdout, stderr)]

    def answer(self, argv: tuple[str, ...]) -> Result:
        return Result(argv, *self._answers.pop())


@pytest.fixture
def scan(
    folder: ClusterFolder, make_segment: Callable[..., Path], data_directory: Path
) -> Callable[[Waldump], WalExtract]:
    """Reads the segment 3, which is the last one."""
    folder.store_wal(str(make_segment(3)), data_directory=str(data_directory), compression="gzip")
    wal = ArchivedWal.stored(folder.stored_wal(), histories={})

    def read(waldump: Waldump) -> WalExtract:
        with EventReader(folder, wal=wal, live={}, bin_directory="/bin", version=15, runner=waldump) as opened:
            return opened.read(timeline=1, first=3, last=3)

    return read


@pytest.mark.parametrize(
    ("rc", "stderr"),
    [
        pytest.param(0, "", id="a full segment"),
        pytest.param(1, (FIXTURES / "pg_waldump-15-end.txt").read_text(), id="the end in 15"),
        pytest.param(1, (FIXTURES / "pg_waldump-18-end.txt").read_text(), id="the end in 18"),
        pytest.param(1, "pg_waldump: error: could not find a valid record after 0/300000", id="inside of a record"),
    ],
)
def test_end_of_wal_is_no_failure(scan: Callable[[Waldump], WalExtract], rc: int, stderr: str) -> None:
    assert scan(Waldump(rc=rc, stdout="", stderr=stderr)).events == ()


@pytest.mark.parametrize(
    ("rc", "stderr"),
    [
        pytest.param(1, "pg_waldump: error: could not open directory: Permission denied", id="another error"),
        pytest.param(127, "error while loading shared libraries: liblz4.so.1", id="a library is missing"),
        pytest.param(-9, "", id="killed"),
    ],
)
def test_program_that_fails_is_not_taken_for_wal_without_commits(
    scan: Callable[[Waldump], WalExtract], rc: int, stderr: str
) -> None:
    with pytest.raises(Failed) as caught:
        scan(Waldump(rc=rc, stdout="", stderr=stderr))
    assert caught.value.code == "command-failed"


COMMIT = "rmgr: Transaction len (rec/tot): 34/34, tx: {xid}, lsn: {lsn}, prev 0/28, desc: COMMIT {time} UTC\n"


class OneOfEach(FakeRunner):
    """A commit in each of the 1 MiB segments; counts the calls."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, ...]] = []

    def answer(self, argv: tuple[str, ...]) -> Result:
        self.calls.append(argv)
        numbers = range(int(argv[-2][16:], 16), int(argv[-1][16:], 16) + 1)
        lines = [
            COMMIT.format(xid=700 + each, lsn=f"0/{each:X}00028", time="2026-11-22 15:00:00.0") for each in numbers
        ]
        return Result(argv, 0, "".join(lines), "")


@pytest.fixture
def three(folder: ClusterFolder, make_segment: Callable[..., Path], data_directory: Path) -> ClusterFolder:
    for number in (3, 4, 5):
        folder.store_wal(str(make_segment(number)), data_directory=str(data_directory), compression="gzip")
    return folder


def reader(folder: ClusterFolder, runner: FakeRunner) -> EventReader:
    wal = ArchivedWal.stored(folder.stored_wal(), histories={})
    return EventReader(folder, wal=wal, live={}, bin_directory="/bin", version=15, runner=runner)


def test_what_the_index_has_is_not_read_again(three: ClusterFolder) -> None:
    runner = OneOfEach()
    with reader(three, runner) as first:
        assert first.known_facts(timeline=1, first=3, last=5) == (None, None, None)
        first.note(timeline=1, first=3, last=4)
        first.index.save(is_stored=lambda _name: True)
    del runner.calls[:]
    with reader(three, runner) as second:
        assert [each is not None for each in second.known_facts(timeline=1, first=3, last=5)] == [True, True, False]
        assert [each.xids for each in second.facts(timeline=1, first=3, last=5)] == [(703, 703), (704, 704), (705, 705)]
    assert [argv[-2:] for argv in runner.calls] == [("000000010000000000000005", "000000010000000000000005")]


def test_segments_between_known_ones_are_read_in_runs(three: ClusterFolder) -> None:
    runner = OneOfEach()
    with reader(three, runner) as first:
        first.note(timeline=1, first=4, last=4)
        first.index.save(is_stored=lambda _name: True)
    del runner.calls[:]
    with reader(three, runner) as second:
        assert len(second.facts(timeline=1, first=3, last=5)) == 3
    assert [argv[-2][-1] for argv in runner.calls] == ["3", "5"]


def test_segment_whose_last_record_may_go_on_is_not_kept(three: ClusterFolder) -> None:
    """pg_waldump says nothing of a record that ends in a segment that is not there: it may be a commit."""
    with reader(three, OneOfEach()) as first:
        first.note(timeline=1, first=3, last=5)
        kept = [first.index.facts(f"00000001000000000000000{number}") is not None for number in (3, 4, 5)]
    assert kept == [True, True, False]


def test_segment_in_which_the_wal_ends_is_not_kept(three: ClusterFolder) -> None:
    end = "pg_waldump: error: error in WAL record at 0/4FFF80: invalid record length at 0/4FFFA0: wanted 24, got 0"
    with reader(three, Waldump(rc=1, stdout="", stderr=end)) as first:
        with pytest.raises(Damaged):
            first.note(timeline=1, first=4, last=4)
        assert first.index.facts("000000010000000000000004") is None


RUNNING = (
    "rmgr: Standby len (rec/tot): 54/54, tx: 0, lsn: 0/{lsn}, prev 0/28, desc: "
    "RUNNING_XACTS nextXid 717 latestCompletedXid 715 oldestRunningXid 716; 1 xacts: 716\n"
)


def test_snapshots_of_a_segment_leave_nothing_behind(three: ClusterFolder) -> None:
    """Not those of the segment behind it, which is brought only for the record that goes on; events are read anew."""
    dump = Waldump(rc=0, stdout=RUNNING.format(lsn="300028") + RUNNING.format(lsn="400028"), stderr="")
    with reader(three, dump) as first:
        assert [str(each.lsn) for each in first.snapshots(timeline=1, number=3)] == ["0/300028"]
        assert first.known_facts(timeline=1, first=3, last=4) == (None, None)


def test_snapshots_are_not_taken_from_damaged_wal(three: ClusterFolder) -> None:
    end = "pg_waldump: error: error in WAL record at 0/3FFF80: invalid record length at 0/3FFFA0: wanted 24, got 0"
    with reader(three, Waldump(rc=1, stdout="", stderr=end)) as first, pytest.raises(Damaged):
        first.snapshots(timeline=1, number=3)
