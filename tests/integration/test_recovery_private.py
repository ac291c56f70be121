# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Until a recovery is handed over nobody gets in, and replay waits for nobody."""

from __future__ import annotations

import time
from typing import Any

import psycopg2
import pytest
from support.clients import Clients
from support.ports import PortLease
from support.restoring import Site, lay_out
from support.rollback import kill, start_module

pytestmark = pytest.mark.versions(15, 18)

# A check takes its time, so that clients have it, too.
SLOW = {"sql": "SELECT 1 FROM pg_sleep(1.5)", "expect": "1"}


@pytest.fixture
def site(workbench, cluster, repository) -> Site:
    return Site.make(workbench, cluster, repository)


@pytest.mark.parametrize("kind", ["time", "latest"])
def test_clients_get_in_only_when_the_server_is_handed_over(site: Site, kind: str) -> None:
    site.cluster.sql("ALTER SYSTEM SET max_standby_archive_delay = -1")
    places = lay_out(site)
    delay = {"sql": "SHOW max_standby_archive_delay", "expect": "0"}
    site.stage(**places.target(kind))

    with Clients(site.cluster.connect) as clients:
        done = site.recover(checks=[SLOW, delay])
        site.cluster.wait_until(lambda: bool(clients.met), what="a client gets in")

    assert done["state"] == "promoted"
    assert set(clients.met) == {"open"}
    assert any("pg_hba.conf" in said or "Peer authentication failed" in said for said in clients.refused)
    assert site.cluster.value("SHOW max_standby_archive_delay") == "-1"


@pytest.mark.versions(18)
def test_clients_of_a_server_that_is_to_pause_get_in_when_it_does(site: Site) -> None:
    places = lay_out(site)
    site.stage(**places.target("time"), target_action="pause")

    with Clients(site.cluster.connect) as clients:
        site.recover(checks=[SLOW])
        site.cluster.wait_until(lambda: bool(clients.met), what="a client gets in")
    assert set(clients.met) == {"paused"}
    assert site.rows() == [0, 1]

    # Whoever looks is not thrown out, but nobody else comes in before the checks are through.
    with Clients(site.cluster.connect) as clients:
        site.recover(state="promoted", checks=[SLOW])
        site.cluster.wait_until(lambda: "open" in clients.met, what="a client gets in")
    assert clients.met == sorted(clients.met, reverse=True), "first paused, then open"
    assert clients.refused


@pytest.mark.versions(15)
def test_recovery_that_fails_lets_nobody_in_but_into_the_old_cluster(site: Site) -> None:
    places = lay_out(site)
    site.stage(**places.target("time"))

    with Clients(site.cluster.connect) as clients:
        site.recover(checks=[SLOW, {"sql": "SELECT 1", "expect": "2"}], fails=True)
        site.cluster.wait_until(lambda: bool(clients.met), what="a client gets in")

    assert set(clients.met) == {"open"}
    site.assert_old_cluster_is_back()


@pytest.mark.versions(18)
def test_recovery_that_is_killed_stays_closed_and_can_be_finished(site: Site) -> None:
    places = lay_out(site)
    site.stage(**places.target("xid"))
    process = start_module(
        site, "recovery", {**site.recovery_options, "checks": [{**SLOW, "sql": "SELECT pg_sleep(60)"}]}
    )
    site.cluster.wait_until(lambda: site.cluster.log_contains("pausing at the end of recovery"), what="it pauses")
    time.sleep(1)
    kill(process, with_job=True)

    with pytest.raises(psycopg2.OperationalError):
        site.cluster.connect()
    assert site.recover()["state"] == "promoted"
    assert site.rows() == [0, 1, 2]


@pytest.mark.versions(18)
def test_everyday_files_elsewhere_are_in_force_afterwards_and_followed(site: Site) -> None:
    """Names in such a file that are relative to it mean what they meant before."""
    elsewhere = site.workbench.make_directory("etc")
    hba, admins = elsewhere / "access.conf", elsewhere / "admins"
    superuser = site.cluster.superuser
    admins.write_text(f"{superuser}\n", encoding="utf-8")
    hba.write_text("local all @admins trust\nlocal replication all trust\n", encoding="utf-8")
    for path in (hba, admins):
        site.workbench.os_user.own(path)
    site.cluster.sql("CREATE ROLE stranger LOGIN")
    site.cluster.configure(hba_file=str(hba))
    site.cluster.restart()
    places = lay_out(site)

    site.restore(**places.target("time"))
    pid = site.cluster.postmaster_pid()

    assert site.rows() == [0, 1]
    with pytest.raises(psycopg2.OperationalError, match="no pg_hba"):
        site.cluster.connect(user="stranger")
    admins.write_text(f"{superuser}\nstranger\n", encoding="utf-8")
    site.cluster.reload()
    site.cluster.wait_until(lambda: can_connect(site, "stranger"), what="the edited file is in force")
    assert site.cluster.postmaster_pid() == pid
    site.cluster.restart()
    assert site.cluster.value("SHOW hba_file") == str(hba)
    site.back_up()


def can_connect(site: Site, user: str) -> bool:
    try:
        site.cluster.connect(user=user).close()
    except psycopg2.OperationalError:
        return False
    return True


@pytest.mark.versions(15)
def test_broken_everyday_file_is_told_before_the_server_is_handed_over(site: Site) -> None:
    places = lay_out(site)
    site.stage(**places.target("time"))
    hba = site.cluster.data / "pg_hba.conf"
    hba.write_text("local all all nonsense\n", encoding="utf-8")
    failed = site.recover(fails=True)
    assert failed.code == "hba-invalid"
    assert "line 1" in failed["msg"]
    site.assert_old_cluster_is_back()


@pytest.mark.versions(18)
def test_server_without_a_unix_socket_gets_one_for_its_recovery(site: Site) -> None:
    site.cluster.configure(unix_socket_directories="", listen_addresses="localhost")
    site.cluster.restart()
    site.cluster.socket_directory = "localhost"
    places = lay_out(site)
    done = site.restore(**places.target("time"))
    assert done["state"] == "promoted"
    assert site.rows() == [0, 1]


@pytest.mark.versions(15)
def test_command_line_that_decides_who_gets_in_is_refused_by_the_plan(site: Site) -> None:
    places = lay_out(site)
    site.cluster.stop()
    hba = site.cluster.data / "pg_hba.conf"
    site.cluster.pg_ctl("start", "-l", site.cluster.log, "-w", "-o", f"-c hba_file={hba}")
    refused = site.plan(**places.target("time"), fails=True)
    assert refused.code == "recovery-not-private"


@pytest.mark.versions(18)
def test_copy_is_closed_until_it_is_handed_over(site: Site) -> None:
    places = lay_out(site)
    lease = PortLease.take()
    beside = {"restore_data_directory": str(site.cluster.base / "copy"), "restore_port": lease.port}
    site.workbench.run_module("restore", {**site.options, **places.target("time"), **beside})

    def connect() -> Any:
        return psycopg2.connect(
            host=str(site.cluster.socket_directory), port=lease.port, dbname="postgres", user=site.cluster.superuser
        )

    with Clients(connect) as clients:
        site.recover(**beside, checks=[SLOW])
        site.cluster.wait_until(lambda: bool(clients.met), what="a client gets in")
    assert set(clients.met) == {"open"}
    lease.release()
