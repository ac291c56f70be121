# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""WAL that pg_receivewal has streamed is recovered to its last record, after the host is lost with all that it had."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from support.cluster import Cluster
from support.restoring import Site, lay_out
from support.workbench import Workbench

ALL_ROWS = [0, 1, 2, 3, 4, 5]


class Receiver:
    """`pg_receivewal` with a slot, as on another host; it looks for its server again every five seconds."""

    def __init__(self, cluster: Cluster, directory: Path) -> None:
        self.cluster, self.directory = cluster, directory
        where = ["-h", cluster.socket_directory, "-p", str(cluster.port), "-U", cluster.superuser]
        program = [cluster.program("pg_receivewal"), "-S", "receiver", *where]
        cluster.os_user.run([*program, "--create-slot", "--if-not-exists"])
        options: dict[str, Any] = {"env": cluster.os_user.environment(), **cluster.os_user.popen_options()}
        argv = [*program, "-D", directory, "--synchronous"]
        self.process = subprocess.Popen(argv, stderr=subprocess.DEVNULL, **options)

    def wait(self) -> None:
        """Until it has flushed all that the server has."""
        written = self.cluster.value("SELECT pg_current_wal_flush_lsn()::text")
        self.cluster.wait_until(
            lambda: self.cluster.value(
                "SELECT coalesce(bool_or(flush_lsn >= %s::pg_lsn), false) FROM pg_stat_replication", [written]
            ),
            what="all is received",
        )

    def stop(self) -> None:
        """End it."""
        self.process.terminate()
        self.process.wait(timeout=30)


@pytest.fixture
def site(workbench: Workbench, make_cluster: Callable[..., Cluster], repository: Path) -> Site:
    """A cluster with segments of 1 MB that archives, rows 0 to 5, and a backup."""
    site = Site.make(workbench, make_cluster(segment_size_mb=1), repository)
    lay_out(site)
    return site


@pytest.fixture
def receiver(site: Site) -> Iterator[Receiver]:
    """What receives its WAL."""
    made = Receiver(site.cluster, site.workbench.make_directory("it's received"))
    made.wait()
    yield made
    made.stop()


def lose(site: Site) -> None:
    """The server dies, and all that its host had with it."""
    site.cluster.crash()
    shutil.rmtree(site.cluster.data)
    for lock in site.cluster.socket_directory.glob(".s.PGSQL.*"):
        lock.unlink()


@pytest.mark.versions(15, 18)
def test_every_row_that_was_told_comes_back(site: Site, receiver: Receiver) -> None:
    cluster, received = site.cluster, {"received_directory": str(receiver.directory)}
    # Nothing of it is archived: whole segments, and one that is being written.
    cluster.configure(archive_command="false")
    cluster.reload()
    for number in (6, 7):
        site.insert(number)
        cluster.switch_segment()
    site.insert(8)
    receiver.wait()
    # The receiver follows a server that has crashed and is back.
    cluster.crash()
    cluster.start()
    site.insert(9)
    receiver.wait()
    # And one that begins a timeline, of which the archive never hears.
    cluster.stop()
    cluster.start_as_standby()
    cluster.pg_ctl("promote", "-w")
    site.insert(10)
    receiver.wait()
    lose(site)

    assert site.plan(target_latest=True)["plan"]["segments_not_archived"] == []
    plan = site.plan(target_latest=True, **received)
    assert len(plan["plan"]["segments_not_archived"]) >= 3
    assert any("what was streamed" in line for line in plan["plan_lines"])
    done = site.restore(target_latest=True, **received)

    assert done["state"] == "promoted"
    assert site.rows() == [*ALL_ROWS, 6, 7, 8, 9, 10]
    assert site.timeline() == 3
    # What was whole went through the door of all archived WAL, and what was not was archived by no name.
    stored = {path.name[:24] for path in (site.repository / "db1" / "wal").rglob("0000*")}
    assert set(plan["plan"]["segments_not_archived"][:-1]) <= stored
    assert plan["plan"]["segments_not_archived"][-1] not in stored
    site.insert(11)
    site.archive_all()


@pytest.mark.versions(15)
def test_directory_without_wal_of_the_cluster_is_refused(site: Site) -> None:
    empty = site.workbench.make_directory("empty")
    foreign = site.workbench.make_directory("foreign")
    (foreign / "000000010000000000000009").write_bytes(bytes(1 << 20))
    for directory in (empty, foreign, empty / "gone"):
        refused = site.plan(target_latest=True, received_directory=str(directory), fails=True)
        assert refused.code == "received-wal-missing"
    assert site.plan(target_latest=True, received_directory="received", fails=True).code == "path-not-absolute"
