# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""After a failover the end of the WAL on the former primary's host is not that of the timeline which it was on."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.archiving import install_agent, repository_options
from support.cluster import Cluster
from support.restoring import Site, lay_out
from support.workbench import Workbench
from test_restore_received import Receiver

ROWS = [0, 1, 2, 3, 4, 5]

pytestmark = pytest.mark.versions(15, 18)


@pytest.fixture
def site(workbench: Workbench, make_cluster: Callable[..., Cluster], repository: Path) -> Site:
    """A cluster with segments of 1 MB that archives, rows 0 to 5, and a backup."""
    site = Site.make(workbench, make_cluster(segment_size_mb=1), repository)
    lay_out(site)
    return site


@pytest.fixture
def standby(site: Site, make_cluster: Callable[..., Cluster]) -> Cluster:
    """A standby that has all rows."""
    standby = make_cluster(segment_size_mb=1).stop().follow(site.cluster)
    standby.wait_until(lambda: standby.column("SELECT i FROM t ORDER BY i") == ROWS, what="the standby has all rows")
    return standby


def fail_over(site: Site, standby: Cluster) -> None:
    """The primary stops, and the standby takes its place."""
    site.cluster.stop()
    promote(standby)


def promote(standby: Cluster) -> None:
    standby.sql("SELECT pg_promote()")
    standby.wait_until(lambda: not standby.value("SELECT pg_is_in_recovery()"), what="the promotion")


def assert_both_are_named(site: Site, **more: str) -> None:
    refused = site.plan(target_latest=True, fails=True, **more)
    assert refused.code == "timeline-ambiguous"
    assert "timeline 1" in refused["msg"] and "timeline 2" in refused["msg"]
    assert site.stage(target_latest=True, fails=True, **more).code == "timeline-ambiguous"


@pytest.fixture
def received(site: Site, standby: Cluster) -> Iterator[Path]:
    """The directory of a receiver that follows the new primary, of which the archive hears nothing."""
    standby.configure(archive_mode="off")
    standby.restart()
    fail_over(site, standby)
    receiver = Receiver(standby, site.workbench.make_directory("received"))
    receiver.wait()
    standby.sql("INSERT INTO t VALUES (6)")
    receiver.wait()
    yield receiver.directory
    receiver.stop()


@pytest.mark.versions(18)
def test_timeline_that_only_the_receiver_has_is_not_passed_over(site: Site, received: Path) -> None:
    assert site.plan(target_latest=True)["plan"]["timeline"] == 1
    assert_both_are_named(site, received_directory=str(received))

    done = site.restore(target_latest=True, received_directory=str(received), target_timeline=2)
    assert (done["reached"]["timeline"], done["new_timeline"]) == (2, 3)
    assert site.rows() == [*ROWS, 6]


@pytest.mark.versions(18)
def test_timeline_of_the_archive_is_not_passed_over(site: Site, standby: Cluster) -> None:
    fail_over(site, standby)
    options = repository_options(site.workbench, standby, repository=site.repository)
    install_agent(site.workbench, options)
    site.workbench.run_module("wal_archive", {**options, "allow_restart": True})
    standby.sql("INSERT INTO t VALUES (6)")
    standby.switch_segment()
    history = "00000002.history"
    standby.wait_until(lambda: any((site.repository / "db1").rglob(f"{history}*")), what=f"{history} is archived")

    assert_both_are_named(site)
    assert site.plan(target_latest=True, target_timeline=1)["plan"]["timeline"] == 1
    assert site.plan(target_latest=True, target_timeline=2)["plan"]["timeline"] == 2


def test_server_is_on_its_new_timeline_before_its_first_checkpoint(site: Site, standby: Cluster) -> None:
    """Its control file names the timeline of the last checkpoint, of a standby that of the last restartpoint."""
    checkpointer = standby.value("SELECT pid FROM pg_stat_activity WHERE backend_type = 'checkpointer'")
    site.cluster.stop()
    os.kill(checkpointer, signal.SIGSTOP)
    try:
        promote(standby)
        standby.sql("INSERT INTO t VALUES (6)")
        assert standby.control()["Latest checkpoint's TimeLineID"] == "1"
        options = {**site.options, "data_directory": str(standby.data), "state": "planned", "target_latest": True}
        planned = site.workbench.run_module("restore", options)
    finally:
        os.kill(checkpointer, signal.SIGCONT)
    assert planned["plan"]["timeline"] == 2
