# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who gets into a recovering server, as settings and files."""

from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import InvalidInput, Refused
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.recovery.access import (
    RecoveryAccess,
    check_role_name,
    check_start_options,
    hba_text,
    ident_text,
)

DEBIAN = RecoveryAccess("/etc/postgresql/15/main/pg_hba.conf", "/etc/postgresql/15/main/ident.map", "/run/postgresql")


def test_server_is_started_with_files_of_its_own() -> None:
    assert DEBIAN.settings("/pg/data", port=5432) == {
        "hba_file": "/pg/data/pgsql_tmp.pitr/hba/pg_hba.conf",
        "ident_file": "/pg/data/pgsql_tmp.pitr/ident/ident.map",
        "max_standby_archive_delay": "0",
        "max_standby_streaming_delay": "0",
    }


def test_server_without_a_socket_gets_one() -> None:
    access = RecoveryAccess("/pg/data/pg_hba.conf", "/pg/data/pg_ident.conf", "")
    assert access.settings("/pg/data", port=5432)["unix_socket_directories"] == "/pg/data/pgsql_tmp.pitr"


@pytest.mark.parametrize(("length", "fits"), [(77, True), (78, False)])
def test_path_of_the_socket_has_a_limit(length: int, fits: bool) -> None:
    directory = "/" + "d" * (length - 1)
    access = RecoveryAccess("/etc/pg_hba.conf", "/etc/pg_ident.conf", "")
    if fits:
        path = access.settings(directory, port=65535)["unix_socket_directories"] + "/.s.PGSQL.65535"
        assert len(path) == 107
        return
    with pytest.raises(Refused) as caught:
        access.settings(directory, port=65535)
    assert caught.value.code == "socket-path-too-long"


def test_only_the_account_gets_in_and_only_as_the_roles_named() -> None:
    assert hba_text() == "local all all peer map=pitr\n"
    assert ident_text("postgres", roles=["postgres", "admin", "postgres"]) == (
        'pitr "postgres" "postgres"\npitr "postgres" "admin"\n'
    )


UNSAFE = [
    pytest.param('x"\npitr "nobody" "postgres', id="a line more"),
    pytest.param("x\ry", id="a carriage return"),
    pytest.param('a"b', id="a quote"),
    pytest.param("a\\", id="a line that goes on"),
    pytest.param("/.*", id="a pattern"),
    pytest.param("+admins", id="the members of a role"),
]


@pytest.mark.parametrize("role", UNSAFE)
def test_name_that_would_say_more_than_a_name_is_not_written(role: str) -> None:
    assert ident_text("postgres", roles=["postgres", role]) == ident_text("postgres", roles=["postgres"])
    with pytest.raises(InvalidInput) as caught:
        check_role_name(role)
    assert caught.value.code == "checks-user-unsafe"


@pytest.mark.parametrize("role", ["shop_owner", "Shop Owner", "größe", "all", "a+b", "a/b"])
def test_other_names_are(role: str) -> None:
    check_role_name(role)
    assert ident_text("postgres", roles=[role]) == f'pitr "postgres" "{role}"\n'


@pytest.mark.parametrize(
    ("options", "refused"),
    [
        (("-c", "config_file=/etc/postgresql.conf"), False),
        (("-D", "/pg/hba_file=x"), False),
        (("-c", "hba_file=/etc/pg_hba.conf"), True),
        (("-c", "HBA_FILE = /etc/pg_hba.conf"), True),
        (("-chba_file=/etc/pg_hba.conf",), True),
        (("--hba-file=/etc/pg_hba.conf",), True),
        (("--ident_file=/etc/pg_ident.conf",), True),
    ],
)
def test_command_line_that_decides_who_gets_in_is_refused(options: tuple[str, ...], refused: bool) -> None:
    if not refused:
        check_start_options(options)
        return
    with pytest.raises(Refused) as caught:
        check_start_options(options)
    assert caught.value.code == "recovery-not-private"
