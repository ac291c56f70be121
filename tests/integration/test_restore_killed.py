# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A restore that is killed at any moment can be rolled back, and two at once do not meet."""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from support.module_payload import ansible_arguments, payload
from support.restoring import Site, lay_out


@pytest.fixture
def site(workbench, cluster, repository) -> Site:
    return Site.make(workbench, cluster, repository)


def start_module(site: Site, name: str, options: dict[str, Any]) -> subprocess.Popen[bytes]:
    """A module as a process that can be killed; it hears nothing of the test's signals."""
    user = site.workbench.os_user
    internal = ansible_arguments(remote_tmp=str(site.workbench.directory / "remote"))
    program = site.workbench.directory / f"{name}.py"
    program.write_bytes(payload(name, {**options, **internal}, interpreter=sys.executable))
    program.chmod(0o755)
    return subprocess.Popen(
        [sys.executable, str(program)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=user.environment({"PYTHONDONTWRITEBYTECODE": "1"}),
        cwd="/",
        start_new_session=True,
        **user.popen_options(),
    )


def kill(process: subprocess.Popen[bytes]) -> None:
    """SIGKILL to the module and whatever it runs as children in its session (not to the servers it started)."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(process.pid, signal.SIGKILL)
    for child in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError, ValueError):
            fields = (child / "stat").read_text().rpartition(")")[2].split()
            if int(fields[3]) == process.pid and "postgres" not in (child / "comm").read_text():
                os.kill(int(child.name), signal.SIGKILL)
    process.wait(timeout=30)


def unfinished_is_rolled_back(site: Site) -> None:
    rolled_back = site.workbench.run_module(
        "restore", {**site.options, "state": "rolled_back", "unfinished_only": True, "confirm": None}
    )
    if not site.cluster.is_running():
        pytest.fail(f"the cluster is not running after the rollback\n{rolled_back.describe()}")
    site.assert_old_cluster_is_back()


@pytest.mark.timeout(900)
@pytest.mark.versions(15, 18)
def test_module_killed_at_any_moment_leaves_a_way_back(site: Site) -> None:
    target = lay_out(site).target("time")
    confirmed = {**site.options, **target, "confirm": site.confirmation(target)}
    chance = random.Random(20261122)
    began = time.monotonic()
    whole = start_module(site, "restore", confirmed)
    assert whole.wait(timeout=120) == 0
    seconds = time.monotonic() - began
    unfinished_is_rolled_back(site)
    phases = set()

    for _round in range(8):
        process = start_module(site, "restore", confirmed)
        time.sleep(chance.uniform(0.3, 1.05) * seconds)
        kill(process)
        phases.add(json.loads(site.journal.read_text())["phase"] if site.journal.exists() else "none")
        unfinished_is_rolled_back(site)

    site.restore(**target)
    assert site.rows() == [0, 1]


@pytest.mark.timeout(900)
@pytest.mark.versions(15, 18)
def test_recovery_killed_at_any_moment_leaves_a_way_back(site: Site) -> None:
    target = lay_out(site).target("xid")
    chance = random.Random(42)
    for _round in range(5):
        site.stage(**target)
        process = start_module(site, "recovery", site.recovery_options)
        time.sleep(chance.uniform(0.3, 2.5))
        kill(process)
        if site.journal.exists() and json.loads(site.journal.read_text())["phase"] == "promoted":
            site.roll_back()
            site.assert_old_cluster_is_back()
        else:
            unfinished_is_rolled_back(site)


@pytest.mark.timeout(900)
@pytest.mark.versions(18)
def test_module_stopped_at_each_step_of_the_swap_leaves_a_way_back(site: Site) -> None:
    """The journal and the directories tell which step has been done; the kill comes as soon as they change."""
    target = lay_out(site).target("time")
    confirmed = {**site.options, **target, "confirm": site.confirmation(target)}
    data = str(site.cluster.data)
    steps = {
        "extracting": lambda: os.path.exists(f"{data}.pitr-new/global/pg_control"),
        "journal": site.journal.exists,
        "stopped": lambda: site.journal.exists() and not os.path.exists(f"{data}/postmaster.pid"),
        "aside": lambda: os.path.exists(f"{data}.pitr-old"),
        "in place": lambda: os.path.exists(f"{data}.pitr-old") and os.path.exists(f"{data}/recovery.signal"),
    }
    for name, is_done in steps.items():
        process = start_module(site, "restore", confirmed)
        deadline = time.monotonic() + 60
        while not is_done() and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.0005)
        kill(process)
        assert is_done() or name == "extracting", name
        unfinished_is_rolled_back(site)


@pytest.mark.versions(18)
def test_two_restores_at_once_do_not_meet(site: Site) -> None:
    target = lay_out(site).target("time")
    confirmed = {**site.options, **target, "confirm": site.confirmation(target)}

    both = [start_module(site, "restore", confirmed) for _each in range(2)]
    assert sorted(process.wait(timeout=120) for process in both) == [0, 1]

    site.recover()
    assert site.rows() == [0, 1]
    assert not list(site.cluster.base.glob("*.pitr-lock"))
    site.roll_back()
    site.assert_old_cluster_is_back()
