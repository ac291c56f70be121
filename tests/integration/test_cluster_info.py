# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Clusters are found wherever they lie, running or stopped, without a login."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from support.archiving import cluster_options, tree_digest


@pytest.mark.versions(15, 18)
def test_running_cluster_is_described(cluster, postgres, run_module):
    run = run_module("cluster_info", {"data_directory": str(cluster.data)})

    (found,) = run["clusters"]
    assert not run.changed
    assert found["version"] == postgres.version
    assert found["data_directory"] == str(cluster.data)
    assert found["port"] == cluster.port
    assert found["socket_directory"] == str(cluster.socket_directory)
    assert found["bin_directory"] == os.path.realpath(cluster.program("postgres").parent)
    assert found["config_file"] == f"{cluster.data}/postgresql.conf"
    assert found["hba_file"] == f"{cluster.data}/pg_hba.conf"
    assert found["ident_file"] == f"{cluster.data}/pg_ident.conf"
    assert found["service"] == {"kind": "pg_ctl", "name": ""}
    assert found["os_user"] == cluster.os_user.name
    assert found["system_identifier"] == cluster.system_identifier()
    assert found["segment_size_bytes"] == 16 * 1024 * 1024
    assert (found["role"], found["state"], found["timeline"]) == ("primary", "running", 1)
    assert found["wal_directory"] is None
    values = cluster.value("SELECT enumvals FROM pg_settings WHERE name = 'wal_compression'")
    assert {"zstd", "lz4"} & set(found["compression"]["server"]) == {"zstd", "lz4"} & set(values)


@pytest.mark.versions(15, 18)
def test_stopped_cluster_is_described_alike(cluster, run_module):
    running = run_module("cluster_info", {"data_directory": str(cluster.data)})["clusters"][0]
    cluster.stop()

    stopped = run_module("cluster_info", {"data_directory": str(cluster.data)})["clusters"][0]

    assert stopped.pop("state") == "stopped"
    assert running.pop("state") == "running"
    assert stopped == running


@pytest.mark.versions(15, 18)
def test_running_cluster_is_found_by_its_port_alone(cluster, run_module):
    run = run_module("cluster_info", {"port": cluster.port})

    assert [found["data_directory"] for found in run["clusters"]] == [str(cluster.data)]


@pytest.mark.versions(15)
def test_neighbour_that_is_being_removed_hides_nobody(cluster, make_cluster, run_module):
    neighbour = make_cluster()
    tablespaces = neighbour.data / "pg_tblspc"
    tablespaces.rename(neighbour.data / "gone")

    run = run_module("cluster_info", {"port": cluster.port})

    assert [found["data_directory"] for found in run["clusters"]] == [str(cluster.data)]
    (neighbour.data / "gone").rename(tablespaces)


@pytest.mark.versions(15, 18)
def test_standby_tablespaces_and_moved_wal_are_seen(make_cluster, workbench, run_module):
    wal = workbench.make_directory("the wal")
    cluster = make_cluster(initdb_arguments=["--waldir", str(wal)])
    space = workbench.make_directory("a space")
    cluster.sql(f"CREATE TABLESPACE extra LOCATION '{space}'")
    cluster.stop()
    standby = cluster.data / "standby.signal"
    standby.touch()
    cluster.os_user.own(standby)

    (stopped,) = run_module("cluster_info", {**cluster_options(cluster)})["clusters"]
    cluster.start()
    (running,) = run_module("cluster_info", {"data_directory": str(cluster.data)})["clusters"]

    assert list(running["tablespaces"].values()) == [str(space)]
    assert running["wal_directory"] == str(wal)
    assert (stopped["role"], running["role"]) == ("standby", "standby")


@pytest.mark.versions(15, 18)
def test_promoted_server_tells_its_new_timeline(cluster, run_module):
    cluster.stop()
    cluster.start_as_standby()
    cluster.sql("SELECT pg_promote()")

    (found,) = run_module("cluster_info", {**cluster_options(cluster)})["clusters"]

    assert (found["role"], found["timeline"]) == ("primary", 2)


@pytest.mark.versions(15)
def test_options_of_the_command_line_count(make_cluster, run_module, workbench):
    cluster = make_cluster(start=False)
    elsewhere = workbench.make_directory("elsewhere")
    hba = elsewhere / "its hba.conf"
    hba.write_text("local all all trust\n", encoding="utf-8")
    cluster.os_user.own(hba)
    cluster.pg_ctl("start", "-l", cluster.log, "-w", "-o", f"-c 'hba_file={hba}' -k '{elsewhere}'")

    (found,) = run_module("cluster_info", {"data_directory": str(cluster.data)})["clusters"]

    assert found["hba_file"] == str(hba)
    assert found["socket_directory"] == str(elsewhere)


@pytest.mark.parametrize(
    ("options", "code"),
    [
        pytest.param({"data_directory": "/nowhere"}, "data-directory-missing", id="missing"),
        pytest.param({"data_directory": "/usr"}, "data-directory-invalid", id="no cluster's"),
        pytest.param({"bin_directory": "/usr/share"}, "bin-directory-missing", id="no programs"),
    ],
)
@pytest.mark.versions(15)
def test_wrong_directory_is_named(cluster, run_module, options, code):
    run = run_module("cluster_info", {"data_directory": str(cluster.data), **options}, expect_failure=True)

    assert run.code == code
    assert next(iter(options.values())) in run["msg"]
    assert run["hint"]


@pytest.mark.versions(16)
def test_programs_of_another_major_version_are_refused(cluster, run_module, workbench):
    other = next(path for path in (Path("/usr/lib/postgresql/15/bin"),) if path.is_dir())

    run = run_module(
        "cluster_info", {"data_directory": str(cluster.data), "bin_directory": str(other)}, expect_failure=True
    )

    assert run.code == "version-mismatch"


@pytest.mark.versions(15)
def test_broken_configuration_is_told_in_the_servers_words(cluster, run_module):
    cluster.stop()
    cluster.configure(no_such_setting="1")

    run = run_module("cluster_info", {"data_directory": str(cluster.data)}, expect_failure=True)

    assert run.code == "configuration-invalid"
    assert "no_such_setting" in run["msg"]


@pytest.mark.needs_root
@pytest.mark.versions(15)
def test_root_sees_what_the_owner_sees_and_changes_nothing(cluster, run_module):
    cluster.sql("CHECKPOINT")
    watched = [
        cluster.data / "postgresql.conf",
        cluster.data / "global" / "pg_control",
        cluster.data / "postmaster.pid",
    ]
    before = tree_digest(*watched)

    as_owner = run_module("cluster_info", {"data_directory": str(cluster.data)})
    as_root = run_module("cluster_info", {"data_directory": str(cluster.data)}, as_root=True)

    assert as_root["clusters"] == as_owner["clusters"]
    assert tree_digest(*watched) == before
