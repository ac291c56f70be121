# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import time
from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.pgfleet.pitr.plugins.filter.restore_point_agreed import FilterModule
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.instant import parse_instant

agreed = FilterModule().filters()["restore_point_agreed"]


def look(**more: Any) -> dict[str, Any]:
    clock = {"least_ms": -5.0, "most_ms": 5.0, "began": 100.0, "seconds": 2.0}
    found = {
        "passed_over": False,
        "cluster": {"system_identifier": "1"},
        "searched_seconds": 0.5,
        "clock": clock,
        **more,
    }
    return {"pitr_archiving_restore_point_check": found}


def test_moment_lies_ahead_by_what_the_look_took() -> None:
    before = time.time()
    found = agreed({"db1": look(), "db2": look()}, ["db1", "db2"], ["db1", "db2"], "5", "1000")
    ahead = parse_instant(found["at"]).timestamp() - before
    assert 4.0 <= ahead <= 4.0 + time.time() - before + 0.001
    assert (found["failed"], found["writers"], found["passed"], found["clocks_ms"]) == (False, ["db1", "db2"], [], 10.0)


@pytest.mark.parametrize(
    ("hostvars", "left", "code"),
    [
        pytest.param({"db1": look(), "db2": look(failed=True)}, ["db1"], "clusters-not-ready", id="a look failed"),
        pytest.param({"db1": look(), "db2": {}}, ["db1"], "clusters-not-ready", id="lost before"),
        pytest.param({"db1": look(), "db2": look()}, ["db1"], "clusters-not-ready", id="lost since"),
        pytest.param({"db1": look(), "db2": look(unreachable=True)}, ["db1"], "clusters-not-ready", id="unreachable"),
        pytest.param({"db1": look(), "db2": look()}, ["db1", "db2"], "forks-too-few", id="forks"),
    ],
)
def test_refusal_is_told(hostvars: dict[str, Any], left: list[str], code: str) -> None:
    found = agreed(hostvars, list(hostvars), left, 1, 1000, "")
    assert found["failed"] and found["code"] == code and found["msg"] and found["hint"] and found["writers"] == []


def test_host_that_did_not_look_takes_no_part_and_one_alone_writes_at_once() -> None:
    found = agreed({"db1": look(clock=None), "db2": {}}, ["db1", "db2"], ["db1", "db2"], 1, 1000)
    assert (found["at"], found["writers"]) == ("", ["db1"])


def test_number_that_is_none_is_refused() -> None:
    with pytest.raises(AnsibleFilterError):
        agreed({"db1": look()}, ["db1"], ["db1"], 1, "soon")
