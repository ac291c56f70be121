# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Something that is not systemd starts the server again while a restore swaps its directories."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.journal import ROLLING_BACK
from support.restoring import Site, lay_out
from support.rollback import ALL_ROWS, journal_of

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


def start(site: Site, directory: Path | None = None) -> subprocess.Popen[bytes]:
    cluster = site.cluster
    with open(cluster.log, "ab") as log:
        return subprocess.Popen(
            [cluster.program("postgres"), "-D", str(directory or cluster.data)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            env=cluster.os_user.environment(),
            **cluster.os_user.popen_options(),  # type: ignore[arg-type]
        )


@pytest.mark.versions(18)
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


@pytest.mark.versions(18)
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


@pytest.mark.versions(15)
def test_server_that_is_started_right_after_the_last_rename_is_told_by_its_directory(site: Site) -> None:
    """A rollback that ends there, as one that is killed, while a supervisor starts the server."""
    site.restore(**lay_out(site).target("time"))
    site.cluster.stop()
    data = site.cluster.data
    undone, journal = Path(f"{data}.pitr-undone"), journal_of(site)
    journal.write_text(json.dumps({**json.loads(journal.read_text()), "phase": ROLLING_BACK}), encoding="utf-8")
    data.rename(undone)
    Path(f"{data}.pitr-old").rename(data)

    # It was told to start before, and has gone along with the directory that was set aside.
    with started(site, undone) as server:
        refused = site.roll_back(fails=True)
        assert refused.code == "server-started-again", refused.describe()
        assert f"'{undone}'" in refused["msg"] and str(server.pid) in refused["msg"]
    # It has come up in the right place: that is what the rollback wants, but for the timeline.
    with started(site, data) as server:
        done = site.roll_back()
        said = " ".join(done["plan_lines"])
        assert f"The old cluster runs already in its place, as process {server.pid}, started by" in said
        assert "standbys that have followed timeline 2 have to be made again" in str(done["warnings"])
        assert "runs already in its place" not in str(done["warnings"])
        assert site.rows() == ALL_ROWS and not journal.exists()
    assert not site.cluster.is_running()


@contextmanager
def started(site: Site, directory: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A server on this directory, as this process's child."""
    server = start(site, directory)
    try:
        site.cluster.wait_until(
            lambda: "ready" in lines(directory / "postmaster.pid")[-1:], what="it accepts connections"
        )
        yield server
    finally:
        server.terminate()
        server.wait(30)


def lines(path: Path) -> list[str]:
    return path.read_text().split() if path.exists() else []


def test_server_that_was_started_by_hand_is_no_ones_child(site: Site) -> None:
    target = lay_out(site).target("time")
    assert not any("is a child of" in note for note in site.plan(**target)["plan"]["notes"])


@pytest.fixture
def site(workbench, cluster, repository) -> Site:
    return Site.make(workbench, cluster, repository)
