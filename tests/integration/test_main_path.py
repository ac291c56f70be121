# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The main path in one story: `make ansible-versions` runs it under the oldest and the newest ansible-core."""

from __future__ import annotations

import json
from typing import Any

import pytest
from support.cluster import Cluster
from support.run_result import record_of, result_of
from support.site import ALLOW_RESTART, Site, lose_the_table
from support.workbench import Workbench


# A dozen runs of playbooks, beside other tests on two cores.
@pytest.mark.timeout(900)
@pytest.mark.versions(18)
def test_cluster_is_archived_backed_up_restored_and_rolled_back(workbench: Workbench, cluster: Cluster) -> None:
    site = Site(workbench, {"db1": cluster})
    warned = []

    def play(name: str, **more: Any) -> Any:
        done = site.play(name, environment={"ANSIBLE_DEPRECATION_WARNINGS": "true"}, **more)
        warned.extend(line for line in done.stderr.splitlines() if "DEPRECATION" in line)
        return done

    rehearsal = play("archive", extra_vars=ALLOW_RESTART, check=True, diff=True)
    assert result_of(rehearsal)["check_mode"] and "would change" in record_of(rehearsal, "db1")["done"]
    assert play("archive", extra_vars=ALLOW_RESTART).changed_tasks == rehearsal.changed_tasks
    assert play("archive").changed_count == 0

    backup = play("backup")
    assert backup.results_of("base_backup")[0]["backup"]["type"] == "full"
    assert record_of(backup, "db1")["label"] == backup.results_of("base_backup")[0]["backup"]["label"]
    target = lose_the_table(cluster)
    named = record_of(play("restore_point", extra_vars={"pitr_restore_point_name": "after it"}), "db1")
    assert named["label"] == "after it" and named["reached"]["lsn"]
    assert play("backup").results_of("base_backup")[0]["backup"]["type"] == "incremental"
    assert play("verify").results_of("backup_verify")[0]["findings"] == []

    directory = workbench.make_directory("report")
    report = play("report", extra_vars={"pitr_report_directory": str(directory)})
    assert record_of(report, "db1")["window"]["from"] and record_of(report, "db1")["label"]
    (reported,) = json.loads((directory / "report.json").read_text())
    assert reported["name"] == "db1" and len(reported["backups"]) == 2 and reported["attention"] == []

    wanted = {"pitr_restore_target_time": target}
    plan = play("restore", extra_vars=wanted, limit="db1", check=True)
    assert record_of(plan, "db1")["confirmation"] == f"db1@{target}" and record_of(plan, "db1")["state"] is None
    assert plan.changed_count > 0 and cluster.value("SELECT count(*) FROM later") == 1
    refused = play("restore", extra_vars=wanted, limit="db1", expect_failure=True)
    assert result_of(refused)["clusters"]["db1"]["code"] == "confirmation-missing"
    restored = play("restore", extra_vars={**wanted, "pitr_restore_confirm": f"db1@{target}"}, limit="db1")
    restored = record_of(restored, "db1")
    assert restored["state"] == "promoted" and restored["reached"]["lsn"] and restored["label"]
    assert cluster.value("SELECT count(*) FROM kept") == 500
    assert cluster.value("SELECT to_regclass('later') IS NULL AND NOT pg_is_in_recovery()")

    back = play("rollback", extra_vars={"pitr_restore_confirm": "db1@rollback"}, limit="db1")
    assert record_of(back, "db1")["state"] == "rolled_back"
    assert cluster.value("SELECT count(*) FROM later") == 1
    assert cluster.value("SELECT to_regclass('kept') IS NULL")
    assert warned == []
