# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.backup.left_out import LINK, LONG_NAME
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.backup.odd_files import odd_files, sockets_among


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data directory with a tablespace and everything that is usual."""
    path, location = tmp_path / "data", tmp_path / "ts"
    for name in ("base/5", "global", "pg_tblspc", "pg_wal", "pg_replslot/slot", "pg_stat_tmp"):
        (path / name).mkdir(parents=True)
    (location / "PG_15_202209061" / "5").mkdir(parents=True)
    (path / "pg_tblspc" / "16390").symlink_to(location)
    (path / "base" / "5" / "1259").touch()
    return path


def found(data: Path) -> set[tuple[str, str]]:
    return {(each.path, each.kind) for each in odd_files(str(data), version=15)}


def test_usual_files_are_not_odd(data: Path) -> None:
    (data / "pg_wal").rmdir()
    (data / "pg_wal").symlink_to("/elsewhere/pg_wal")
    (data / "base" / "pgsql_tmp").symlink_to("/fast")
    (data / "pg_stat_tmp").rmdir()
    (data / "pg_stat_tmp").symlink_to("/run/stats")
    with socket.socket(socket.AF_UNIX) as listening:
        # A socket's address has few bytes, and tests lie deep.
        here = Path.cwd()
        os.chdir(data)
        try:
            listening.bind(".s.PGSQL.5432")
        finally:
            os.chdir(here)
        assert found(data) == set()


def test_links_in_the_directory_and_in_tablespaces_are_found(data: Path) -> None:
    (data / "base" / "16384").symlink_to("/big/16384")
    (data / "log").symlink_to("/var/log/pg")
    (data / "pg_tblspc" / "16390" / "PG_15_202209061" / "5" / "16400").symlink_to("/big/16400")
    assert found(data) == {
        ("base/16384", LINK),
        ("log", LINK),
        ("pg_tblspc/16390/PG_15_202209061/5/16400", LINK),
    }


@pytest.mark.parametrize("gone", ["location", "version"])
def test_a_tablespace_of_which_the_server_stores_nothing(data: Path, tmp_path: Path, gone: str) -> None:
    version = tmp_path / "ts" / "PG_15_202209061"
    (version / "5").rmdir()
    version.rmdir()
    if gone == "location":
        (tmp_path / "ts").rmdir()
    assert found(data) == {("pg_tblspc/16390", LINK)}


def test_names_that_tar_cannot_hold(data: Path, tmp_path: Path) -> None:
    far = tmp_path / ("d" * 100)
    (tmp_path / "ts").rename(far)
    (data / "pg_tblspc" / "16390").unlink()
    (data / "pg_tblspc" / "16390").symlink_to(far)
    (data / "base" / ("n" * 95)).touch()
    (data / "base" / ("n" * 94)).touch()
    assert found(data) == {("pg_tblspc/16390", LONG_NAME), (f"base/{'n' * 95}", LONG_NAME)}


def test_sockets_and_what_is_gone_hold_nothing(data: Path) -> None:
    os.mkfifo(data / "pipe")
    (data / "log").symlink_to("/var/log/pg")
    assert sockets_among(["pipe", "log", "gone"], data_directory=str(data)) == {"pipe", "gone"}
