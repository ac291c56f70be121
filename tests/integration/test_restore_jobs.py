# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From the moment production is stopped the job on the host brings it up again, whatever is killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from support.controllers import Controller, phase_of, run_restore, wanted
from support.restoring import Site, lay_out
from support.rollback import kill, start_module

pytestmark = pytest.mark.versions(18)


@pytest.fixture
def site(workbench, cluster, repository) -> Site:
    return Site.make(workbench, cluster, repository)


def beside(site: Site, suffix: str) -> Path:
    return Path(f"{site.cluster.data}.pitr-{suffix}")


def until_nobody_is_at_work(site: Site) -> None:
    # A guard that goes on for a killed process takes the lock over.
    site.cluster.wait_until(
        lambda: not beside(site, "lock").exists() and '"running"' not in record_of(site), what="the job has ended"
    )


def record_of(site: Site) -> str:
    return text_of(beside(site, "job.json"))


def text_of(path: Path) -> str:
    try:
        return path.read_text()
    except FileNotFoundError:
        return ""


def is_stopping(site: Site) -> bool:
    content = text_of(site.cluster.data / "postmaster.pid")
    return not content or "stopping" in content


def start_restore(site: Site, target: dict[str, Any], **more: Any) -> subprocess.Popen[bytes]:
    confirmed = {**site.options, **target, "confirm": site.confirmation(target)}
    return start_module(site, "restore", {**confirmed, "recovery": {}, **more})


def wait(site: Site, is_there: Callable[[], bool], *, what: str) -> None:
    site.cluster.wait_until(is_there, what=what, pause_seconds=0.001)


def kill_worker(site: Site, number: signal.Signals = signal.SIGKILL) -> None:
    """A signal to the process that works; SIGKILL as for want of memory."""
    os.kill(json.loads(record_of(site))["process"], number)


def kill_session_of(site: Site) -> None:
    """SIGKILL to every process of the job, the module being gone."""
    worker = json.loads(record_of(site))["process"]
    os.kill(os.getsid(worker), signal.SIGKILL)
    os.kill(worker, signal.SIGKILL)


def test_playbook_killed_is_followed_by_the_next_run(site: Site) -> None:
    """Between the tasks that stop the server and start it."""
    request = wanted(site, lay_out(site).target("time"))
    controller = Controller(site, request)
    controller.wait_until("swapped")
    controller.kill()

    worker = json.loads(record_of(site))["process"]
    os.kill(worker, signal.SIGSTOP)
    second = Controller(site, request)
    second.wait_for("[db1] ")
    os.kill(worker, signal.SIGCONT)
    second.wait_for("PLAY RECAP")
    assert second.process.wait(timeout=60) == 0, second.said()
    assert "server        promoted" in second.said() and "reached       0/" in second.said()
    assert (phase_of(site), site.rows()) == ("promoted", [0, 1])
    assert not beside(site, "job.json").exists(), "it was told"
    (told,) = run_restore(site, request).results_of("recovery")
    assert (told["changed"], told["state"]) == (False, "promoted")


def test_module_killed_with_its_session_before_the_stop_stops_nothing(site: Site) -> None:
    target = lay_out(site).target("time")
    pid = site.cluster.postmaster_pid()

    process = start_restore(site, target)
    wait(site, beside(site, "new").exists, what="it extracts")
    kill(process)
    until_nobody_is_at_work(site)

    assert site.cluster.postmaster_pid() == pid
    site.assert_old_cluster_is_back()
    assert record_of(site) == "", "nothing was begun that somebody has to be told of"


def test_killed_at_the_edges_of_the_stop_the_old_server_runs(site: Site) -> None:
    target = lay_out(site).target("time")
    process = start_restore(site, target)
    wait(site, lambda: '"process"' in record_of(site), what="it is at work")
    # A worker that has stopped the server by the time the signal comes rightly goes on alone.
    kill_worker(site, signal.SIGSTOP)
    assert phase_of(site) == "", "nothing is stopped yet"
    os.kill(process.pid, signal.SIGTERM)
    time.sleep(0.2)
    kill_worker(site, signal.SIGCONT)
    assert process.wait(timeout=60) != 0
    until_nobody_is_at_work(site)
    site.assert_old_cluster_is_back()

    for number in (signal.SIGKILL, signal.SIGTERM):
        process = start_restore(site, target)
        # One that has stopped when the worker is killed may have been swapped by then.
        wait(site, beside(site, "new").exists, what="it extracts")
        server = site.cluster.postmaster_pid()
        os.kill(server, signal.SIGSTOP)
        wait(site, partial(has_pending, server, signal.SIGINT), what="it is told to stop")
        kill_worker(site, number)
        os.kill(server, signal.SIGCONT)
        process.wait(timeout=60)
        until_nobody_is_at_work(site)
        assert site.cluster.is_running(), number
        site.assert_old_cluster_is_back()


def test_stop_that_comes_after_its_process_was_killed_leaves_no_server_down(site: Site) -> None:
    """The server has got the signal, and has not dealt with it when the guard looks whether it runs."""
    target = lay_out(site).target("time")
    start_restore(site, target)
    # It has asked the server all that it wants to know.
    wait(site, beside(site, "new").exists, what="it extracts")
    server = site.cluster.postmaster_pid()
    os.kill(server, signal.SIGSTOP)
    wait(site, lambda: has_pending(server, signal.SIGINT), what="it is told to stop")
    killed = json.loads(record_of(site))["process"]
    kill_worker(site)
    wait(site, lambda: f'"process": {killed},' not in record_of(site), what="the guard is at work")
    time.sleep(1)
    os.kill(server, signal.SIGCONT)
    until_nobody_is_at_work(site)
    time.sleep(1)

    assert site.cluster.is_running()
    site.assert_old_cluster_is_back()


def has_pending(process: int, number: signal.Signals) -> bool:
    status = dict(line.split(":\t", 1) for line in Path(f"/proc/{process}/status").read_text().splitlines())
    return bool(int(status["ShdPnd"], 16) & 1 << (number - 1))


def test_job_goes_on_when_one_of_its_processes_is_killed(site: Site) -> None:
    places = lay_out(site)
    target = places.target("time")
    process = start_restore(site, target)
    wait(site, lambda: phase_of(site) == "swapping", what="it swaps")
    kill_worker(site)
    assert process.wait(timeout=60) != 0, "its module is told"
    site.assert_old_cluster_is_back()

    start_restore(site, target)
    wait(site, lambda: phase_of(site) == "swapped", what="it has swapped")
    kill_worker(site)
    until_nobody_is_at_work(site)
    assert (phase_of(site), site.rows()) == ("promoted", [0, 1])
    assert site.recover()["reached"]

    # A rollback is as little to be left in the middle as a restore.
    process = start_module(site, "restore", {**site.options, "state": "rolled_back", "confirm": "db1@rollback"})
    wait(site, lambda: '"rollback"' in record_of(site), what="it rolls back")
    kill_worker(site)
    kill(process)
    until_nobody_is_at_work(site)
    site.assert_old_cluster_is_back()


def test_next_run_ends_what_no_process_is_left_of(site: Site) -> None:
    """As after a crash of the host."""
    target = lay_out(site).target("time")
    process = start_restore(site, target)
    wait(site, lambda: is_stopping(site), what="the server is stopping")
    kill(process, with_job=True)
    site.cluster.wait_until(lambda: not site.cluster.is_running(), what="the server is down")
    assert phase_of(site) == "swapping"
    assert site.plan(**target)["already"], "the plan says that it is to be ended"
    for other in ({"settings": {"work_mem": "9MB"}}, {"target_action": "pause"}):
        refused = site.stage(fails=True, **target, **other, recovery={})
        assert refused.code == "restore-unfinished", "whoever asks for another thing is not told of this one"
    assert site.stage(fails=True, **target, recovery={}).code == "job-killed"
    site.assert_old_cluster_is_back()

    process = start_restore(site, target)
    wait(site, lambda: phase_of(site) == "swapped", what="it has swapped")
    kill_session_of(site)
    assert site.stage(**target, recovery={})["already"]
    assert site.recover()["state"] == "promoted"
    assert site.rows() == [0, 1]


def test_what_failed_while_nobody_looked_is_told_once(site: Site) -> None:
    target = lay_out(site).target("time")
    checks = [{"sql": "SELECT count(*) FROM t", "expect": "7", "database": "postgres"}]
    process = start_restore(site, target, recovery={"checks": checks})
    wait(site, beside(site, "old").exists, what="the server is stopped")
    kill(process)
    until_nobody_is_at_work(site)
    site.assert_old_cluster_is_back()

    failed = site.stage(fails=True, **target, recovery={"checks": checks})
    assert failed.code == "check-differs"
    assert "run it again to begin anew" in failed["hint"]
    site.assert_old_cluster_is_back()

    site.stage(**target, recovery={})
    assert site.recover()["state"] == "promoted"
    assert site.rows() == [0, 1]


def test_recovery_at_work_is_asked_how_far_it_is(site: Site) -> None:
    target = lay_out(site).target("time")
    start_restore(site, target)
    wait(site, lambda: "recovering" in record_of(site), what="it recovers")
    worker = json.loads(record_of(site))["process"]
    os.kill(worker, signal.SIGSTOP)
    told = site.recover(follow_seconds=1)
    assert (told.changed, told["running"]) == (False, True)
    assert told["progress"].startswith("recovering: ") and f"to time {target['target_time']}" in told["progress"]

    os.kill(worker, signal.SIGCONT)
    assert site.recover(follow_seconds=60)["state"] == "promoted"
    assert site.rows() == [0, 1]


def test_promotion_of_a_paused_server_goes_on_without_its_module(site: Site) -> None:
    target = lay_out(site).target("time")
    site.stage(**target, target_action="pause", recovery={})
    assert site.recover()["state"] == "paused"
    assert site.cluster.value("SELECT pg_is_in_recovery()")

    process = start_module(site, "recovery", {**site.recovery_options, "state": "promoted"})
    wait(site, lambda: '"recovery"' in record_of(site), what="it is at work")
    kill(process)
    until_nobody_is_at_work(site)

    assert (phase_of(site), site.rows()) == ("promoted", [0, 1])
    assert site.recover(state="promoted").changed
    assert not site.recover(state="promoted").changed
