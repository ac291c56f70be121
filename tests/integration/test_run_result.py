# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The artifact with which each playbook ends, whatever became of its hosts, and the table on the screen."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.cluster import Cluster
from support.encryption import AgeKey
from support.run_result import result_of, shown, table_in
from support.runner import Job, run_job
from support.site import ALLOW_RESTART, Site
from support.workbench import Workbench

pytestmark = pytest.mark.versions(18)

SECRET = "AGE-SECRET-KEY-" + "CANARY" * 9
UNREACHABLE = {"ansible_connection": "ssh", "ansible_host": "127.0.0.1", "ansible_port": 1}


class Fleet:
    """Two clusters that are well, one without a data directory, and one on a host that cannot be reached."""

    def __init__(self, workbench: Workbench, make_cluster: Callable[..., Cluster]) -> None:
        clusters = {"db1": make_cluster(), "db3": make_cluster()}
        self.workbench = workbench
        self.site = Site(workbench, clusters)
        well = {
            name: {**self.site.variables(one), "pitr_restore_age_identity": SECRET} for name, one in clusters.items()
        }
        absent = {**well["db1"], "pitr_cluster_data_directory": "/nowhere/db2"}
        self.three = workbench.write_inventory({"db1": well["db1"], "db2": absent, "db3": well["db3"]})
        self.four = workbench.write_inventory(
            {"db1": well["db1"], "db2": absent, "db3": well["db3"], "db4": {**well["db1"], **UNREACHABLE}}
        )
        self.well = workbench.write_inventory(well)

    def job(
        self, playbook: str, inventory: Path, *, check: bool = False, environment: Any = None, **variables: Any
    ) -> Job:
        """By ansible-runner."""
        done = run_job(
            self.workbench, playbook, inventory=inventory, extra_vars=variables, check=check, **(environment or {})
        )
        lines = table_in(done.output)
        assert lines and all(len(line) <= 100 for line in lines), done.output
        assert SECRET not in done.output + json.dumps(done.artifacts)
        return done


@pytest.fixture
def fleet(workbench: Workbench, make_cluster: Callable[..., Cluster]) -> Fleet:
    return Fleet(workbench, make_cluster)


def assert_absent_is_told(job: Job) -> None:
    """As the task that failed, whose own result has the reason, too."""
    told = job.result["clusters"]["db2"]
    (failed,) = [one for one in job.failures if not one.get("unreachable")]
    assert {key: failed[key] for key in ("msg", "code", "hint")} == {key: told[key] for key in ("msg", "code", "hint")}
    assert told["code"] == "data-directory-missing" and told["hint"] and "/nowhere/db2" in told["msg"]
    assert told["seconds"] > 0 and told["cluster"] == "db2"


def test_one_of_three_fails_and_the_artifact_says_why(fleet: Fleet) -> None:
    # What a job before has left is not read.
    before = {"pitr_result": {"ok": "of the job before"}}
    rehearsal = fleet.job("archive", fleet.three, check=True, **ALLOW_RESTART, **before)
    assert rehearsal.result["check_mode"] and rehearsal.statuses == {"db1": "ok", "db2": "failed", "db3": "ok"}
    assert "would change" in rehearsal.result["clusters"]["db1"]["done"]

    archived = fleet.job("archive", fleet.three, **ALLOW_RESTART, **before)
    assert archived.exit_code == 2 and archived.statuses == {"db1": "ok", "db2": "failed", "db3": "ok"}
    assert archived.result["not_ok"] == ["db2"] and not archived.result["ok"]
    assert archived.result["counts"] == {"ok": 2, "failed": 1, "unreachable": 0, "not_run": 0}
    assert "archiving proven by 0" in archived.result["clusters"]["db3"]["done"]
    assert_absent_is_told(archived)

    taken = fleet.job("backup", fleet.well, pitr_serial=1)
    assert taken.exit_code == 0 and taken.result["ok"] and taken.statuses == {"db1": "ok", "db3": "ok"}
    assert all(one["label"] and one["window"]["from"] for one in taken.result["clusters"].values())

    # A batch of which none is left ends the run.
    batches = fleet.job("backup", fleet.three, pitr_serial=1)
    assert batches.exit_code == 2 and batches.statuses == {"db1": "ok", "db2": "failed", "db3": "not_run"}
    assert batches.result["batch"] == ["db2"] and batches.result["clusters"]["db1"]["label"]
    assert_absent_is_told(batches)

    directory = fleet.workbench.make_directory("report")
    reported = fleet.job("report", fleet.four, pitr_report_directory=str(directory))
    assert reported.statuses == {"db1": "ok", "db2": "failed", "db3": "ok", "db4": "unreachable"}
    assert [one["name"] for one in json.loads((directory / "report.json").read_text())] == ["db1", "db3"]
    assert reported.result["clusters"]["db1"]["window"]["to"] and "Connection refused" in str(reported.result)


def test_failure_that_ends_it_for_all_is_told_of_each(fleet: Fleet) -> None:
    job = fleet.job("archive", fleet.three, environment={"ANSIBLE_ANY_ERRORS_FATAL": "true"}, **ALLOW_RESTART)

    assert set(job.statuses.values()) == {"failed"}
    assert job.result["clusters"]["db2"]["code"] == "data-directory-missing"
    assert "failure of another host" in job.result["clusters"]["db1"]["msg"]


def test_hosts_that_are_all_lost_leave_an_artifact_and_no_table(fleet: Fleet) -> None:
    run = fleet.workbench.run_playbook("archive", inventory=fleet.four, limit="db4", expect_failure=True)
    lost = result_of(run)["clusters"]["db4"]

    assert run.exit_code == 4 and not shown(run)
    assert (lost["status"], lost["changed"]) == ("unreachable", False) and lost["msg"] and lost["hint"]


def test_failure_counts_as_it_did(fleet: Fleet) -> None:
    run = fleet.workbench.run_playbook("archive", inventory=fleet.three, extra_vars=ALLOW_RESTART, expect_failure=True)

    assert run.exit_code == 2
    assert {name: (one["failures"], one["rescued"]) for name, one in run.recap.items()} == {
        "db1": (0, 0),
        "db2": (1, 0),
        "db3": (0, 0),
    }
    (failed,) = run.failures()
    assert (failed.host, failed.result["code"]) == ("db2", "data-directory-missing")


def test_failed_restore_leaves_no_secret_and_the_state_it_was_in(workbench: Workbench, cluster: Cluster) -> None:
    site, key = Site(workbench, {"db1": cluster}), AgeKey.make()
    for name in ("archive", "backup"):
        assert site.play(name, extra_vars=ALLOW_RESTART).custom_stats["_run"]["pitr_result"]["ok"]
    job = run_job(
        workbench,
        "restore",
        inventory=site.inventory,
        extra_vars={
            "pitr_restore_target_latest": True,
            "pitr_restore_confirm": "db1@latest",
            "pitr_restore_age_identity": key.identity,
            "pitr_restore_settings": {"ssl_passphrase_command": f"echo {SECRET}"},
            "pitr_restore_checks": [{"sql": f"SELECT 1 FROM none('password={SECRET}')", "expect": "1"}],
        },
    )
    told = job.result["clusters"]["db1"]

    assert (told["status"], told["code"], told["state"]) == ("failed", "sql-failed", None), job.output
    assert told["label"] and told["confirmation"] == "db1@latest" and told["changed"]
    told_to_all = json.dumps(job.artifacts) + job.output
    assert SECRET not in told_to_all and key.secret not in told_to_all
    assert cluster.value("SELECT NOT pg_is_in_recovery()"), "it is as it was"
