# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A restore that is killed at any moment, or runs beside another one, can be rolled back."""

from __future__ import annotations

import json
import os
import random
import time

import pytest
from support.restoring import Site, lay_out
from support.rollback import assert_old_cluster_is_back, journal_of, kill, roll_back_unfinished, start_module


@pytest.fixture
def site(workbench, cluster, repository) -> Site:
    return Site.make(workbench, cluster, repository)


@pytest.mark.timeout(900)
@pytest.mark.versions(18)
def test_module_killed_at_any_moment_leaves_a_way_back(site: Site) -> None:
    target = lay_out(site).target("time")
    confirmed = {**site.options, **target, "confirm": site.confirmation(target)}
    chance = random.Random(20261122)
    began = time.monotonic()
    whole = start_module(site, "restore", confirmed)
    assert whole.wait(timeout=120) == 0
    seconds = time.monotonic() - began
    roll_back_unfinished(site)
    phases = set()

    for _round in range(8):
        process = start_module(site, "restore", confirmed)
        time.sleep(chance.uniform(0.3, 1.05) * seconds)
        kill(process)
        phases.add(json.loads(journal_of(site).read_text())["phase"] if journal_of(site).exists() else "none")
        roll_back_unfinished(site)

    site.restore(**target)
    assert site.rows() == [0, 1]


@pytest.mark.timeout(900)
@pytest.mark.versions(18)
def test_recovery_killed_at_any_moment_leaves_a_way_back(site: Site) -> None:
    target = lay_out(site).target("xid")
    chance = random.Random(42)
    for _round in range(4):
        site.stage(**target)
        process = start_module(site, "recovery", site.recovery_options)
        time.sleep(chance.uniform(0.3, 2.5))
        kill(process, with_job=True)
        if journal_of(site).exists() and json.loads(journal_of(site).read_text())["phase"] == "promoted":
            site.roll_back()
            assert_old_cluster_is_back(site)
        else:
            roll_back_unfinished(site)


@pytest.mark.timeout(900)
@pytest.mark.versions(18)
def test_module_stopped_at_each_step_of_the_swap_leaves_a_way_back(site: Site) -> None:
    """The journal and the directories tell which step has been done; the kill comes as soon as they change."""
    target = lay_out(site).target("time")
    confirmed = {**site.options, **target, "confirm": site.confirmation(target)}
    data = str(site.cluster.data)
    steps = {
        "extracting": lambda: os.path.exists(f"{data}.pitr-new/global/pg_control"),
        "journal": lambda: journal_of(site).exists(),
        "stopped": lambda: journal_of(site).exists() and not os.path.exists(f"{data}/postmaster.pid"),
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
        roll_back_unfinished(site)


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
    assert_old_cluster_is_back(site)
