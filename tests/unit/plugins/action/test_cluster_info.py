# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.pgfleet.pitr.plugins.action.cluster_info import (
    filled,
    followed,
    variables_named_by,
    with_kept,
    without_empty,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._ansible.spec import REPOSITORY_OPTIONS


@pytest.mark.parametrize(
    ("from_variables", "expected"),
    [
        (None, []),
        ("", []),
        ([], []),
        (["repository"], [f"pitr_{option}" for option in REPOSITORY_OPTIONS]),
        ("agent,nonsense", ["pitr_agent_path", "pitr_agent_config_directory"]),
        (True, []),
        ({"agent": True}, []),
    ],
    ids=["unset", "empty text", "empty list", "list", "text with an unknown group", "not a list", "a mapping"],
)
def test_variables_are_those_of_the_groups_that_are_named(from_variables: Any, expected: list[str]) -> None:
    assert list(variables_named_by(from_variables).values()) == expected


def test_cluster_is_described_by_variables_with_its_prefix() -> None:
    assert variables_named_by(["cluster"])["name"] == "pitr_cluster_name"


@pytest.mark.parametrize("value", [0, False, [], {}, "0", "false", "none", " "])
def test_value_that_is_not_empty_stays(value: Any) -> None:
    assert without_empty({"option": value}) == {"option": value}


@pytest.mark.parametrize("value", ["", None])
def test_empty_value_goes(value: Any) -> None:
    assert without_empty({"option": value}) == {}


@pytest.mark.parametrize(
    ("given", "values", "expected"),
    [
        ({"port": 1}, {"port": 2}, {"port": 1}),
        ({"port": ""}, {"port": 2}, {"port": 2}),
        ({"port": ""}, {"port": ""}, {}),
        ({"resume": False}, {"resume": True}, {"resume": False}),
        ({"checks": [{"sql": "SELECT ''", "expect": ""}]}, {}, {"checks": [{"sql": "SELECT ''", "expect": ""}]}),
        ({"restore_point_name": ""}, {}, {"restore_point_name": ""}),
        ({"name": ""}, {"name": "db1"}, {"name": "db1"}),
    ],
    ids=[
        "the task comes first",
        "an empty option is filled",
        "nothing is left of two empty ones",
        "false is a value",
        "an empty text inside an option stays",
        "what is required reaches the module, which refuses it",
        "what is required is filled",
    ],
)
def test_option_is_filled(given: dict[str, Any], values: dict[str, Any], expected: dict[str, Any]) -> None:
    assert filled(given, values=values) == expected


def test_required_option_without_a_variable_reaches_the_module_empty() -> None:
    assert filled({}, values={}, required={"restore_point_name"}) == {"restore_point_name": ""}


def test_recovery_is_asked_after_until_it_has_ended() -> None:
    answers = [{"running": True, "progress": f"at 0/{number}"} for number in range(6)] + [{"state": "promoted"}]
    asked: list[int] = []
    shown: list[str] = []

    def ask(seconds: int) -> dict[str, Any]:
        asked.append(seconds)
        return answers[len(asked) - 1]

    assert followed(ask, show=shown.append) == {"state": "promoted"}
    assert asked == [5, 7, 10, 15, 22, 30, 30]
    assert shown == [f"at 0/{number}" for number in range(6)]
    assert followed(lambda _seconds: {"failed": True, "msg": "no"}, show=shown.append)["failed"]


def test_keeper_is_told_of_its_own_repositories_and_of_buckets_where_it_reads_them() -> None:
    near = {"name": "near", "path": "/srv/near"}
    far = {"name": "far", "host": "keeper", "user": "vault", "path": "/srv/far", "required": False, "keep_full": 3}
    bucket = {"name": "cloud", "s3_bucket": "b", "s3_secret_access_key": "k"}
    values = {"name": "db1", "data_directory": "/data", "repositories": [near, far, bucket]}
    kept = {"name": "far", "path": "/srv/far", "required": True, "keep_full": 3}
    told = {"name": "db1", "os_user": "vault"}
    assert with_kept(values, names=["far"]) == {**told, "repositories": [kept]}
    assert with_kept(values, names=["far"], with_buckets=True) == {**told, "repositories": [kept, bucket]}
