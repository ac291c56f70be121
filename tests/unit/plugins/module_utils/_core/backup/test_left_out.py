# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.backup.left_out import (
    LINK,
    LONG_NAME,
    UNREADABLE,
    OddFile,
    check_nothing_is_missing,
    check_warnings,
    is_emptied,
    is_skipped,
    is_too_long,
    kept_lines,
    left_out_lines,
    warnings_in,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import PitrError


def outcome(*found: OddFile) -> tuple[str, ...] | str:
    """What is left out, or the code of the refusal."""
    try:
        return check_nothing_is_missing(found, data_directory="/pg/data", os_user="postgres")
    except PitrError as error:
        assert error.hint
        return error.code


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        pytest.param((), (), id="nothing odd"),
        pytest.param((OddFile("base/16384", LINK, "/big/16384"),), "data-left-out", id="a database"),
        pytest.param((OddFile("base", LINK),), "data-left-out", id="all databases"),
        pytest.param((OddFile("pg_xact", LINK),), "data-left-out", id="the commit log"),
        pytest.param((OddFile("pg_tblspc/16390", LINK),), "data-left-out", id="a tablespace that is gone"),
        pytest.param((OddFile("log", LINK), OddFile("server.key", LINK)), ("log", "server.key"), id="not PostgreSQL's"),
        pytest.param((OddFile("pg_log", LINK), OddFile("pg_hba.conf", LINK)), ("pg_log", "pg_hba.conf"), id="by name"),
        pytest.param((OddFile("log", LINK), OddFile("base/1", LINK)), "data-left-out", id="data beside others"),
        pytest.param((OddFile("lost+found", UNREADABLE),), "data-unreadable", id="unreadable"),
        pytest.param((OddFile("a" * 100, LONG_NAME),), "name-too-long", id="too long"),
    ],
)
def test_what_a_backup_lacks(found: tuple[OddFile, ...], expected: tuple[str, ...] | str) -> None:
    assert outcome(*found) == expected


def test_message_names_the_first_and_counts_the_rest() -> None:
    many = [OddFile(f"base/5/{number}", LINK, f"/big/{number}") for number in range(7)]
    with pytest.raises(PitrError) as caught:
        check_nothing_is_missing(many, data_directory="/pg/data", os_user="postgres")
    assert "'base/5/0 -> /big/0'" in caught.value.message
    assert "and 2 more files" in caught.value.message


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        pytest.param("pgsql_tmp", True, id="temporary files"),
        pytest.param("pgsql_tmp123.4", True, id="one temporary file"),
        pytest.param("postmaster.pid", True, id="the lock file"),
        pytest.param("pg_internal.init.77", True, id="a cache"),
        pytest.param("postgresql.auto.conf", False, id="settings"),
        pytest.param("16384", False, id="data"),
    ],
)
def test_what_is_skipped_by_name(*, name: str, expected: bool) -> None:
    assert is_skipped(name) is expected


def test_directories_whose_contents_no_backup_has() -> None:
    assert [path for path in ("pg_wal", "pg_replslot", "base/pg_wal", "pg_xact") if is_emptied(path)] == [
        "pg_wal",
        "pg_replslot",
    ]


def test_ninety_nine_bytes_fit() -> None:
    assert not is_too_long("a" * 99)
    assert is_too_long("ä" * 50)


SAID = """WARNING:  skipping special file "./base/16384"
NOTICE:  WAL archiving is not enabled; you must ensure that all required WAL segments are copied
WARNING:  still waiting for all required WAL segments to be archived (60 seconds elapsed)
HINT:  Check that your archive_command is executing properly.
WARNUNG:  überspringe besondere Datei »./log«
pg_basebackup: checkpoint completed"""


def test_warnings_are_told_from_notices_in_any_language() -> None:
    assert warnings_in(SAID) == (
        'WARNING:  skipping special file "./base/16384"',
        "WARNUNG:  überspringe besondere Datei »./log«",
    )


def test_a_link_that_came_while_the_backup_ran_is_data_or_is_named() -> None:
    data, log = warnings_in(SAID)
    assert check_warnings([log], data_directory="/pg/data") == ("log",)
    assert check_warnings([data], data_directory="/pg/data", sockets=["base/16384"]) == ()
    with pytest.raises(PitrError) as caught:
        check_warnings([data, log], data_directory="/pg/data")
    assert caught.value.code == "data-left-out"


def test_what_is_left_out_is_said_in_one_sentence() -> None:
    assert left_out_lines(()) == ()
    (line,) = left_out_lines(("log", "postgresql.conf"))
    assert "'log'; 'postgresql.conf'" in line


def test_what_a_restore_keeps_inside_is_said_in_one_sentence() -> None:
    assert kept_lines(()) == ()
    (line,) = kept_lines(("/pg/pgsql_tmp.pitr-old",))
    assert line.startswith("'/pg/pgsql_tmp.pitr-old' was kept by a restore")
