# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which clusters of a run may be touched, as tables of what is wrong with whom."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.fleet.gate import HELD_BACK, FleetRun
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.fleet.member import FleetMember
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.scope import RestoreScope

HOSTS = ("db1", "db2", "db3")
TOLD = {"confirmation": "3 clusters@latest", "already": False}
FAILED: dict[str, Any] = {"plan": {"failed": True, "code": "segment-missing"}, "failed": True}
NAMED = RestoreScope(3, limited=True)


def members(**differing: dict[str, Any]) -> list[FleetMember]:
    """Three that are confirmed and planned, but for what is said of them."""
    usual: dict[str, Any] = {"confirm": "3 clusters@latest", "plan": TOLD}
    return [FleetMember(host, host, **{**usual, **differing.get(host, {})}) for host in HOSTS]


def codes(fleet: list[FleetMember], *, planned: bool = True, **run: Any) -> dict[str, str]:
    found = FleetRun(**{"scope": NAMED, **run}).refusals(fleet, planned=planned)
    assert all(error.message and error.hint for error in found.values())
    return {host: error.code for host, error in sorted(found.items())}


def all_of(code: str) -> dict[str, str]:
    return dict.fromkeys(HOSTS, code)


@pytest.mark.parametrize(
    ("run", "expected"),
    [
        pytest.param({}, {}, id="limited"),
        pytest.param({"scope": RestoreScope(3, fleet=True)}, {}, id="the fleet is meant"),
        pytest.param({"scope": RestoreScope(3)}, all_of("limit-missing"), id="nobody named them"),
        pytest.param({"sliced": True}, all_of("job-sliced"), id="a slice"),
    ],
)
@pytest.mark.parametrize("planned", [False, True])
def test_run_that_is_not_meant_is_refused_before_and_after_the_plans(
    run: dict[str, Any], expected: dict[str, str], planned: bool
) -> None:
    assert codes(members(), planned=planned, **run) == expected


def test_copies_need_no_limit_nor_a_confirmation() -> None:
    copies = members(**{host: {"in_place": False, "confirm": "", "plan": {"confirmation": None}} for host in HOSTS})
    assert codes(copies, scope=RestoreScope(3), sliced=True) == {}


HELD = {"db1": HELD_BACK, "db3": HELD_BACK}


@pytest.mark.parametrize(
    ("second", "expected"),
    [
        pytest.param({}, {}, id="all hold"),
        pytest.param(FAILED, HELD, id="a plan does not hold"),
        pytest.param({"failed": True, "plan": None}, HELD, id="it was not planned"),
        pytest.param({"confirm": ""}, {**HELD, "db2": "confirmation-missing"}, id="not confirmed"),
        pytest.param({"confirm": "2 clusters@latest"}, {**HELD, "db2": "confirmation-differs"}, id="another number"),
        pytest.param({"confirm": "db2@latest"}, {}, id="confirmed by its name"),
        pytest.param({"confirm": "db1@latest"}, {**HELD, "db2": "confirmation-differs"}, id="by that of another one"),
        pytest.param({"confirm": "", "plan": {**TOLD, "already": True}}, {}, id="nothing to do"),
        pytest.param({"confirm": "", "in_place": False, "plan": {"confirmation": None}}, {}, id="a copy"),
    ],
)
def test_none_is_touched_unless_all_may_be(second: dict[str, Any], expected: dict[str, str]) -> None:
    assert codes(members(db2=second)) == expected
    # Those that can go, go.
    own = {host: code for host, code in expected.items() if code != HELD_BACK}
    assert codes(members(db2=second), goes_on=True) == own
    # A rehearsal shows all plans, and needs no confirmation; nor is anything known before the plans.
    assert codes(members(db2=second), rehearses=True) == {}
    assert codes(members(db2=second), planned=False) == {}


def test_group_that_goes_together_is_held_back_as_a_whole_even_if_the_others_go() -> None:
    shop: dict[str, Any] = {"together": "shop"}
    fleet = members(db1=shop, db2={**shop, **FAILED})
    assert codes(fleet, goes_on=True, groups={"shop": ["db1", "db2"]}) == {"db1": HELD_BACK}


def test_held_back_says_by_whom_and_how_to_go_on() -> None:
    error = FleetRun(NAMED).refusals(members(db2=FAILED, db3={"confirm": ""}), planned=True)["db1"]
    assert "2 of 3 cannot go: db2, db3 (confirmation-missing, segment-missing)" in error.message
    assert "pitr_restore_fleet_failures" in error.hint


def test_guards_count_as_failures_of_a_plan() -> None:
    twice: dict[str, Any] = {"plan": {**TOLD, "hostname": "one", "data_directory": "/data"}}
    assert codes(members(db1=twice, db2=twice)) == {
        "db1": "cluster-named-twice",
        "db2": "cluster-named-twice",
        "db3": HELD_BACK,
    }
    assert codes(members(db1=twice, db2=twice), rollback=True) == {}, "what was swapped is swapped back"


def taken_back(started: str) -> dict[str, Any]:
    restore = {"target": "latest", "started": started}
    return {"confirm": "3 clusters@rollback", "plan": {"confirmation": "3 clusters@rollback", "restore": restore}}


@pytest.mark.parametrize(
    ("started", "expected"),
    [
        pytest.param("2026-09-15T14:00:00.000000Z", {}, id="of one run"),
        pytest.param("2026-08-15T14:00:00.000000Z", all_of("restores-differ"), id="of last month"),
        pytest.param("a moment that a host made up", all_of("restores-differ"), id="no moment"),
    ],
)
def test_rollback_with_one_confirmation_is_of_one_run(started: str, expected: dict[str, str]) -> None:
    usual = taken_back("2026-09-15T12:30:00.000000Z")
    fleet = members(db1=usual, db2=taken_back(started), db3=usual)
    assert codes(fleet, rollback=True) == expected
