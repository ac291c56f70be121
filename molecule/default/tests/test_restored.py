# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything that was committed is back, and the host is one on which nothing was ever lost."""

from __future__ import annotations

from pitr_testinfra import Cluster, restart
from testinfra.host import Host


def test_every_row_is_back(main: Cluster) -> None:
    assert main.ask("select count(*), max(id) from event") == "1500|1500"


def test_server_is_owned_by_its_unit(host: Host, main: Cluster) -> None:
    assert main.is_active()
    assert host.service(main.unit).is_enabled
    assert (main.state, main.port) == ("online", 5432)
    assert main.data_directory == f"/var/lib/postgresql/{main.version}/main"


def test_recovery_is_over_and_left_no_settings(host: Host, main: Cluster) -> None:
    assert main.ask("select pg_is_in_recovery()") == "f"
    assert main.timeline() == 2
    assert not host.file(f"{main.data_directory}/recovery.signal").exists
    assert "recovery_target" not in host.file(f"{main.data_directory}/postgresql.auto.conf").content_string


def test_new_timeline_is_archived(main: Cluster) -> None:
    segment = main.archived_segment()
    assert segment.startswith("00000002")
    assert main.stored(segment)


def test_nobody_else_reads_the_repository(host: Host) -> None:
    wrong = r"\( -type d -not -perm 700 \) -o \( -type f -not -perm 600 \) -o -not -user postgres"
    assert host.check_output(f"find /srv/pitr {wrong}") == ""


def test_host_survives_a_reboot(main: Cluster) -> None:
    restart(main.host_name)
    main.wait_for("select not pg_is_in_recovery()")
    assert main.is_active()
    assert main.ask("select count(*) from event") == "1500"
    assert (
        main.ask("select count(*) from pg_settings where name like 'recovery_target%' and source <> 'default'") == "0"
    )
