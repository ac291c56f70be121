# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When the controller is gone before the server was stopped, nothing is stopped any more."""

from __future__ import annotations

import os
import signal
import subprocess
from typing import Any

import pytest
from support.restoring import Site, lay_out
from support.rollback import start_module

pytestmark = pytest.mark.versions(15, 18)


@pytest.fixture
def site(workbench, cluster, repository) -> Site:
    return Site.make(workbench, cluster, repository)


def confirmed(site: Site, target: dict[str, Any]) -> dict[str, Any]:
    return {**site.options, **target, "confirm": site.confirmation(target)}


@pytest.mark.versions(15)
def test_nothing_is_stopped_when_the_connection_is_cut(site: Site) -> None:
    target = lay_out(site).target("time")
    pid = site.cluster.postmaster_pid()

    process = start_module(site, "restore", confirmed(site, target), stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.close()
    assert process.wait(timeout=120) != 0

    assert site.cluster.postmaster_pid() == pid
    site.assert_old_cluster_is_back()
    # Nothing is in the way of the next run.
    site.restore(**target)
    assert site.rows() == [0, 1]


@pytest.mark.versions(18)
@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM], ids=["SIGHUP", "SIGTERM"])
def test_nothing_is_stopped_when_the_run_is_told_to_end(site: Site, number: signal.Signals) -> None:
    target = lay_out(site).target("time")
    pid = site.cluster.postmaster_pid()
    extracted = site.cluster.data.with_name(f"{site.cluster.data.name}.pitr-new")

    process = start_module(site, "restore", confirmed(site, target))
    site.cluster.wait_until(extracted.exists, what="it extracts", pause_seconds=0.001)
    os.kill(process.pid, number)
    assert process.wait(timeout=120) != 0

    assert site.cluster.postmaster_pid() == pid
    site.assert_old_cluster_is_back()


@pytest.mark.versions(18)
def test_rollback_of_a_finished_restore_stops_nothing_either(site: Site) -> None:
    target = lay_out(site).target("time")
    site.restore(**target)
    pid = site.cluster.postmaster_pid()
    options = {**site.options, "state": "rolled_back", "confirm": "db1@rollback"}

    process = start_module(site, "restore", options, stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.close()
    assert process.wait(timeout=120) != 0

    assert site.cluster.postmaster_pid() == pid
    assert site.rows() == [0, 1]


@pytest.mark.versions(15)
def test_restore_that_was_cut_off_is_rolled_back_whoever_waits(site: Site) -> None:
    target = lay_out(site).target("time")
    site.stage(**target)
    assert not site.cluster.is_running()
    options = {**site.options, "state": "rolled_back", "unfinished_only": True, "confirm": None}

    process = start_module(site, "restore", options, stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.close()
    process.wait(timeout=120)

    site.assert_old_cluster_is_back()
