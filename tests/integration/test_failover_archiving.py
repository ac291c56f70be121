# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""After a failover every follower with `archive_mode=always` offers its own copy of the timeline's last segment."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from support.archive import Archive
from support.cluster import Cluster
from support.workbench import Workbench

pytestmark = pytest.mark.versions(15, 18)


class Failover:
    """A primary that died in the middle of a segment, the standby that was promoted, and one that follows that."""

    def __init__(self, archive: Archive, promoted: Cluster, follower: Cluster) -> None:
        self.archive, self.old = archive, archive.cluster
        self.promoted, self.follower = promoted, follower
        self.old.sql("CREATE TABLE rows (number int)")
        for one in (promoted, follower):
            one.stop()
            one.follow(self.old)
            one.configure(archive_mode="always", archive_command=archive.command("archive-push"))
            one.restart()
        archive.register(self.old, promoted, follower)
        self.archive.wait_for([self.old.switch_segment()])
        self.old.sql("INSERT INTO rows VALUES (1)")
        self.segment = str(self.old.value("SELECT pg_walfile_name(pg_current_wal_lsn())"))
        for one in (promoted, follower):
            one.wait_until(lambda one=one: one.column("SELECT number FROM rows") == [1], what="the row is there")

    def fail_over(self) -> Failover:
        """The old primary dies; the follower streams from the new one, and archives what it has of the segment."""
        self.old.stop(mode="immediate")
        self.promoted.sql("SELECT pg_promote()")
        where = f"host={self.promoted.socket_directory} port={self.promoted.port} user={self.promoted.superuser}"
        self.follower.sql(f"ALTER SYSTEM SET primary_conninfo = '{where}'")
        self.follower.reload()
        self.follower.wait_until(lambda: bool(self.stored(self.segment)), what="the follower archived its copy")
        return self

    def stored(self, name: str) -> list[Path]:
        """What is stored under this very name, in whatever compression."""
        names = {name + suffix for suffix in ("", ".zst", ".lz4", ".gz")}
        return [path for path in (self.archive.path / "wal").rglob("*") if path.name in names]

    @property
    def switch(self) -> int:
        """Where timeline 2 begins, in bytes from the segment's start."""
        fields = (self.promoted.data / "pg_wal" / "00000002.history").read_text().split()
        high, low = fields[1].split("/")
        return ((int(high, 16) << 32) + int(low, 16)) % (1 << 24)

    def push(self, name: str, *, changed_at: int) -> tuple[int, str]:
        """Let the follower archive the segment as this file, with another byte; exit code and what it says."""
        path = self.follower.data / "pg_wal" / name
        before = path.read_bytes() if path.exists() else (self.follower.data / "pg_wal" / self.segment).read_bytes()
        content = bytearray(before)
        content[changed_at] ^= 1
        path.write_bytes(content)
        done = self.archive.run("archive-push", f"pg_wal/{name}", cwd=self.follower.data)
        path.write_bytes(before)
        return done.returncode, done.stderr


@pytest.fixture
def failover(make_cluster: Callable[..., Cluster], workbench: Workbench) -> Failover:
    archive = Archive(workbench, make_cluster()).install().turn_on()
    return Failover(archive, make_cluster(), make_cluster()).fail_over()


def test_followers_that_differ_behind_the_switch_only_go_on(failover: Failover) -> None:
    segment, switch = failover.segment, failover.switch
    for offset in (switch, (1 << 24) - 1):
        assert failover.push(segment, changed_at=offset) == (0, "")
    code, said = failover.push(segment, changed_at=switch - 1)
    assert code == 1
    assert "[segment-differs]" in said and "differs from " in said


def test_incomplete_segments_of_two_promotions_do_not_stop_archiving(failover: Failover) -> None:
    partial = f"{failover.segment}.partial"
    failover.archive.wait_for([partial, "00000002.history"])
    assert failover.push(partial, changed_at=failover.switch) == (0, "")
    failover.follower.sql("SELECT pg_promote()")
    failover.follower.wait_until(
        lambda: not failover.follower.value("SELECT pg_is_in_recovery()"), what="the second promotion"
    )
    failover.archive.wait_for([failover.follower.switch_segment()])


@pytest.mark.versions(18)
def test_old_primary_that_comes_back_alone_is_refused_and_told_why(failover: Failover) -> None:
    old = failover.old
    old.start()
    old.sql("INSERT INTO rows VALUES (2)")
    old.switch_segment()
    old.wait_until(lambda: old.log_contains("[segment-differs]"), what="the old primary's segment is refused")
    assert old.log_contains("stayed on timeline 1")
    back = old.base / "back"
    failover.archive.run("archive-get", failover.segment, str(back))
    own = (old.data / "pg_wal" / failover.segment).read_bytes()
    assert back.read_bytes()[: failover.switch] == own[: failover.switch]
    assert back.read_bytes() != own


@pytest.mark.versions(18)
def test_second_failover_within_the_same_segment_differs_behind_its_own_switch_only(failover: Failover) -> None:
    """Each timeline's file of the segment counts up to where that timeline was left."""
    second, third = failover.promoted, failover.follower
    second.sql("INSERT INTO rows VALUES (2)")
    third.wait_until(lambda: third.column("SELECT number FROM rows") == [1, 2], what="the follower has the row")
    segment = f"00000002{failover.segment[8:]}"
    assert second.value("SELECT pg_walfile_name(pg_current_wal_lsn())") == segment
    second.stop(mode="immediate")
    third.sql("SELECT pg_promote()")
    third.wait_until(lambda: not third.value("SELECT pg_is_in_recovery()"), what="the second promotion")
    failover.archive.wait_for(["00000003.history"])
    switch = offset_of_switch(third.data / "pg_wal" / "00000003.history", timeline=2)
    assert failover.switch < switch

    whole = (second.data / "pg_wal" / segment).read_bytes()
    assert failover.archive.run("archive-push", f"pg_wal/{segment}", cwd=second.data).returncode == 0
    # Only who has left the timeline itself is believed that the rest does not count.
    offered = third.data / "pg_wal" / segment
    found = []
    for offset in (failover.switch, switch - 1, switch, (1 << 24) - 1):
        changed = bytearray(whole)
        changed[offset] ^= 1
        offered.write_bytes(changed)
        third.os_user.own(offered)
        found.append(failover.archive.run("archive-push", f"pg_wal/{segment}", cwd=third.data).returncode)
    assert found == [1, 1, 0, 0]


def offset_of_switch(history: Path, *, timeline: int) -> int:
    """Where a timeline was left, in bytes from its segment's start."""
    (line,) = (line for line in history.read_text().splitlines() if line.startswith(f"{timeline}\t"))
    high, low = line.split()[1].split("/")
    return ((int(high, 16) << 32) + int(low, 16)) % (1 << 24)
