# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pause, shutdown, promotion later, checks, and copies side by side."""

from __future__ import annotations

import shutil

import psycopg2
import pytest
from support.ports import PortLease
from support.restoring import Site, lay_out


@pytest.fixture
def site(workbench, cluster, repository) -> Site:
    return Site.make(workbench, cluster, repository)


@pytest.mark.versions(15, 18)
def test_pause_leaves_the_server_open_for_reading_and_a_second_run_promotes(site: Site) -> None:
    places = lay_out(site)

    site.stage(**places.target("time"), target_action="pause")
    assert site.recover()["state"] == "paused"
    assert site.rows() == [0, 1]
    assert site.cluster.value("SELECT pg_get_wal_replay_pause_state()") == "paused"
    with pytest.raises(psycopg2.Error):
        site.insert(9)
    assert not site.recover().changed
    # The original is kept for this one: another target has to wait.
    assert site.stage(**places.target("xid"), fails=True).code == "restore-unfinished"

    again = site.stage(**places.target("time"), target_action="promote")
    assert again["already"]
    done = site.recover()
    assert done["state"] == "promoted"
    assert done["reached"]["timeline"] == 1
    site.insert(9)
    assert site.rows() == [0, 1, 9]
    assert not site.recover().changed


@pytest.mark.versions(15, 18)
def test_shutdown_stops_at_the_target(site: Site) -> None:
    places = lay_out(site)
    site.stage(**places.target("xid"), target_action="shutdown")
    assert site.recover()["state"] == "stopped"
    assert not site.cluster.is_running()
    assert (site.cluster.data / "recovery.signal").exists()

    assert site.recover(state="promoted")["state"] == "promoted"
    assert site.rows() == [0, 1, 2]


@pytest.mark.versions(15, 18)
def test_hot_standby_off_is_proven_after_the_server_has_opened(site: Site) -> None:
    places = lay_out(site)
    site.cluster.configure(hot_standby="off")
    done = site.restore(**places.target("lsn"))
    assert done["state"] == "promoted"
    assert site.rows() == [0, 1, 2]
    site.roll_back()

    site.stage(**places.target("xid"), target_action="pause")
    assert site.recover()["state"] == "paused"
    assert not site.cluster.is_running()
    assert site.recover(state="promoted")["state"] == "promoted"
    assert site.rows() == [0, 1, 2]


@pytest.mark.versions(16)
def test_checks_are_asked_before_the_hand_over(site: Site) -> None:
    places = lay_out(site)
    site.stage(**places.target("time"))
    done = site.recover(
        checks=[
            {"sql": "SELECT count(*) FROM t", "expect": "2"},
            {"sql": "SELECT pg_is_in_recovery()", "expect": "t"},
            {"sql": "SELECT current_database()", "expect": "template1", "database": "template1"},
        ]
    )
    assert [check["got"] for check in done["checks"]] == ["2", "t", "template1"]


@pytest.mark.versions(18)
def test_settings_can_be_changed_after_a_restore_without_a_restart(site: Site) -> None:
    # The server was started with a target that its files do not have any more, and so it waits for a restart.
    site.cluster.sql("CREATE TABLE t (i int)")
    site.back_up()
    target = site.moment()
    site.insert(1)
    site.archive_all()
    site.restore(target_time=target)
    pid = site.cluster.postmaster_pid()
    waiting = site.cluster.column("SELECT name FROM pg_settings WHERE pending_restart ORDER BY name")
    wanted = {**site.options, "allow_restart": True, "archive_timeout_seconds": 90}

    predicted = site.workbench.run_module("wal_archive", wanted, check=True)
    done = site.workbench.run_module("wal_archive", wanted)
    again = site.workbench.run_module("wal_archive", wanted)
    with open(site.cluster.data / "postgresql.conf", "a", encoding="utf-8") as stream:
        stream.write("work_mem = much\n")
    refused = site.workbench.run_module("wal_archive", {**wanted, "archive_timeout_seconds": 91}, expect_failure=True)

    assert "recovery_target_time" in waiting
    assert predicted["settings"] == done["settings"]
    assert [(step["name"], step["after"]) for step in done["settings"]] == [("archive_timeout", "90")]
    assert (done["restarted"], done["restart_required"], done["proof"]["proven"]) == (False, False, True)
    assert not again.changed
    assert again["restart_required"] is False
    assert refused.code == "configuration-invalid"
    assert "work_mem" in refused["msg"]
    assert site.cluster.value("SHOW archive_timeout") == "90s"
    assert site.cluster.postmaster_pid() == pid


@pytest.mark.versions(18)
def test_check_that_differs_brings_the_old_cluster_back(site: Site) -> None:
    places = lay_out(site)
    site.stage(**places.target("time"))

    done = site.recover(checks=[{"sql": "SELECT count(*) FROM t", "expect": "3"}], fails=True)

    assert done.code == "check-differs"
    assert "runs again" in done["hint"]
    assert site.rows() == [0, 1, 2, 3, 4, 5]
    assert site.cluster.control()["Latest checkpoint's TimeLineID"] == "1"
    site.insert(6)
    site.archive_all()


@pytest.mark.versions(18)
def test_check_of_a_table_that_is_dropped_just_after_the_target_waits_for_the_promotion(site: Site) -> None:
    lay_out(site)
    target = str(site.cluster.value("SELECT clock_timestamp()"))
    site.cluster.sql("DROP TABLE t")
    site.stage(target_time=target)

    done = site.recover(checks=[{"sql": "SELECT count(*) FROM t", "expect": "6"}])
    assert [(check["got"], check["waiting"]) for check in done["checks"]] == [("6", False)]
    site.roll_back()

    site.stage(target_time=target)
    done = site.recover(checks=[{"sql": "SELECT count(*) FROM t", "expect": "7"}], fails=True)
    assert done.code == "check-differs"
    assert site.cluster.value("SELECT to_regclass('t') IS NULL")


@pytest.mark.versions(15, 18)
def test_copy_side_by_side_leaves_the_cluster_alone(site: Site) -> None:
    places = lay_out(site)
    lease = PortLease.take()
    beside = {"restore_data_directory": str(site.cluster.base / "it's a copy"), "restore_port": lease.port}
    pid = site.cluster.postmaster_pid()

    plan = site.workbench.run_module("restore", {**site.options, **places.target("time"), **beside})
    assert plan["confirmation"] is None
    done = site.recover(**beside)

    assert done["state"] == "promoted"
    connection = psycopg2.connect(
        host=str(site.cluster.socket_directory), port=lease.port, dbname="postgres", user=site.cluster.superuser
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT array_agg(i ORDER BY i) FROM t")
        assert cursor.fetchone() == ([0, 1],)
        cursor.execute("SHOW archive_mode")
        assert cursor.fetchone() == ("off",)
        cursor.execute("SHOW data_directory")
        assert cursor.fetchone() == (beside["restore_data_directory"],)
    connection.close()
    assert site.cluster.postmaster_pid() == pid
    assert site.rows() == [0, 1, 2, 3, 4, 5]
    assert not list((site.repository / "db1" / "wal").glob("00000002"))

    refused = site.plan(
        **places.target("time"), **{**beside, "restore_data_directory": str(site.cluster.data)}, fails=True
    )
    assert refused.code == "data-directory-not-empty"
    rolled_back = site.workbench.run_module(
        "restore", {**site.options, **beside, "state": "rolled_back", "confirm": "db1@rollback"}
    )
    assert rolled_back.changed
    lease.release()


@pytest.mark.versions(18)
def test_copy_that_was_thrown_away_can_be_made_again(site: Site) -> None:
    target = lay_out(site).target("xid")
    lease = PortLease.take()
    copy = site.cluster.base / "again"
    options = {**site.options, **target, "restore_data_directory": str(copy), "restore_port": lease.port}
    site.workbench.run_module("restore", options)
    shutil.rmtree(copy)
    made = site.workbench.run_module("restore", options)
    assert made.changed and not made["already"]
    lease.release()
