# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

from ansible_collections.pgfleet.pitr.plugins.filter.fleet_refusals import FilterModule

fleet_refusals = FilterModule().filters()["fleet_refusals"]
HOSTS = ["db1", "db2"]
PLAN = {"confirmation": "2 clusters@latest", "already": False}
ASKED = {
    "name": "db1",
    "cluster": "db1",
    "confirm": "2 clusters@latest",
    "together": "",
    "directory": "",
    "as": "primary",
    "places": [],
}


def found(hostvars: dict[str, Any], **more: Any) -> Any:
    usual = {"hosts": HOSTS, "left": HOSTS, "groups": {"all": HOSTS}, "plan": "the_plan", "limited": True}
    return fleet_refusals(hostvars, **{**usual, **more})


def test_plan_that_failed_holds_the_others_back() -> None:
    hostvars = {
        "db1": {"pitr_restore_member": ASKED, "the_plan": PLAN},
        "db2": {"pitr_restore_member": ASKED, "the_plan": {"failed": True, "code": "segment-missing"}},
    }
    refusals = found(hostvars, left=["db1"])
    assert refusals.keys() == {"db1"}
    assert (refusals["db1"]["held"], refusals["db1"]["failed"], refusals["db1"]["code"]) == (
        True,
        True,
        "fleet-held-back",
    )
    assert found(hostvars, left=["db1"], failures="go_on") == {}
    # One that was not planned cannot go. A plan of an earlier play says nothing of a host that has failed in this one.
    assert found({**hostvars, "db2": {}}).keys() == {"db1"}
    stale = {**hostvars, "db2": {"the_plan": PLAN}}
    assert found(stale, left=["db1"]).keys() == {"db1"}


def test_hosts_that_keep_repositories_have_no_cluster() -> None:
    together = {"db1": {"pitr_restore_member": {**ASKED, "together": "shop"}}}
    groups = {"shop": ["db1", "keeper"], "pitr_repository_hosts": ["keeper"]}
    usual: dict[str, Any] = {"hosts": ["db1"], "left": ["db1"], "plan": ""}
    assert found(together, **usual, groups=groups) == {}
    refusals = found(together, **usual, groups={"shop": groups["shop"]})
    assert refusals["db1"]["code"] == "group-incomplete" and not refusals["db1"]["held"]


def test_rollback_is_in_place_whatever_the_copies_of_restores_are() -> None:
    copy = {"db1": {"pitr_restore_member": {**ASKED, "directory": "/copy"}}, "db2": {}}
    assert found(copy, plan="", limited=False).keys() == {"db2"}
    assert found(copy, plan="", limited=False, rollback=True).keys() == {"db1", "db2"}


def test_rollback_is_confirmed_by_the_name_of_the_cluster_of_the_host() -> None:
    plan = {"confirmation": "db1@rollback", "restore": None}
    asked = {**ASKED, "cluster": "another", "name": "db1", "confirm": "db1@rollback"}
    hostvars = {"db1": {"pitr_restore_member": asked, "the_plan": plan}}
    assert found(hostvars, hosts=["db1"], left=["db1"], rollback=True) == {}
