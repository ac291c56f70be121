# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks are asked before the promotion; those that meet a lock are asked again after it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Failed, Unavailable
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.recovery_request import CheckAnswer, SqlCheck
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.postgres.server import LOCK_TIMEOUT
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.recovery.sql_checks import SqlChecks
from scripted_server import Rows, ScriptedServer

COUNT = SqlCheck("SELECT count(*) FROM t", "5", database="shop")
NAME = SqlCheck("SELECT name FROM u", "x")


def locked() -> Rows:
    raise Unavailable("a lock was not granted", code=LOCK_TIMEOUT)


class Databases:
    """Opens servers that give these answers, and keeps what was opened."""

    def __init__(self, **answers: Rows | Callable[[], Rows]) -> None:
        self.answers = {"SET ": [], "count": answers.get("count", [("5",)]), "name": answers.get("name", [("x",)])}
        self.opened: list[tuple[str, ScriptedServer]] = []

    def connect(self, database: str) -> ScriptedServer:
        server = ScriptedServer(self.answers)
        self.opened.append((database, server))
        return server


def test_each_check_is_asked_in_its_database_on_a_connection_of_its_own() -> None:
    databases = Databases()
    checks = SqlChecks(databases.connect)
    checks.ask([COUNT, NAME], in_recovery=True)
    assert checks.answers() == (CheckAnswer(COUNT, "5"), CheckAnswer(NAME, "x"))
    assert [(name, server.is_closed) for name, server in databases.opened] == [("shop", True), ("postgres", True)]


def test_value_that_differs_ends_the_restore() -> None:
    databases = Databases(count=[("4",)])
    checks = SqlChecks(databases.connect)
    with pytest.raises(Failed, match=r"gave '4' instead of '5': SELECT count") as caught:
        checks.ask([COUNT, NAME], in_recovery=True)
    assert caught.value.code == "check-differs"
    assert [name for name, _server in databases.opened] == ["shop"]


def test_check_that_meets_a_lock_waits_for_the_promotion() -> None:
    databases = Databases(count=locked)
    checks = SqlChecks(databases.connect)
    checks.ask([COUNT, NAME], in_recovery=True)
    assert checks.answers() == (CheckAnswer(NAME, "x"), CheckAnswer(COUNT, waiting=True))
    assert checks.answers()[1].phrase.startswith("waits for the promotion")

    databases.answers["count"] = [("5",)]
    checks.ask_waiting()
    assert checks.answers() == (CheckAnswer(NAME, "x"), CheckAnswer(COUNT, "5"))
    assert checks.answers()[1].phrase == "5 as expected: SELECT count(*) FROM t"


def test_lock_on_an_open_server_is_a_failure() -> None:
    checks = SqlChecks(Databases(count=locked).connect)
    with pytest.raises(Unavailable) as caught:
        checks.ask([COUNT], in_recovery=False)
    assert caught.value.code == LOCK_TIMEOUT
