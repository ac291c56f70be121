# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks are asked before the promotion; those that meet a lock are asked again after it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Failed, Unavailable
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.recovery.request import CheckAnswer, SqlCheck
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.sql.server import LOCK_TIMEOUT, NOT_PERMITTED
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.recovery.check_sessions import CheckSession
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.recovery.sql_checks import SqlChecks
from scripted_server import Rows, ScriptedServer

COUNT = SqlCheck("SELECT count(*) FROM t", "5", database="shop")
NAME = SqlCheck("SELECT name FROM u", "x")


def locked() -> Rows:
    raise Unavailable("a lock was not granted", code=LOCK_TIMEOUT)


class Databases:
    """Opens servers that give these answers, and keeps what was opened."""

    def __init__(self, **answers: Rows | Callable[[], Rows]) -> None:
        self.answers = {
            "BEGIN TRANSACTION READ ONLY": [],
            "SET LOCAL lock_timeout": [],
            # Of a process that would not be missed.
            "pg_backend_pid": [(0,)],
            "count": answers.get("count", [("5",)]),
            "name": answers.get("name", [("x",)]),
        }
        self.opened: list[tuple[str, ScriptedServer]] = []

    def open(self, database: str) -> CheckSession:
        server = ScriptedServer(self.answers)
        self.opened.append((database, server))
        return CheckSession(server, "checker")


def test_each_check_is_asked_in_its_database_on_a_connection_of_its_own() -> None:
    databases = Databases()
    checks = SqlChecks(databases.open)
    checks.ask([COUNT, NAME], in_recovery=True)
    assert checks.answers() == (CheckAnswer(COUNT, "5", "checker"), CheckAnswer(NAME, "x", "checker"))
    assert [(name, server.is_closed) for name, server in databases.opened] == [("shop", True), ("postgres", True)]


def test_value_that_differs_ends_the_restore() -> None:
    databases = Databases(count=[("4",)])
    checks = SqlChecks(databases.open)
    with pytest.raises(Failed, match=r"gave '4' instead of '5': SELECT count") as caught:
        checks.ask([COUNT, NAME], in_recovery=True)
    assert caught.value.code == "check-differs"
    assert [name for name, _server in databases.opened] == ["shop"]


def test_check_that_meets_a_lock_waits_for_the_promotion() -> None:
    databases = Databases(count=locked)
    checks = SqlChecks(databases.open)
    checks.ask([COUNT, NAME], in_recovery=True)
    assert checks.answers() == (CheckAnswer(NAME, "x", "checker"), CheckAnswer(COUNT, waiting=True))
    assert checks.answers()[1].phrase.startswith("waits for the promotion")

    databases.answers["count"] = [("5",)]
    checks.ask_waiting()
    assert checks.answers() == (CheckAnswer(NAME, "x", "checker"), CheckAnswer(COUNT, "5", "checker"))
    assert checks.answers()[1].phrase == "5 as expected: SELECT count(*) FROM t"


def test_lock_on_an_open_server_is_a_failure() -> None:
    checks = SqlChecks(Databases(count=locked).open)
    with pytest.raises(Unavailable) as caught:
        checks.ask([COUNT], in_recovery=False)
    assert caught.value.code == LOCK_TIMEOUT


def test_check_that_its_role_may_not_run_names_the_role() -> None:
    def refused() -> Rows:
        raise Failed("permission denied for table t", code=NOT_PERMITTED)

    with pytest.raises(Failed, match="the role 'checker' may not run a check: permission denied") as caught:
        SqlChecks(Databases(count=refused).open).ask([COUNT], in_recovery=True)
    assert caught.value.code == "check-not-permitted"
    assert "pitr_restore_checks_user" in caught.value.hint


def test_superuser_takes_the_role_in_the_transaction_of_the_check() -> None:
    databases = Databases()
    asked: list[str] = []
    databases.answers["SET LOCAL SESSION AUTHORIZATION pg_read_all_data"] = lambda: asked.append("role") or []
    databases.answers["count"] = lambda: asked.append("check") or [("5",)]

    def open_reduced(database: str) -> CheckSession:
        return replace(databases.open(database), role="pg_read_all_data", takes_role=True)

    SqlChecks(open_reduced).ask([COUNT], in_recovery=True)
    assert asked == ["role", "check"]


def test_check_that_ignores_its_time_is_ended() -> None:
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as backend:

        def hangs() -> Rows:
            backend.wait(timeout=30)
            raise Unavailable("the server ended the connection", code="server-down")

        databases = Databases(count=hangs)
        databases.answers["pg_backend_pid"] = [(backend.pid,)]
        with pytest.raises(Failed) as caught:
            SqlChecks(databases.open, deadline_seconds=0.05).ask([COUNT], in_recovery=True)
    assert caught.value.code == "check-timeout"
