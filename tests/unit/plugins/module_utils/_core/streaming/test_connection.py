# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import InvalidInput
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.streaming.connection import (
    Connection,
    parse_hosts,
    passfile_text,
    service_text,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("db1", ("db1", 5432)),
        (" db1:5433 ", ("db1", 5433)),
        ("10.0.0.5:1", ("10.0.0.5", 1)),
        ("fd00::1", ("fd00::1", 5432)),
        ("[fd00::1]", ("fd00::1", 5432)),
        ("[fd00::1]:65535", ("fd00::1", 65535)),
        ("/run/postgresql", ("/run/postgresql", 5432)),
        ("/tmp/a:b", ("/tmp/a:b", 5432)),
    ],
)
def test_hosts(text: str, expected: tuple[str, int]) -> None:
    assert parse_hosts([text], default_port=5432) == (expected,)


@pytest.mark.parametrize(
    "text", ["", ":5432", "db1:x", "db1:0", "db1:65536", "[fd00::1", "[fd00::1]5432", "db1,db2", "db1:-1"]
)
def test_what_is_no_host_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_hosts([text], default_port=5432)
    assert caught.value.code == "stream-host-invalid"


def test_no_host_is_refused() -> None:
    with pytest.raises(InvalidInput):
        parse_hosts([], default_port=5432)


def settings(text: str) -> dict[str, str]:
    return dict(line.split("=", 1) for line in text.splitlines() if "=" in line)


def test_service_file_looks_for_the_primary_among_all_hosts() -> None:
    connection = Connection((("db1", 5432), ("db2", 5433)), "repl", "pgpitr_db1", {"sslmode": "verify-full"})
    found = settings(service_text(connection, passfile="/etc/pgpitr/db1.pgpass"))

    assert (found["host"], found["port"], found["target_session_attrs"]) == ("db1,db2", "5432,5433", "read-write")
    assert (found["user"], found["application_name"]) == ("repl", "pgpitr_db1")
    assert (found["passfile"], found["sslmode"]) == ("/etc/pgpitr/db1.pgpass", "verify-full")
    assert "[pgpitr]" in service_text(connection, passfile=None).splitlines()
    assert "passfile" not in service_text(connection, passfile=None)


@pytest.mark.parametrize("user", ["", "a\nhost=evil", " a", "a\x00"])
def test_value_that_would_be_another_line_is_refused(user: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        service_text(Connection((("db1", 5432),), user, "x"), passfile=None)
    assert caught.value.code == "stream-value-invalid" and caught.value.hint == "Correct 'pitr_streaming_user'."


def test_password_file_has_a_line_for_each_host() -> None:
    connection = Connection((("db1", 5432), ("fd00::1", 5433), ("/tmp", 5434)), "re:pl", "x")
    assert passfile_text(connection, password="a\\b:c").splitlines() == [
        "db1:5432:replication:re\\:pl:a\\\\b\\:c",
        "fd00\\:\\:1:5433:replication:re\\:pl:a\\\\b\\:c",
        "/tmp:5434:replication:re\\:pl:a\\\\b\\:c",
        "localhost:5434:replication:re\\:pl:a\\\\b\\:c",
    ]
    with pytest.raises(InvalidInput) as caught:
        passfile_text(connection, password="a\nb")
    assert "a\nb" not in caught.value.message
