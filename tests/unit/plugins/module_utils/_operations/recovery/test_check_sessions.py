# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role of a check, and how its session is opened."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Failed, Unavailable
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.postgres.cluster import Cluster
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.recovery.check_sessions import CheckSessions
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.recovery.client_access import ClientAccess
from sample_plan import sample_journal
from scripted_server import Rows, ScriptedServer


class Admitting(ClientAccess):
    """Remembers whom it let in."""

    admitted: ClassVar[list[str]] = []

    @property
    def is_ours(self) -> bool:
        return bool(self.roles)

    def admit(self, role: str, *, server: object) -> None:
        self.admitted.append(role)


class Servers:
    """Opens servers whose roles and rights are these, and keeps as whom and for what."""

    def __init__(self, *, fitting: Rows = (), superuser: bool = True, refuses: bool = False) -> None:
        self.fitting, self.superuser, self.refuses = fitting, superuser, refuses
        self.opened: list[tuple[str | None, str | None, bool]] = []

    def connect(self, _cluster: Cluster, **how: Any) -> ScriptedServer:
        user, for_checks = how.get("user"), how.get("for_checks", False)
        self.opened.append((user, how["database"], for_checks))
        if for_checks and self.refuses:
            raise Unavailable("refused", code="login-failed", hint="")
        return ScriptedServer(
            {"rolsuper FROM": [(self.superuser,)], "rolcanlogin": self.fitting, "current_user": [("monitor",)]}
        )


def sessions(servers: Servers, *, given: str | None = None, is_ours: bool = True, exists: bool = True) -> CheckSessions:
    access = Admitting(sample_journal(), ("postgres",) if is_ours else ())
    Admitting.admitted = []
    own = ScriptedServer({"FROM pg_catalog.pg_database": [(1,)] if exists else []})
    return CheckSessions(servers.connect, access=access, own=lambda: own, given=given)


def test_role_that_fits_is_asked_for_in_the_database_and_logs_in() -> None:
    servers = Servers(fitting=[("shop_owner",)])
    session = sessions(servers).open("shop")
    assert (session.role, session.takes_role) == ("shop_owner", False)
    assert servers.opened == [(None, "shop", False), ("shop_owner", "shop", True)]
    assert Admitting.admitted == ["shop_owner"]


def test_role_that_the_user_names_is_taken() -> None:
    servers = Servers(fitting=[("shop_owner",)])
    assert sessions(servers, given="checker").open("shop").role == "checker"
    assert servers.opened == [("checker", "shop", True)]


@pytest.mark.parametrize(
    ("superuser", "is_ours", "role", "takes_role"),
    [
        pytest.param(True, True, "pg_read_all_data", True, id="nothing belongs to anybody else"),
        pytest.param(False, True, "monitor", False, id="and the login is no superuser's"),
        pytest.param(True, False, "pg_read_all_data", True, id="an earlier version staged the restore"),
    ],
)
def test_without_a_fitting_role_the_own_login_has_its_rights_taken(
    superuser: bool, is_ours: bool, role: str, takes_role: bool
) -> None:
    session = sessions(Servers(superuser=superuser), is_ours=is_ours).open("shop")
    assert (session.role, session.takes_role) == (role, takes_role)


def test_database_that_is_younger_than_the_target_is_named() -> None:
    servers = Servers()
    with pytest.raises(Failed, match="database 'shop' of a check does not exist") as caught:
        sessions(servers, exists=False).open("shop")
    assert caught.value.code == "check-database-missing"
    assert servers.opened == []


def test_role_that_is_not_let_in_is_named() -> None:
    with pytest.raises(Failed, match="role 'checker' cannot run checks in database 'shop': refused") as caught:
        sessions(Servers(refuses=True), given="checker").open("shop")
    assert caught.value.code == "checks-user-refused"
