# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.fleet.guards import (
    Refusals,
    claimed_twice,
    incomplete_groups,
    restores_that_differ,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.fleet.member import FleetMember

GROUPS = {"shop": ["db1", "db2", "keeper"], "all": ["db1", "db2", "db3", "keeper"]}


def codes(refusals: Refusals) -> dict[str, str]:
    assert all(error.hint for error in refusals.values())
    return {host: error.code for host, error in refusals.items()}


def planned(
    host: str, *, cluster: str = "", machine: str = "", number: str = "7", directory: str = "/data", **more: Any
) -> FleetMember:
    """A member whose plan has told where it is."""
    plan = {"hostname": machine or host, "system_identifier": number, "data_directory": directory}
    return FleetMember(host, cluster or host, plan=plan, **more)


@pytest.mark.parametrize(
    ("hosts", "expected"),
    [
        pytest.param(["db1", "db2"], {}, id="all of it, and the repository's host apart"),
        pytest.param(["db1", "db2", "db3"], {}, id="with others"),
        pytest.param(["db1"], {"db1": "group-incomplete"}, id="a part"),
        pytest.param(["db1", "db3"], {"db1": "group-incomplete"}, id="a part, and one that goes by itself"),
    ],
)
def test_group_that_goes_together_goes_as_a_whole(hosts: list[str], expected: dict[str, str]) -> None:
    members = [FleetMember(host, host, together="" if host == "db3" else "shop") for host in hosts]
    assert codes(incomplete_groups(members, groups=GROUPS, apart=("keeper",))) == expected


def test_group_says_what_is_missing_and_of_how_many() -> None:
    errors = incomplete_groups([FleetMember("db1", "db1", together="shop")], groups=GROUPS)
    assert "2 of 3 are not in this run: db2, keeper" in errors["db1"].message


def test_group_that_is_not_in_the_inventory_is_refused() -> None:
    member = FleetMember("db1", "db1", together="shpo")
    assert codes(incomplete_groups([member], groups=GROUPS)) == {"db1": "group-unknown"}
    assert incomplete_groups([replace(member, in_place=False)], groups=GROUPS) == {}, "a copy takes nobody back"


BOTH = ("db1", "db2")
REMOTE = {"cluster": "shop", "places": ("backup1:/srv/pitr",)}
LOCAL = {"cluster": "shop", "places": ("/srv/pitr",)}


@pytest.mark.parametrize(
    ("members", "code"),
    [
        pytest.param([planned("db1", number="1"), planned("db2", number="2")], None, id="two clusters"),
        pytest.param([planned("db1"), planned("db2")], None, id="a clone under a name of its own"),
        pytest.param(
            [planned("db1", cluster="shop"), planned("db2", cluster="shop")], "cluster-claimed-twice", id="claimed"
        ),
        pytest.param(
            [planned("db1", number="1", **REMOTE), planned("db2", number="2", **REMOTE)],
            "folder-shared",
            id="one folder",
        ),
        pytest.param([FleetMember(host, **REMOTE) for host in BOTH], "folder-shared", id="before the plans"),
        pytest.param([FleetMember(host, **LOCAL) for host in BOTH], None, id="directories, before the plans"),
        pytest.param(
            [planned("db1", number="1", **LOCAL), planned("db2", number="2", **LOCAL)],
            None,
            id="directories of two hosts",
        ),
        pytest.param(
            [planned("db1", number="1", machine="one", **LOCAL), planned("db2", number="2", machine="one", **LOCAL)],
            "folder-shared",
            id="one directory of one host",
        ),
        pytest.param(
            [planned("db1", machine="one"), planned("db2", machine="one")], "cluster-named-twice", id="two names of one"
        ),
        pytest.param(
            [planned("db1", machine="one", directory="/a"), planned("db2", machine="one", directory="/b")],
            None,
            id="two directories of one host",
        ),
        pytest.param(
            [planned("db1", cluster="shop"), planned("db2", cluster="shop", standby=True)], None, id="its standby"
        ),
        pytest.param(
            [planned("db1", cluster="shop"), planned("db2", cluster="shop", in_place=False)], None, id="a copy of it"
        ),
    ],
)
def test_one_cluster_for_two_hosts_is_found(members: list[FleetMember], code: str | None) -> None:
    assert codes(claimed_twice(members)) == (dict.fromkeys(BOTH, code) if code else {})


def restored(host: str, *, target: str = "latest", day: int = 15, confirm: str = "2 clusters@rollback") -> FleetMember:
    plan = {"confirmation": "2 clusters@rollback", "restore": {"target": target, "started": str(day * 86400)}}
    return FleetMember(host, host, confirm=confirm, plan=plan)


@pytest.mark.parametrize(
    ("second", "differ"),
    [
        pytest.param(restored("db2"), False, id="restored together"),
        pytest.param(restored("db2", day=16), False, id="a day later, one after the other"),
        pytest.param(restored("db2", day=18), True, id="days apart"),
        pytest.param(restored("db2", target="immediate"), True, id="to another target"),
        pytest.param(restored("db2", day=18, confirm="db2@rollback"), False, id="confirmed by its name"),
        pytest.param(FleetMember("db2", "db2", plan={"restore": None, "confirmation": None}), False, id="nothing"),
        pytest.param(FleetMember("db2", "db2"), False, id="failed"),
    ],
)
def test_restores_of_which_one_confirmation_cannot_mean_all(second: FleetMember, differ: bool) -> None:
    refusals = restores_that_differ([restored("db1"), second], started=float)
    assert codes(refusals) == (dict.fromkeys(BOTH, "restores-differ") if differ else {})
