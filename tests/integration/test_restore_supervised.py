# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Something that is not systemd starts the server again while a restore swaps its directories."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import pytest
from support.restoring import Site, lay_out

pytestmark = pytest.mark.versions(15, 18)


@contextmanager
def watched(site: Site, *, pause_seconds: float) -> Iterator[None]:
    """A supervisor: it starts the server as its own child, and again whenever it is gone."""
    ended = Event()
    started: list[subprocess.Popen[bytes]] = []

    def watch() -> None:
        while not ended.is_set():
            if not started or started[-1].poll() is not None:
                if ended.wait(pause_seconds):
                    return
                started.append(start(site))
            time.sleep(0.005)

    site.cluster.stop()
    thread = Thread(target=watch)
    thread.start()
    try:
        site.cluster.wait_until(site.cluster.is_running, what="the supervisor has started the server")
        site.cluster.wait_until(lambda: site.cluster.log_contains("ready to accept"), what="it accepts connections")
        time.sleep(0.5)
        yield
    finally:
        ended.set()
        thread.join()
        for each in started:
            each.terminate()
        for each in started:
            each.wait(30)


def start(site: Site) -> subprocess.Popen[bytes]:
    cluster = site.cluster
    with open(cluster.log, "ab") as log:
        return subprocess.Popen(
            [cluster.program("postgres"), "-D", str(cluster.data)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            env=cluster.os_user.environment(),
            **cluster.os_user.popen_options(),  # type: ignore[arg-type]
        )


@pytest.mark.parametrize("pause_seconds", [0.0, 0.05])
def test_restore_ends_and_the_cluster_is_as_before(site: Site, pause_seconds: float) -> None:
    target = lay_out(site).target("time")
    with watched(site, pause_seconds=pause_seconds):
        plan = site.plan(**target)
        assert any("is a child of" in note and "server-started-again" in note for note in plan["plan"]["notes"])
        began = time.monotonic()
        failed = site.stage(**target, fails=True)
        assert failed.code == "server-started-again"
        assert time.monotonic() - began < 60
        site.cluster.wait_until(site.cluster.is_running, what="the supervisor has started it again")
    site.cluster.start()
    site.assert_old_cluster_is_back()


@pytest.mark.parametrize("pause_seconds", [0.0, 0.05, 0.5])
def test_rollback_of_a_finished_restore_ends_and_can_be_repeated(site: Site, pause_seconds: float) -> None:
    site.restore(**lay_out(site).target("time"))
    with watched(site, pause_seconds=pause_seconds):
        failed = site.roll_back(fails=True)
        assert failed.code == "server-started-again"
        assert not Path(f"{site.cluster.data}.pitr-undone").exists()
        site.cluster.wait_until(site.cluster.is_running, what="the supervisor has started it again")
    site.cluster.start()
    assert site.rows() == [0, 1]
    site.roll_back()
    site.assert_old_cluster_is_back()


def test_server_that_was_started_by_hand_is_no_ones_child(site: Site) -> None:
    target = lay_out(site).target("time")
    assert not any("is a child of" in note for note in site.plan(**target)["plan"]["notes"])


@pytest.fixture
def site(workbench, cluster, repository) -> Site:
    return Site.make(workbench, cluster, repository)
