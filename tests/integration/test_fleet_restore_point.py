# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One restore point in several clusters, in all of them at one moment or in none; they go back to it by its name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from support.cluster import Cluster
from support.run_result import result_of, shown
from support.site import ALLOW_RESTART, Site
from support.workbench import Workbench

pytestmark = pytest.mark.versions(18)

# However slow the machine is.
PATIENT = {"pitr_restore_point_spread_limit_ms": 600_000}
NAMES = ("db1", "db2", "db3")


@pytest.fixture
def fleet(workbench: Workbench, make_cluster: Callable[..., Cluster]) -> Site:
    """Three clusters, the second of which has no patience."""
    site = Site(workbench, {name: make_cluster() for name in NAMES})
    limits = {"db1": PATIENT, "db2": {"pitr_restore_point_spread_limit_ms": 0}, "db3": PATIENT}
    site.inventory = workbench.write_inventory(
        {name: {**site.variables(one), **limits[name]} for name, one in site.clusters.items()}
    )
    site.play("archive", extra_vars=ALLOW_RESTART)
    site.play("backup")
    return site


def refused(site: Site, name: str, **more: Any) -> dict[str, Any]:
    """The result of a run that fails, by host: codes."""
    run = site.play("restore_point", extra_vars={"pitr_restore_point_name": name}, expect_failure=True, **more)
    return {host: record["code"] for host, record in result_of(run)["clusters"].items()}


def test_clusters_go_back_to_one_point_that_all_or_none_have(fleet: Site) -> None:
    fleet.clusters["db2"].sql("SELECT pg_create_restore_point('taken')")
    for cluster in fleet.clusters.values():
        cluster.sql("CREATE TABLE kept AS SELECT n FROM generate_series(1, 500) AS n")

    assert refused(fleet, "r1", arguments=["--forks", "1"]) == dict.fromkeys(NAMES, "forks-too-few")
    not_ready = "clusters-not-ready"
    assert refused(fleet, "taken") == {"db1": not_ready, "db2": "restore-point-exists", "db3": not_ready}
    for name in ("db1", "db3"):
        assert not fleet.clusters[name].log_contains('restore point "taken" created')
    for cluster in fleet.clusters.values():
        assert not cluster.log_contains('restore point "r1" created')

    # One misses the moment, and all are told who has it.
    late = fleet.play("restore_point", extra_vars={"pitr_restore_point_name": "missed"}, expect_failure=True)
    result = result_of(late)
    told = {host: record["code"] for host, record in result["clusters"].items()}
    apart = "restore-point-not-coordinated"
    assert told == {"db1": apart, "db2": "restore-point-late", "db3": apart}
    assert not result["restore_point"]["coordinated"]
    assert (result["restore_point"]["written"], result["restore_point"]["lacking"]) == (["db1", "db3"], ["db2"])
    assert result["clusters"]["db1"]["reached"] and not result["clusters"]["db2"]["reached"]

    point = {"pitr_restore_point_name": "before it", **PATIENT}
    run = fleet.play("restore_point", extra_vars=point)
    result = result_of(run)
    assert result["ok"] and result["restore_point"]["coordinated"]
    assert result["restore_point"]["written"] == list(NAMES) and result["restore_point"]["spread_ms"] >= 0
    assert result["restore_point"]["clocks_ms"] > 0
    assert any("'before it' in 3 clusters within " in line for line in shown(run))
    for cluster in fleet.clusters.values():
        cluster.sql("DROP TABLE kept")

    wanted = {
        "pitr_restore_target_name": "before it",
        "pitr_restore_fleet": True,
        "pitr_restore_confirm": "2 clusters@before it",
        "pitr_restore_first_backup": False,
    }
    fleet.play("restore", extra_vars=wanted, limit="db1,db2")
    for name in ("db1", "db2"):
        assert fleet.clusters[name].value("SELECT count(*) FROM kept") == 500
    assert fleet.clusters["db3"].value("SELECT to_regclass('kept') IS NULL")
