# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan of a restore over 1,000 archived segments, of a repository here and of one on another host.

It is the same with the index of the segments' facts and without.
"""

from __future__ import annotations

import os
import statistics
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from stopwatch import seconds_of
from support import installation as installations
from support.module_run import ModuleRun
from support.os_user import OsUser
from support.repository_host import RepositoryHost
from support.restoring import Site
from support.workbench import Workbench

SEGMENTS = 1_000
ROUNDS = 5
BACKUPS = 2
LIMIT_SECONDS = 3.0


@pytest.fixture
def workbench() -> Iterator[Workbench]:
    bench = Workbench(OsUser.for_clusters())
    yield bench
    bench.discard()


def fill(site: Site) -> str:
    """A backup and as many segments behind it, with half a megabyte of rows in each; a moment in their middle."""
    site.cluster.sql("CREATE TABLE filled (n int, text text)")
    site.back_up()
    moment = ""
    for number in range(SEGMENTS):
        site.cluster.sql("INSERT INTO filled SELECT n, repeat(n::text, 40) FROM generate_series(1, 2000) AS n")
        name = site.cluster.switch_segment()
        if number == SEGMENTS // 2:
            moment = site.moment()
    wal = site.repository / "db1" / "wal"
    site.cluster.wait_until(lambda: any(wal.rglob(f"{name}*")), what=f"{name} is archived", timeout_seconds=600)
    return moment


def decision_of(planned: ModuleRun) -> dict[str, Any]:
    """Where the recovery begins and ends; the backups that are taken meanwhile lie behind that."""
    return {name: value for name, value in planned["plan"].items() if name not in ("disks", "notes")}


def first_of(plan: Callable[[], ModuleRun]) -> tuple[float, dict[str, Any]]:
    """How long it takes, and what it decides."""
    planned: list[ModuleRun] = []
    seconds = seconds_of(lambda: planned.append(plan()))
    return seconds, decision_of(planned[0])


@pytest.mark.timeout(3600)
def test_plan_over_many_segments(workbench: Workbench) -> None:
    cluster = workbench.make_cluster(installations.find_any(), segment_size_mb=1)
    site = Site.make(workbench, cluster, workbench.make_directory("repository"))
    host = RepositoryHost(workbench, repository=site.repository, program=workbench.directory / "pgpitr").start()
    try:
        places: dict[str, dict[str, Any]] = {"here": {}, "over SSH": host.options()}
        target = {"target_time": fill(site)}
        for place, options in places.items():
            plan = partial(site.plan, **options, **target)
            first, decided = first_of(plan)
            for _time in range(BACKUPS):
                # It reads for a minute what the index lacks.
                site.back_up(**options)
            found = [seconds_of(plan) for _round in range(ROUNDS)]
            assert {**decision_of(plan(backup=decided["backup"])), "loss": None} == {**decided, "loss": None}
            median = statistics.median(found)
            print(
                f"\nplan over {SEGMENTS} segments of 1 MB, {place}: {median:.2f} s with the index"
                f" ({min(found):.2f} to {max(found):.2f}), {first:.1f} s without; load {os.getloadavg()[0]:.1f}"
            )
            assert median < LIMIT_SECONDS
    finally:
        host.discard()
