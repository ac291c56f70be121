# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings are changed where the configuration has them, with a restart only where it is allowed."""

from __future__ import annotations

import os

import pytest
from support.archiving import installed_options, tree_digest


@pytest.fixture
def options(workbench, cluster, repository):
    return installed_options(workbench, cluster, repository=repository)


@pytest.mark.versions(18)
def test_restart_that_is_not_allowed_fails_before_anything_changed(cluster, options, run_module, repository):
    watched = [repository, cluster.data / "postgresql.conf"]
    before = tree_digest(*watched)

    run = run_module("wal_archive", options, expect_failure=True)

    assert run.code == "restart-required"
    assert "archive_mode from 'off' to 'on'" in run["msg"]
    assert "pitr_archiving_allow_restart" in run["hint"]
    assert tree_digest(*watched) == before


@pytest.mark.versions(18)
def test_restart_that_is_not_allowed_is_reported_where_that_is_wanted(cluster, options, run_module):
    pid = cluster.postmaster_pid()

    run = run_module("wal_archive", {**options, "restart_required": "report"})
    again = run_module("wal_archive", {**options, "restart_required": "report"})

    assert run.changed
    assert run["restart_required"]
    assert not run["proof"]["proven"]
    assert cluster.postmaster_pid() == pid
    assert cluster.value("SELECT pending_restart FROM pg_settings WHERE name = 'archive_mode'")
    assert not again.changed
    assert again["restart_required"]

    cluster.restart()
    last = run_module("wal_archive", options)
    assert last["proof"]["proven"]
    assert not last["restart_required"]


@pytest.mark.versions(16)
def test_setting_that_needs_a_reload_is_never_restarted_for(cluster, options, run_module):
    run_module("wal_archive", {**options, "allow_restart": True})
    pid = cluster.postmaster_pid()

    run = run_module("wal_archive", {**options, "allow_restart": True, "archive_timeout_seconds": 120})

    assert run.changed
    assert [(step["name"], step["before"], step["after"]) for step in run["settings"]] == [
        ("archive_timeout", "60", "120")
    ]
    assert cluster.postmaster_pid() == pid
    assert cluster.value("SHOW archive_timeout") == "2min"


@pytest.mark.versions(18)
def test_value_is_changed_in_the_file_where_it_is_effective(cluster, options, run_module):
    included = cluster.data / "more.conf"
    included.write_text("# theirs\n  archive_timeout = '5min'   # why five\n", encoding="utf-8")
    included.chmod(0o640)
    cluster.os_user.own(included)
    with open(cluster.data / "postgresql.conf", "a", encoding="utf-8") as stream:
        stream.write("archive_timeout = 7\ninclude 'more.conf'\n")
    cluster.sql("ALTER SYSTEM SET max_wal_senders = 1")
    main_before = (cluster.data / "postgresql.conf").read_text(encoding="utf-8")

    run_module("wal_archive", {**options, "allow_restart": True})

    assert included.read_text(encoding="utf-8") == "# theirs\n  archive_timeout = 60   # why five\n"
    assert included.stat().st_mode & 0o777 == 0o640
    assert "max_wal_senders = 2" in (cluster.data / "postgresql.auto.conf").read_text(encoding="utf-8")
    main_after = (cluster.data / "postgresql.conf").read_text(encoding="utf-8")
    assert main_after.startswith(main_before)
    assert cluster.value("SHOW archive_timeout") == "1min"
    assert cluster.value("SHOW max_wal_senders") == "2"


@pytest.mark.versions(15, 18)
def test_server_that_does_not_start_with_the_new_settings_runs_with_the_old_ones(cluster, options, run_module):
    before = (cluster.data / "postgresql.conf").read_bytes()
    # A library that is missing is looked for at the start alone: the files are readable, and no server comes up.
    with open(cluster.data / "postgresql.conf", "a", encoding="utf-8") as stream:
        stream.write("shared_preload_libraries = 'no_such_library'\n")

    run = run_module("wal_archive", {**options, "allow_restart": True}, expect_failure=True)

    assert run.code in ("restart-failed", "server-start-failed")
    assert "no_such_library" in run["msg"]
    text = (cluster.data / "postgresql.conf").read_bytes()
    assert text == before + b"shared_preload_libraries = 'no_such_library'\n"


@pytest.mark.versions(15, 18)
def test_cluster_that_begins_at_wal_level_minimal_archives_after_a_restart(
    make_cluster, workbench, repository, run_module
):
    cluster = make_cluster(settings={"wal_level": "minimal", "max_wal_senders": 0})
    options = installed_options(workbench, cluster, repository=repository)

    run = run_module("wal_archive", {**options, "allow_restart": True})

    assert run["proof"]["proven"]
    assert cluster.value("SHOW wal_level") == "replica"
    assert cluster.value("SHOW max_wal_senders") == "2"


@pytest.mark.needs_root
@pytest.mark.versions(15)
def test_configuration_that_root_owns_stays_roots(disk, make_cluster, workbench, repository, run_module):
    cluster = make_cluster(start=False)
    path = disk / "postgresql.conf"
    directory = str(cluster.data).replace("'", "''")
    path.write_text(f"archive_mode = off\narchive_command = ''\ndata_directory = '{directory}'\n", encoding="ascii")
    with (cluster.data / "postgresql.conf").open("a", encoding="ascii") as main:
        main.write("include '" + str(path).replace("'", "''") + "'\n")
    cluster.start()
    options = installed_options(workbench, cluster, repository=repository)
    for each in (disk, path):
        os.chown(each, 0, 0)
    path.chmod(0o644)

    run_module("wal_archive", {**options, "allow_restart": True}, as_root=True)

    assert (path.stat().st_uid, path.stat().st_mode & 0o777) == (0, 0o644)
    assert path.read_text(encoding="ascii").startswith("archive_mode = on\narchive_command = ")
    assert cluster.value("SHOW archive_mode") == "on"


@pytest.mark.needs_root
@pytest.mark.versions(15)
def test_configuration_of_roots_in_a_directory_of_the_servers_user_is_left_to_people(cluster, options, run_module):
    """Its user could exchange it for a link while root writes."""
    path = cluster.data / "postgresql.conf"
    os.chown(path, 0, 0)
    path.chmod(0o644)
    before = path.read_bytes()

    for check in (True, False):
        run = run_module(
            "wal_archive", {**options, "allow_restart": True}, as_root=True, check=check, expect_failure=True
        )
        assert run.code == "configuration-not-writable"
    assert path.read_bytes() == before


@pytest.mark.versions(18)
@pytest.mark.parametrize(
    ("name", "running", "expected"),
    [
        pytest.param("max_wal_senders", "0", "10", id="the next start would have had ten"),
        pytest.param("max_wal_senders", "30", "30", id="the running server has more"),
        pytest.param("wal_level", "logical", "logical", id="the running server does more"),
    ],
)
def test_setting_that_no_file_has_any_more_is_not_lowered(cluster, options, run_module, name, running, expected):
    assert not cluster.sql("SELECT 1 FROM pg_file_settings WHERE name = %s", [name])
    cluster.sql(f"ALTER SYSTEM SET {name} = '{running}'")
    cluster.restart()
    cluster.sql(f"ALTER SYSTEM RESET {name}")

    run_module("wal_archive", {**options, "allow_restart": True})
    assert cluster.value(f"SHOW {name}") == expected
    cluster.restart()
    assert cluster.value(f"SHOW {name}") == expected
