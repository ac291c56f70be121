# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""As whom the server is asked, by what each role is told."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Unavailable
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.postgres.cluster import Cluster
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.recovery.own_login import OwnLogin
from sample_cluster import sample_cluster
from scripted_server import ScriptedServer

SUPER, PLAIN = "super", "plain"


class Door:
    """Lets in these roles (`None`: our usual one) with their rights, and keeps who came and what is still open."""

    def __init__(self, roles: dict[str | None, str], *, code: str = "login-failed") -> None:
        self.roles, self.code = roles, code
        self.came: list[str | None] = []
        self.servers: list[ScriptedServer] = []

    def connect(self, _cluster: Cluster, **how: Any) -> ScriptedServer:
        role = how["user"]
        self.came.append(role)
        if role not in self.roles:
            raise Unavailable(f"role {role} does not exist", code=self.code, hint="")
        server = ScriptedServer({"rolsuper FROM": [(self.roles[role] == SUPER,)]})
        self.servers.append(server)
        return server


@pytest.mark.parametrize(
    ("roles", "came", "phrase"),
    [
        pytest.param({None: SUPER, "boss": SUPER}, [None], "", id="as ever"),
        pytest.param(
            {"boss": SUPER},
            [None, "boss"],
            "as 'boss', a superuser at the target: role None does not exist",
            id="the usual one is younger",
        ),
        pytest.param(
            {None: PLAIN, "boss": SUPER},
            [None, "boss"],
            "as 'boss', a superuser at the target: our usual role was none",
            id="the usual one was less",
        ),
        pytest.param(
            {"boss": PLAIN, "chief": SUPER},
            [None, "boss", "chief"],
            "as 'chief', a superuser at the target: role None does not exist",
            id="and so was the next",
        ),
    ],
)
def test_first_superuser_is_taken_and_stays(roles: dict[str | None, str], came: list[str | None], phrase: str) -> None:
    door = Door(roles)
    login = OwnLogin(door.connect, others=("boss", "chief"))
    server = login(sample_cluster())
    assert door.came == came
    assert (login.phrase, login.role) == (phrase, came[-1])
    assert [each for each in door.servers if not each.is_closed] == [server]

    login(sample_cluster(), database="shop")
    assert door.came == [*came, came[-1]]


def test_nobody_is_let_in() -> None:
    door = Door({})
    with pytest.raises(Unavailable, match="role None does not exist"):
        OwnLogin(door.connect, others=("boss",))(sample_cluster())
    assert door.came == [None, "boss"]


def test_what_helps_where_nobody_knows_the_superusers_of_that_time_is_told() -> None:
    for others, expected in ((("boss",), True), ((), False)):
        with pytest.raises(Unavailable) as caught:
            OwnLogin(Door({}).connect, others=others)(sample_cluster())
        assert ("CREATE ROLE" in caught.value.hint) == expected and caught.value.code == "login-failed"


def test_without_any_superuser_the_usual_role_goes_on() -> None:
    door = Door({None: PLAIN})
    OwnLogin(door.connect, others=("boss",))(sample_cluster())
    assert door.came == [None, "boss", None]


def test_server_that_is_still_starting_is_asked_once() -> None:
    door = Door({}, code="server-starting")
    with pytest.raises(Unavailable):
        OwnLogin(door.connect, others=("boss",))(sample_cluster())
    assert door.came == [None]


def test_role_that_is_named_is_the_one() -> None:
    door = Door({"checker": PLAIN})
    OwnLogin(door.connect, others=("boss",))(sample_cluster(), user="checker", for_checks=True)
    assert door.came == ["checker"]
