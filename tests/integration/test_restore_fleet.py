# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Several clusters in one run: all are planned before any is touched, and the result says where each of them is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.cluster import Cluster
from support.run_result import result_of, shown
from support.site import ALLOW_RESTART, Site
from support.workbench import Workbench

pytestmark = pytest.mark.versions(18)

NAMES = ("db1", "db2", "db3")
ALL_OF_THEM = {
    "pitr_restore_fleet": True,
    "pitr_restore_target_name": "agreed",
    "pitr_restore_first_backup": False,
}
CONFIRMED = {**ALL_OF_THEM, "pitr_restore_confirm": "3 clusters@agreed"}
NO_SUCH_BACKUP = {"pitr_restore_backup": "20200101T000000Z-full"}
NO_SUCH_CLUSTER = {"pitr_cluster_data_directory": "/nowhere/gone"}
# What is found when the cluster is recovered.
WRONG = {"pitr_restore_checks": [{"sql": "SELECT count(*) FROM kept", "expect": "501"}]}
TOGETHER = {"pitr_restore_together": "shop"}
# Rows of the table that was dropped, and of the one that came afterwards.
BEFORE, AFTER = (500, None), (None, 1)


class Fleet:
    """Three clusters that each had their table dropped after the point that was agreed upon."""

    def __init__(self, workbench: Workbench, make_cluster: Callable[..., Cluster]) -> None:
        self.site = Site(workbench, {name: make_cluster() for name in NAMES})
        self.clusters = self.site.clusters
        for name in ("archive", "backup"):
            self.site.play(name, extra_vars=ALLOW_RESTART)
        for cluster in self.clusters.values():
            cluster.sql("CREATE TABLE kept AS SELECT n FROM generate_series(1, 500) AS n")
            cluster.sql("SELECT pg_create_restore_point('agreed')")
            cluster.sql("DROP TABLE kept")
            cluster.sql("CREATE TABLE later AS SELECT 1 AS n")

    def inventory(self, **more: dict[str, Any]) -> Path:
        """With more variables of some hosts, and hosts that are another one's."""
        known = {name: self.site.variables(one) for name, one in self.clusters.items()}
        hosts = {name: {**known.get(name, known["db1"]), **more.get(name, {})} for name in (*known, *more)}
        return self.site.workbench.write_inventory(hosts, groups={"shop": ["db1", "db2"]})

    def play(self, name: str, variables: dict[str, Any], *, inventory: Path | None = None, **how: Any) -> Any:
        """Run a playbook on all of them."""
        path = inventory or self.inventory()
        return self.site.workbench.run_playbook(name, inventory=path, extra_vars=variables, **how)

    def fails(self, name: str, variables: dict[str, Any], **how: Any) -> dict[str, tuple[str, str | None]]:
        """What the artifact of a run that fails says of each host: its status and why."""
        run = self.play(name, variables, expect_failure=True, **how)
        self.table = shown(run)
        return {host: (one["status"], one["code"]) for host, one in result_of(run)["clusters"].items()}

    @property
    def rows(self) -> dict[str, tuple[int | None, int | None]]:
        """The rows of both tables in each cluster, all of which are open."""
        assert all(cluster.value("SELECT NOT pg_is_in_recovery()") for cluster in self.clusters.values())
        return {
            name: tuple(
                cluster.value(f"SELECT count(*) FROM {table}")
                if cluster.value(f"SELECT to_regclass('{table}') IS NOT NULL")
                else None
                for table in ("kept", "later")
            )
            for name, cluster in self.clusters.items()
        }


@pytest.fixture
def fleet(workbench: Workbench, make_cluster: Callable[..., Cluster]) -> Fleet:
    return Fleet(workbench, make_cluster)


def test_all_or_none_or_those_that_can_are_restored_and_rolled_back(fleet: Fleet) -> None:
    assert_guards_see_the_whole_run(fleet)
    assert fleet.fails(
        "restore", {**ALL_OF_THEM, "pitr_restore_confirm": "db1@agreed"}, inventory=fleet.inventory(db2=NO_SUCH_BACKUP)
    ) == {
        "db1": ("not_run", "fleet-held-back"),
        "db2": ("failed", "backup-unknown"),
        "db3": ("failed", "confirmation-differs"),
    }
    assert fleet.rows == dict.fromkeys(NAMES, AFTER)

    # Each is a batch of its own, with which Ansible would end the run.
    going_on = {**ALL_OF_THEM, "pitr_restore_fleet_failures": "go_on", "pitr_serial": 1}
    assert fleet.fails(
        "restore",
        {**going_on, "pitr_restore_confirm": "4 clusters@agreed"},
        inventory=fleet.inventory(db2=WRONG, gone=NO_SUCH_CLUSTER),
    ) == {
        "db1": ("ok", None),
        "db2": ("failed", "check-differs"),
        "db3": ("ok", None),
        "gone": ("failed", "data-directory-missing"),
    }
    assert fleet.rows == {"db1": BEFORE, "db2": AFTER, "db3": BEFORE}

    done = result_of(fleet.play("restore", CONFIRMED))
    assert done["ok"] and done["clusters"]["db2"]["state"] == "promoted"
    assert not done["clusters"]["db1"]["changed"], "it was there already"
    assert fleet.rows == dict.fromkeys(NAMES, BEFORE)

    back = result_of(fleet.play("rollback", {"pitr_restore_confirm": "3 clusters@rollback"}, limit="db*"))
    assert {one["state"] for one in back["clusters"].values()} == {"rolled_back"}
    assert fleet.rows == dict.fromkeys(NAMES, AFTER)

    one_by_one = {**CONFIRMED, "pitr_serial": 1, "pitr_restore_order": "reverse_inventory"}
    assert fleet.fails("restore", one_by_one, inventory=fleet.inventory(db2=WRONG)) == {
        "db1": ("not_run", None),
        "db2": ("failed", "check-differs"),
        "db3": ("ok", None),
    }
    assert fleet.rows == {"db1": AFTER, "db2": AFTER, "db3": BEFORE}
    last = "".join(fleet.table).rpartition("restore: ")[2]
    assert last.startswith("1 ok, 1 failed, 1 not run") and all(name in last for name in NAMES), last


def assert_guards_see_the_whole_run(fleet: Fleet) -> None:
    unlimited = {"pitr_restore_target_name": "agreed"}
    assert set(fleet.fails("restore", unlimited).values()) == {("failed", "limit-missing")}
    slice_of_a_job = {**CONFIRMED, "awx_workflow_job_name": "PITR restore", "awx_job_template_name": "PITR restore"}
    assert set(fleet.fails("restore", slice_of_a_job).values()) == {("failed", "job-sliced")}
    shop = fleet.inventory(db1=TOGETHER, db2=TOGETHER)
    assert fleet.fails("rollback", {}, inventory=shop, limit="db1")["db1"] == ("failed", "group-incomplete")

    twice = fleet.inventory(again={"pitr_cluster_name": "db1"})
    assert fleet.fails("restore", ALL_OF_THEM, inventory=twice, check=True) == {
        "db1": ("failed", "cluster-named-twice"),
        "db2": ("ok", None),
        "db3": ("ok", None),
        "again": ("failed", "cluster-named-twice"),
    }
    assert fleet.rows == dict.fromkeys(NAMES, AFTER)
