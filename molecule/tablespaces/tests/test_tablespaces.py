# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tables of every tablespace are back, and everything lies where it lay."""

from __future__ import annotations

from pitr_testinfra import Cluster
from testinfra.host import Host


def test_rows_of_every_tablespace_are_back(main: Cluster) -> None:
    assert main.ask("select count(*) from old_event") == "800"
    assert main.ask("select count(*) from spare_event") == "400"
    assert main.ask("select count(*) from event") == "1000"


def test_tables_lie_in_their_tablespaces(main: Cluster) -> None:
    places = "select tablename || ' ' || tablespace from pg_tables where tablename like '%_event' order by 1"
    assert main.rows(places).split("\n") == ["old_event archive", "spare_event spare"]


def test_tablespaces_lie_where_they_lay(main: Cluster) -> None:
    places = "select pg_tablespace_location(oid) from pg_tablespace where oid > 16383 order by spcname"
    assert main.rows(places).split("\n") == ["/tablespaces/archive", "/tablespaces/with a space"]


def test_wal_lies_on_its_own_file_system(host: Host, main: Cluster) -> None:
    assert host.file(f"{main.data_directory}/pg_wal").is_symlink
    assert host.check_output("stat -L -f -c %%T %s", f"{main.data_directory}/pg_wal") == "tmpfs"


def test_server_is_active_and_archives(main: Cluster) -> None:
    assert main.is_active()
    assert main.timeline() == 2
    assert main.stored(main.archived_segment())
