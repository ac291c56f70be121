# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where segments wait, a call stores more than its own; nothing is ever taken for stored that is not."""

from __future__ import annotations

import fcntl
import os
import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from support.archive import Archive
from support.cluster import Cluster
from support.workbench import Workbench

pytestmark = pytest.mark.versions(15, 18)

KEEP = {"wal_keep_size": "512MB", "max_wal_size": "1GB"}
NEVER = {"archive_mode": "on", "archive_command": "false", **KEEP}


def marks_of(archive: Archive) -> Path:
    """Where it is written what was stored ahead."""
    return archive.cluster.data / "pg_wal" / "pgpitr_ahead"


def is_at_rest(archive: Archive) -> bool:
    """Whether no process stores ahead any more."""
    for path in marks_of(archive).glob(".slot*"):
        with path.open() as stream:
            try:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
    return True


def wait_for_rest(archive: Archive) -> None:
    """Wait until no process stores ahead any more, and see that each was bounded."""
    archive.cluster.wait_until(lambda: is_at_rest(archive), what="nothing is stored ahead any more", timeout_seconds=30)


def push(archive: Archive, name: str) -> tuple[int, str]:
    """What PostgreSQL's call for one segment gave."""
    done = archive.run("archive-push", f"pg_wal/{name}")
    return done.returncode, done.stderr


@pytest.fixture
def archive(make_cluster: Callable[..., Cluster], workbench: Workbench) -> Archive:
    """A cluster with segments of 1 MB, none of which was archived yet."""
    return Archive(workbench, make_cluster(settings=NEVER, segment_size_mb=1)).install()


class Watcher(threading.Thread):
    """Looks at the archive all the time, and notes each hole: a segment that is not there although a later one is."""

    def __init__(self, archive: Archive, names: list[str]) -> None:
        super().__init__()
        self._archive = archive
        self._names = names
        self._ends = threading.Event()
        self.looks = 0
        self.holes: list[str] = []

    def run(self) -> None:
        while not self._ends.is_set():
            # Backwards: what is stored between two looks comes behind the one that was looked at before.
            later = False
            for name in reversed(self._names):
                there = bool(list((self._archive.path / "wal" / name[:8] / name[8:16]).glob(f"{name}*")))
                if later and not there:
                    self.holes.append(name)
                later = later or there
            self.looks += 1

    def stop(self) -> None:
        self._ends.set()
        self.join()


def test_queue_is_archived_in_order_without_a_failure(archive: Archive) -> None:
    names = archive.finish_segments(60)
    watcher = Watcher(archive, names)
    watcher.start()
    cluster = archive.turn_on().cluster
    archive.wait_for(names)
    cluster.wait_until(
        lambda: cluster.value("SELECT last_archived_wal FROM pg_stat_archiver") >= names[-1], what="all calls are made"
    )
    watcher.stop()
    assert watcher.looks > 10
    assert watcher.holes == []
    # Those were of the command before.
    assert cluster.value("SELECT last_failed_wal FROM pg_stat_archiver") <= names[0]
    for name in names:
        archive.assert_same(name)
    wait_for_rest(archive)
    assert archive.leftovers() == []
    assert [path for path in marks_of(archive).iterdir() if not path.name.startswith(".slot")] == []


@pytest.mark.versions(18)
def test_call_for_one_stores_what_waits_behind_it(archive: Archive) -> None:
    first, *others = archive.finish_segments(10)
    assert push(archive, first) == (0, "")
    wait_for_rest(archive)
    before = {name: archive.stored(name)[0].stat().st_ino for name in others}
    for name in others:
        assert (marks_of(archive) / name).exists()
        assert push(archive, name) == (0, "")
        assert not (marks_of(archive) / name).exists()
        archive.assert_same(name)
    assert {name: archive.stored(name)[0].stat().st_ino for name in others} == before
    # What comes again is compared.
    assert push(archive, others[0]) == (0, "")


@pytest.mark.versions(15)
def test_nothing_is_left_open_for_whoever_waits_for_the_call(archive: Archive) -> None:
    first, second, third = archive.finish_segments(3)
    marks_of(archive).mkdir(mode=0o700)
    (marks_of(archive) / second).touch(mode=0o600)
    for path in (marks_of(archive), marks_of(archive) / second):
        archive.os_user.own(path)
    with (marks_of(archive) / second).open("r+") as stream:
        # As long as somebody stores the second segment, the third one waits for that.
        fcntl.flock(stream, fcntl.LOCK_EX)
        # Its output is read to the end, which only comes when nobody holds the pipe any more.
        assert push(archive, first) == (0, "")
        assert not is_at_rest(archive)
        assert archive.stored(third) == []
    wait_for_rest(archive)
    # Whoever held the second one has not stored it.
    assert archive.stored(third) == []


@pytest.mark.versions(18)
def test_mark_does_not_count_once_the_repository_lost_the_segment(archive: Archive) -> None:
    first, second, third = archive.finish_segments(3)
    push(archive, first)
    wait_for_rest(archive)
    shutil.rmtree(archive.path / "wal")
    assert push(archive, second) == (0, "")
    archive.assert_same(second)
    (stored,) = archive.stored(second)
    wait_for_rest(archive)
    assert push(archive, third) == (0, "")
    archive.assert_same(third)
    assert stored.exists()


@pytest.mark.versions(15)
def test_mark_does_not_count_in_another_repository(archive: Archive, workbench: Workbench) -> None:
    first, second = archive.finish_segments(2)
    push(archive, first)
    wait_for_rest(archive)
    assert (marks_of(archive) / second).exists()
    other = Archive(workbench, archive.cluster)
    other.repository = workbench.directory / "another repository"
    other.path = other.repository / "db1"
    other.install()
    assert push(other, second) == (0, "")
    other.assert_same(second)


@pytest.mark.versions(18)
def test_copied_cluster_with_its_marks_is_refused(archive: Archive, workbench: Workbench) -> None:
    first, second = archive.finish_segments(2)
    push(archive, first)
    wait_for_rest(archive)
    archive.cluster.stop()
    copy = archive.cluster.copy_of_itself(workbench.directory / "copy")
    assert (copy / "pg_wal" / "pgpitr_ahead" / second).exists()
    done = archive.run("archive-push", f"pg_wal/{second}", cwd=copy)
    assert done.returncode == 1
    assert "[writer-unknown]" in done.stderr


@pytest.mark.versions(15)
def test_full_repository_is_told_for_the_segment_that_did_not_fit(archive: Archive) -> None:
    names = archive.finish_segments(6)
    archive.set_compression("none")
    (archive.path / "wal").mkdir(exist_ok=True)
    archive.os_user.own(archive.path / "wal")
    # Only the file that is stored may not grow so far.
    limited = f"ulimit -f 512; {archive.command('archive-push')}"
    cluster = archive.turn_on(command=limited).cluster
    cluster.wait_until(lambda: cluster.log_contains("[repository-full]"), what="the reason is in the server's log")
    wait_for_rest(archive)
    assert [archive.stored(name) for name in names] == [[]] * 6
    cluster.configure(archive_command=archive.command("archive-push"))
    cluster.reload()
    archive.wait_for(names)
    for name in names:
        archive.assert_same(name)
    wait_for_rest(archive)
    assert archive.leftovers() == []


@pytest.mark.versions(18)
@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_what_stores_ahead_ends_with_the_server(mode: str, archive: Archive) -> None:
    archive.set_compression("gzip")
    names = archive.finish_segments(60)
    cluster = archive.turn_on().cluster
    cluster.wait_until(lambda: bool(archive.stored(names[0])), what="archiving has begun", pause_seconds=0.01)
    cluster.stop(mode=mode)
    wait_for_rest(archive)
    cluster.start()
    archive.wait_for(names)
    for name in names[::7]:
        archive.assert_same(name)


@pytest.mark.versions(18)
def test_directory_that_cannot_be_made_costs_nothing_but_time(archive: Archive) -> None:
    names = archive.finish_segments(4)
    marks_of(archive).write_text("in the way", encoding="ascii")
    for name in names:
        assert push(archive, name) == (0, "")
        archive.assert_same(name)
    assert os.listdir(archive.path / "wal" / "00000001")


@pytest.mark.versions(15)
def test_histories_and_partial_segments_are_stored_by_their_own_calls(archive: Archive) -> None:
    first, second = archive.finish_segments(2)
    cluster = archive.cluster
    status = cluster.data / "pg_wal" / "archive_status"
    shutil.copy(cluster.data / "pg_wal" / second, cluster.data / "pg_wal" / f"{second}.partial")
    (cluster.data / "pg_wal" / "00000002.history").write_text(
        "1\t0/300000\tno recovery target specified\n", encoding="ascii"
    )
    for name in ("00000002.history", f"{second}.partial"):
        archive.os_user.own(cluster.data / "pg_wal" / name)
        (status / f"{name}.ready").touch()
    assert push(archive, first) == (0, "")
    wait_for_rest(archive)
    assert [
        path for path in (archive.path / "wal").rglob("*") if ".history" in path.name or "partial" in path.name
    ] == []
    for name in ("00000002.history", f"{second}.partial", second):
        assert push(archive, name) == (0, "")
