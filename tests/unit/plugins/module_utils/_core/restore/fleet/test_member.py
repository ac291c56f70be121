# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.fleet.member import (
    FleetMember,
    named,
    place_text,
)


def test_member_is_read_of_what_the_role_says() -> None:
    asked = {"cluster": "shop", "confirm": "shop@latest", "together": "all_shops", "places": [{"path": "/srv"}]}
    member = FleetMember.read("db1", asked)
    assert (member.cluster, member.confirm, member.together, member.places) == (
        "shop",
        "shop@latest",
        "all_shops",
        ("/srv",),
    )
    assert member.replaces and not member.failed and member.told("hostname") == ""


@pytest.mark.parametrize(
    ("asked", "replaces"),
    [
        pytest.param({}, True, id="in place"),
        pytest.param({"directory": "/copy"}, False, id="copy"),
        pytest.param({"as": "standby"}, False, id="standby"),
        pytest.param({"as": "primary", "directory": ""}, True, id="empty answers"),
    ],
)
def test_what_takes_the_place_of_a_cluster(asked: dict[str, Any], replaces: bool) -> None:
    assert FleetMember.read("db1", asked).replaces is replaces


@pytest.mark.parametrize(
    ("plan", "failure"),
    [
        ({"failed": True, "code": "segment-missing"}, "segment-missing"),
        ({"unreachable": True}, "unreachable"),
        ({"failed": True}, "failed"),
        (None, "failed"),
    ],
)
def test_failure_in_a_word(plan: Any, failure: str) -> None:
    assert FleetMember.read("db1", {}, plan=plan, failed=True).failure == failure


def test_place_has_no_secret() -> None:
    place = {"s3_bucket": "b", "s3_endpoint": "https://s3", "s3_prefix": None, "s3_secret_access_key": "hidden"}
    assert place_text(place) == "s3:https://s3/b"


def test_hosts_are_named_as_far_as_a_line_goes() -> None:
    members = [FleetMember(f"db{number}", "x") for number in range(7)]
    assert named(members) == "db0, db1, db2, db3, db4 and 2 more"
    assert named(members[:2]) == "db0, db1"
