# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.report.run_outcome import (
    REGISTERED,
    outcome_of,
)

PROVEN = {"proven": True, "reason": "", "segment": "000000010000000000000003"}
# Of a host that keeps two repositories, one of which was left out, and of another one.
EXPIRED = [
    {
        "window": {"since": "2026-01-01"},
        "removed": [1],
        "freed_bytes": 1024,
        "repositories": [
            {"repository": "a", "window": {"since": "2026-01-01"}, "removed": [1], "freed_bytes": 1024},
            {"repository": "b", "failure": {"code": "repository-missing"}},
        ],
    },
    {"window": {"since": "2026-02-02"}, "removed": [1, 2], "freed_bytes": 2048},
]
MADE = {"pitr_streaming_made": {"slot": "pgpitr_db1", "standby": False}}
POINT = {"lsn": "0/5001A00", "time": "2026-09-15T12:29:58.112000Z", "timeline": 1}


@pytest.mark.parametrize("playbook", REGISTERED)
@pytest.mark.parametrize("results", [{}, "skipped", "nulls"])
def test_playbook_whose_tasks_did_nothing_has_an_outcome(playbook: str, results: Any) -> None:
    left = {"skipped": {"skipped": True, "changed": False}, "nulls": None}
    named = {} if results == {} else dict.fromkeys(REGISTERED[playbook], left[results])
    for check_mode in (False, True):
        assert outcome_of(playbook, named, check_mode=check_mode).done


@pytest.mark.parametrize(
    ("playbook", "results", "check_mode", "done"),
    [
        (
            "archive",
            {"pitr_archiving_result": {"settings": [{}, {}], "restarted": True, "proof": PROVEN}},
            False,
            "2 settings changed, restarted; archiving proven by 000000010000000000000003",
        ),
        (
            "archive",
            {"pitr_archiving_result": {"settings": [{}], "proof": {"proven": False, "reason": "check mode"}}},
            True,
            "1 setting would change; archiving not proven (check mode)",
        ),
        (
            "archive",
            {"pitr_archiving_result": {"settings": [], "proof": {"proven": True, "reason": "already"}}},
            False,
            "nothing to change; archiving proven before",
        ),
        (
            "backup",
            {
                "pitr_backup_result": {"line": "took a"},
                "pitr_backup_expire_result": {"removed": [1], "freed_bytes": 1024},
            },
            False,
            "took a; 1 backup and 1.00 KiB removed",
        ),
        ("expire", {"pitr_backup_expire_result": {"removed": [], "freed_bytes": 0}}, False, "nothing to remove"),
        (
            "expire",
            {"pitr_backup_expire_result": {"skipped": True}, "pitr_backup_expire_results": {"results": EXPIRED}},
            True,
            "3 backups and 3.00 KiB would go",
        ),
        ("verify", {"pitr_backup_verification": {"text": "db1: ok\n  more\n"}}, False, "db1: ok"),
        (
            "verify",
            {
                "pitr_backup_verifications": {
                    "results": [{"text": "db1 in 'a': ok\n  more\n"}, {"text": "db1 in 'b': ok"}]
                }
            },
            False,
            "db1 in 'a': ok; db1 in 'b': ok",
        ),
        ("stream", {**MADE, "pitr_streaming_result": {"line": "pgpitr_db1: streams"}}, False, "pgpitr_db1: streams"),
        (
            "stream",
            {**MADE, "pitr_streaming_result": {"line": "no slot"}},
            True,
            "would be streamed by slot 'pgpitr_db1'",
        ),
        ("stream", MADE, False, "slot 'pgpitr_db1' is there; whether anybody streams is not known"),
        (
            "stream",
            {"pitr_streaming_made": {"slot": "pgpitr_db1", "standby": True}},
            False,
            "a standby, of which nothing is streamed",
        ),
        ("stream", {"pitr_streaming_result": {"slot": "pgpitr_db1", "exists": False}}, False, "streamed no more"),
        ("timers", {"pitr_backup_timers_result": {"timers": [1, 2]}}, False, "2 timers"),
        ("rollback", {"pitr_restore_rolled_back": {"changed": False}}, False, "nothing to roll back"),
        (
            "rollback",
            {"pitr_restore_rolled_back": {"changed": True, "running": False}},
            False,
            "rolled back, not running",
        ),
        ("rollback", {"pitr_restore_rehearsed": {"restore": {"target": "latest"}}}, True, "would be rolled back"),
        ("rollback", {"pitr_restore_rehearsed": {"restore": None}}, True, "nothing to roll back"),
        (
            "restore_point",
            {"pitr_archiving_restore_point_check": {"restore_point_name": "a"}},
            True,
            "'a' would be made",
        ),
        (
            "restore_point",
            {"pitr_archiving_restore_point_check": {"restore_point_name": "a", "passed_over": True}},
            False,
            "a standby, which gets it with the WAL",
        ),
        (
            "restore_point",
            {"pitr_archiving_restore_point": {"restore_point_name": "a", "lsn": "0/3000090"}},
            False,
            "'a' at 0/3000090",
        ),
        ("restore", {"pitr_restore_plan": {"already": True, "plan": {}}}, True, "was restored to this target before"),
        (
            "restore",
            {"pitr_restore_plan": {"plan": {"backup": "a", "stop_lsn": "0/5001A28"}}},
            True,
            "planned: from a to 0/5001A28",
        ),
    ],
)
def test_outcome_in_words(playbook: str, results: Any, check_mode: bool, done: str) -> None:
    assert outcome_of(playbook, results, check_mode=check_mode).done == done


def test_window_of_several_repositories_is_that_of_the_first() -> None:
    results = {"pitr_backup_expire_results": {"results": EXPIRED}}
    assert outcome_of("backup", results, check_mode=False).window == {"from": "2026-01-01", "to": None}


def test_restore_has_the_point_and_the_backup_on_the_new_timeline() -> None:
    results = {
        "pitr_restore_plan": {"plan": {"backup": "old"}, "confirmation": "db1@x"},
        "pitr_restore_recovery": {"state": "promoted", "reached": {**POINT, "more": 1}, "new_timeline": 2},
    }
    outcome = outcome_of("restore", results, check_mode=False)
    backed_up = outcome_of(
        "restore", {**results, "pitr_restore_backed_up": {"backup": {"label": "new"}}}, check_mode=False
    )

    assert (outcome.state, outcome.reached, outcome.confirmation) == ("promoted", POINT, "db1@x")
    assert outcome.done == "promoted at 0/5001A00, now on timeline 2"
    assert (outcome.label, backed_up.label) == ("old", "new")


def test_report_without_a_backup_says_so() -> None:
    clusters = [{"attention": ["no backup"], "summary": {"newest_backup": None, "recoverable_from": None}}]
    outcome = outcome_of(
        "report",
        {"pitr_report_backups": {"clusters": clusters}, "pitr_report_archiving": {"attention": ["late"]}},
        check_mode=False,
    )

    assert (outcome.done, outcome.window) == ("nothing can be recovered; 2 warnings", None)


def test_restore_point_that_was_not_made_has_no_label() -> None:
    looked = {"pitr_archiving_restore_point_check": {"restore_point_name": "a"}}
    assert outcome_of("restore_point", looked, check_mode=False).label is None
    assert outcome_of("restore_point", looked, check_mode=True).label == "a"
