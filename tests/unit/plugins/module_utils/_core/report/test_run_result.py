# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.report.run_result import begun, ended, host_record

REFUSED = {"failed": True, "msg": "the repository is away", "code": "repository-missing", "hint": "mount it"}
LOST = {"unreachable": True, "msg": "no route to host", "changed": False}
TAKEN = {"changed": True, "backup": {"label": "a"}, "line": "took a", "run": {"cluster": "db1", "seconds": 2.0}}
OUTPUT = "The output has the reason at the last task of this host."


def record(*, left: bool = False, playbook: str = "backup", **variables: Any) -> Any:
    return host_record(playbook, "db1", variables=variables, left=left, check_mode=False)


def statuses(result: Any) -> list[str]:
    return [one["status"] for one in result["clusters"].values()]


def test_every_record_has_the_same_keys() -> None:
    """Ansible merges the result of each task into the one before, and removes no key."""
    hosts = ["db1", "db2", "db3", "db4"]
    before = begun("backup", hosts, batch=hosts[:3], before=None, check_mode=False)
    variables = {"db1": {}, "db2": {"pitr_backup_result": REFUSED}, "db3": {"pitr_backup_result": LOST}}
    after = ended("backup", variables, left=["db1"], before=before)

    keys = {tuple(one) for one in (*before["clusters"].values(), *after["clusters"].values())}
    assert len(keys) == 1 and before.keys() == after.keys() and json.dumps(after)
    assert after["counts"] == {"ok": 1, "failed": 1, "unreachable": 1, "not_run": 1}
    assert after["not_ok"] == ["db2", "db3", "db4"] and not after["ok"]


def test_hosts_of_a_batch_that_nobody_ends_are_lost_and_later_ones_wait() -> None:
    before = begun("backup", ["db1", "db2"], batch=["db1"], before=None, check_mode=False)
    assert statuses(before) == ["unreachable", "not_run"]


def test_end_without_a_beginning_tells_the_hosts_that_are_left() -> None:
    """As with ``--start-at-task``."""
    assert ended("backup", {"db1": {}}, left=["db1"], before=None)["counts"]["ok"] == 1


def test_batches_add_up_and_the_others_wait() -> None:
    hosts = ["db1", "db2", "db3"]
    first = ended(
        "backup", {"db1": {}}, left=["db1"], before=begun("backup", hosts, batch=["db1"], before=None, check_mode=False)
    )
    second = begun("backup", hosts, batch=["db2"], before=first, check_mode=False)

    assert first["counts"]["ok"] == 1 and first["not_ok"] == ["db2", "db3"]
    assert second["batch"] == ["db2"] and second["not_ok"] == ["db2", "db3"]
    assert second["clusters"]["db1"]["status"] == "ok"


def test_cluster_and_seconds_are_those_of_the_tasks() -> None:
    told = record(
        left=True,
        pitr_backup_result={"changed": True, "run": {"cluster": "shop", "seconds": 1.2}},
        pitr_backup_timers_result={"changed": False, "run": {"cluster": "shop", "seconds": 0.4}},
    )
    assert (told["cluster"], told["seconds"], told["changed"]) == ("shop", 1.6, True)


def test_report_that_is_written_on_the_controller_changes_no_cluster() -> None:
    assert not record(left=True, playbook="report", pitr_report_written={"changed": True})["changed"]


@pytest.mark.parametrize(
    ("variables", "msg", "code", "hint"),
    [
        ({"pitr_backup_result": REFUSED}, "the repository is away", "repository-missing", "mount it"),
        # Of a failure and of what only followed from it, the one with a code.
        (
            {"pitr_backup_result": REFUSED, "pitr_backup_timers_result": {"failed": True, "msg": "text"}},
            "the repository is away",
            "repository-missing",
            "mount it",
        ),
        ({"pitr_backup_result": {"failed": True, "msg": "no such module"}}, "no such module", None, None),
        ({"pitr_backup_result": {"failed": True}}, "the task failed without a message", None, None),
        (
            {"pitr_backup_result": {"failed": True, "msg": "One or more", "results": [{"failed": False}, REFUSED]}},
            "the repository is away",
            "repository-missing",
            "mount it",
        ),
        ({}, "stopped by the failure of another host, or by a task that leaves no result", None, OUTPUT),
        # With any_errors_fatal a host fails without a failure of its own.
        (
            {"pitr_backup_result": TAKEN},
            "stopped by the failure of another host, or by a task that leaves no result",
            None,
            OUTPUT,
        ),
    ],
)
def test_reason_of_a_failure(variables: Any, msg: str, code: Any, hint: Any) -> None:
    told = record(**variables)
    assert (told["status"], told["msg"], told["code"], told["hint"]) == ("failed", msg, code, hint)


def test_host_that_is_lost_says_how() -> None:
    told = record(pitr_backup_result=TAKEN, pitr_backup_expire_result=LOST)
    assert (told["status"], told["msg"], told["label"]) == ("unreachable", "no route to host", "a")


def test_host_that_is_lost_with_one_of_several_keepers_says_how() -> None:
    told = record(pitr_backup_expire_results={"unreachable": True, "results": [TAKEN, LOST]})
    assert (told["status"], told["msg"], told["cluster"], told["seconds"]) == (
        "unreachable",
        "no route to host",
        "db1",
        2.0,
    )


def test_what_was_done_before_the_failure_is_told() -> None:
    told = record(pitr_backup_result=TAKEN, pitr_backup_expire_result=REFUSED)
    assert (told["status"], told["label"], told["changed"], told["seconds"], told["done"]) == (
        "failed",
        "a",
        True,
        2.0,
        "",
    )


def test_reason_of_a_task_with_no_log_is_not_told() -> None:
    told = record(pitr_backup_result={"failed": True, "msg": "password: 123", "hint": "123", "run": {"hidden": True}})
    assert "123" not in str(told) and "no_log" in told["msg"]


def test_failure_that_a_role_has_rescued_is_none() -> None:
    assert record(left=True, pitr_backup_result=REFUSED)["status"] == "ok"


@pytest.mark.parametrize(
    ("held", "status"),
    [pytest.param(True, "not_run", id="held back by others"), pytest.param(False, "failed", id="refused itself")],
)
def test_what_a_guard_refuses_says_why_and_what_was_planned(held: bool, status: str) -> None:
    refusal = {**REFUSED, "code": "fleet-held-back", "held": held}
    told = record(
        playbook="restore",
        pitr_restore_plan={"changed": False, "confirmation": "2 clusters@latest"},
        pitr_restore_refusals={"db1": refusal, "db2": REFUSED},
    )
    assert (told["status"], told["code"], told["confirmation"], told["done"]) == (
        status,
        "fleet-held-back",
        "2 clusters@latest",
        "",
    )


def test_host_that_failed_and_is_kept_for_later_batches_has_failed() -> None:
    told = record(left=True, pitr_run_failed=True, pitr_backup_result=REFUSED)
    assert (told["status"], told["code"]) == ("failed", "repository-missing")


def test_restore_point_of_all_clusters_is_told_beside_them() -> None:
    spread = {
        "name": "a",
        "spread_ms": 3.0,
        "coordinated": False,
        "written": ["db1"],
        "failed": True,
        "msg": "no",
        "code": "c",
    }
    hosts = {
        "db1": {"pitr_archiving_restore_point_spread": spread},
        "db2": {"pitr_archiving_restore_point_check": {**REFUSED, "code": "standby"}},
    }
    before = begun("restore_point", ["db1", "db2"], batch=["db1", "db2"], before=None, check_mode=False)
    after = ended("restore_point", hosts, left=[], before=before)

    assert before["restore_point"] is None and before.keys() == after.keys()
    assert (after["restore_point"]["written"], after["restore_point"]["coordinated"]) == (["db1"], False)
    assert {host: one["code"] for host, one in after["clusters"].items()} == {"db1": "c", "db2": "standby"}


def test_failure_of_what_was_named_for_after_it_leaves_what_was_done() -> None:
    hook = {"failed": True, "msg": "task 'Undrain' failed", "code": "hook-failed", "hint": "Undrain."}
    told = record(pitr_backup_result=TAKEN, pitr_cluster_hook_failure=hook)
    assert (told["status"], told["code"], told["label"], told["changed"]) == ("failed", "hook-failed", "a", True)
