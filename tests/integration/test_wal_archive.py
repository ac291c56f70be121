# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Archiving is set up where the user's configuration lives, and believed only when a segment has arrived."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from support.archiving import archive, install_agent, repository_options, tree_digest


@pytest.fixture
def options(workbench, cluster, repository):
    options = repository_options(workbench, cluster, repository=repository)
    install_agent(workbench, options)
    return options


def test_archiving_is_turned_on_and_proven(cluster, options, run_module, repository):
    run = run_module("wal_archive", {**options, "allow_restart": True})

    assert run.changed
    assert run["restarted"]
    assert run["restart_required"] is False
    assert run["proof"]["proven"]
    segment = run["proof"]["segment"]
    assert list(repository.glob(f"db1/wal/00000001/00000000/{segment}*"))
    assert cluster.value("SELECT last_archived_wal FROM pg_stat_archiver") >= segment
    assert cluster.value("SHOW archive_mode") == "on"
    assert cluster.value("SHOW archive_timeout") == "1min"
    assert {step["name"] for step in run["settings"]} >= {"archive_mode", "archive_command", "archive_timeout"}
    if cluster.version >= 17:
        assert cluster.value("SHOW summarize_wal") == "on"
        kept = run_module("wal_archive", {**options, "wal_summary_keep_days": 20})
        assert [(step["name"], step["after"], step["context"]) for step in kept["settings"]] == [
            ("wal_summary_keep_time", "28800", "sighup")
        ]
        assert cluster.value("SHOW wal_summary_keep_time") == "20d"
        assert not run_module("wal_archive", options).changed, "a longer time stays"


def test_second_run_changes_nothing(cluster, options, run_module, workbench, repository):
    # No segment may be switched by time between the two looks at the repository.
    wanted = {**options, "allow_restart": True, "archive_timeout_seconds": 3600}
    run_module("wal_archive", wanted)
    pid = cluster.postmaster_pid()
    before = tree_digest(repository)
    texts = (cluster.data / "postgresql.conf").read_bytes()

    again = run_module("wal_archive", wanted)

    assert not again.changed
    assert again["settings"] == []
    assert again["proof"] == {"proven": True, "reason": "already", "segment": None, "seconds": None}
    assert cluster.postmaster_pid() == pid
    assert tree_digest(repository) == before
    assert (cluster.data / "postgresql.conf").read_bytes() == texts


def test_check_mode_predicts_and_changes_not_a_byte(cluster, options, run_module, repository):
    cluster.sql("CHECKPOINT")
    watched = [repository, cluster.data / "postgresql.conf", cluster.data / "postgresql.auto.conf"]
    before = tree_digest(*watched)

    predicted = run_module("wal_archive", {**options, "allow_restart": True}, check=True)
    assert tree_digest(*watched) == before
    done = run_module("wal_archive", {**options, "allow_restart": True})

    assert predicted.changed == done.changed
    assert predicted["settings"] == done["settings"]
    assert predicted["restart_required"]
    assert "archive_mode = on" in predicted["diff"]["after"]
    assert "archive_mode = on" not in predicted["diff"]["before"]


def test_restart_that_is_not_allowed_fails_before_anything_changed(cluster, options, run_module, repository):
    watched = [repository, cluster.data / "postgresql.conf"]
    before = tree_digest(*watched)

    run = run_module("wal_archive", options, expect_failure=True)

    assert run.code == "restart-required"
    assert "archive_mode from 'off' to 'on'" in run["msg"]
    assert "pitr_archiving_allow_restart" in run["hint"]
    assert tree_digest(*watched) == before


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


def test_setting_on_the_command_line_is_refused(cluster, options, run_module):
    cluster.stop()
    cluster.pg_ctl("start", "-l", cluster.log, "-w", "-o", "-c archive_timeout=9")
    before = tree_digest(cluster.data / "postgresql.conf")

    run = run_module("wal_archive", {**options, "allow_restart": True}, expect_failure=True)

    assert run.code == "setting-overridden"
    assert "archive_timeout" in run["msg"]
    assert tree_digest(cluster.data / "postgresql.conf") == before


def test_command_of_another_tool_is_replaced_only_when_that_is_said(make_cluster, workbench, repository, run_module):
    cluster = make_cluster(settings={"archive_mode": "on", "archive_command": "/bin/true"})
    options = repository_options(workbench, cluster, repository=repository)
    install_agent(workbench, options)

    refused = run_module("wal_archive", options, expect_failure=True)
    assert refused.code == "archive-command-foreign"
    assert "/bin/true" in refused["msg"]
    assert not (repository / "db1").exists()

    done = run_module("wal_archive", {**options, "replace_archive_command": True})
    assert not done["restarted"]
    assert done["proof"]["proven"]


def test_failure_is_told_in_the_archivers_own_words(cluster, options, run_module, repository):
    run_module("wal_archive", {**options, "allow_restart": True})
    folder = repository / "db1" / "wal" / "00000001" / "00000000"
    folder.chmod(0o500)

    run = run_module(
        "wal_archive", {**options, "archive_timeout_seconds": 61, "proof_timeout_seconds": 20}, expect_failure=True
    )

    assert run.code == "archiving-failed"
    assert "pgpitr:" in run["msg"]
    assert str(folder) in run["msg"]
    folder.chmod(0o700)
    again = run_module("wal_archive", {**options, "archive_timeout_seconds": 61})
    assert again["proof"]["proven"]
    assert again["proof"]["segment"]


def test_repository_that_vanished_is_not_begun_anew(cluster, options, run_module, repository):
    run_module("wal_archive", {**options, "allow_restart": True})
    (repository / "db1").rename(repository.parent / "away")

    run = run_module("wal_archive", {**options, "allow_restart": True}, expect_failure=True)

    assert run.code == "repository-missing"
    assert not (repository / "db1").exists()


def test_repository_of_another_cluster_is_refused(make_cluster, workbench, repository, run_module):
    first = make_cluster()
    archive(workbench, first, repository=repository)
    second = make_cluster()
    options = repository_options(workbench, second, repository=repository)
    before = tree_digest(Path(options["config_directory"]), repository)
    assert run_module("agent", options, expect_failure=True).code == "repository-foreign"

    run = run_module("wal_archive", {**options, "allow_restart": True}, expect_failure=True)

    assert run.code == "repository-foreign"
    assert tree_digest(Path(options["config_directory"]), repository) == before
    assert second.system_identifier() in run["msg"]
    assert second.value("SHOW archive_mode") == "off"


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


@pytest.mark.parametrize(
    ("change", "code"),
    [
        pytest.param({"agent_path": "/nowhere/pgpitr"}, "agent-missing", id="program missing"),
        pytest.param({"agent_path": "/etc/passwd"}, "agent-not-executable", id="program not executable"),
        pytest.param({"config_directory": "/nowhere"}, "agent-config-missing", id="program not configured"),
        pytest.param({"repository_path": "/nowhere"}, "repository-missing", id="repository missing"),
        pytest.param({"repository_path": "/etc"}, "repository-not-writable", id="repository not writable"),
        pytest.param({"repository_mount_point": "/etc"}, "repository-not-mounted", id="not mounted"),
        pytest.param({"repository_host": "backup1"}, "not-supported", id="another host"),
        pytest.param({"name": "../db1"}, "invalid-cluster-name", id="name that leaves the repository"),
        pytest.param({"login_user": "nobody_at_all"}, "login-failed", id="login refused"),
        pytest.param({"port": 1}, "port-differs", id="wrong port"),
        pytest.param({"archive_timeout_seconds": -1}, "option-out-of-range", id="negative timeout"),
        pytest.param({"max_wal_senders": 0}, "option-out-of-range", id="no sender"),
    ],
)
@pytest.mark.versions(15)
def test_what_cannot_work_is_refused_before_anything_changed(cluster, options, run_module, repository, change, code):
    watched = [repository, cluster.data / "postgresql.conf", cluster.data / "postgresql.auto.conf"]
    before = tree_digest(*watched)

    run = run_module("wal_archive", {**options, "allow_restart": True, **change}, expect_failure=True)

    assert run.code == code
    assert run["hint"]
    assert tree_digest(*watched) == before


@pytest.mark.versions(15)
def test_stopped_server_is_refused(cluster, options, run_module):
    cluster.stop()

    run = run_module("wal_archive", {**options, "allow_restart": True}, expect_failure=True)

    assert run.code == "server-down"


@pytest.mark.versions(15)
def test_repository_inside_the_data_directory_is_refused(cluster, options, run_module):
    inside = cluster.data / "repository"
    inside.mkdir(mode=0o700)
    cluster.os_user.own(inside)

    run = run_module(
        "wal_archive", {**options, "repository_path": str(inside), "allow_restart": True}, expect_failure=True
    )

    assert run.code == "repository-inside-data-directory"


def test_odd_names_languages_and_sizes_work(make_cluster, workbench, run_module):
    cluster = make_cluster(
        directory_name="it's a name",
        segment_size_mb=1,
        superuser="boss",
        settings={"timezone": "Pacific/Chatham", "log_timezone": "America/St_Johns", "datestyle": "SQL, DMY"},
    )
    repository = workbench.make_directory("it's a repository")
    options = repository_options(workbench, cluster, repository=repository)
    install_agent(workbench, options)

    run = run_module("wal_archive", {**options, "allow_restart": True})
    again = run_module("wal_archive", {**options, "allow_restart": True})

    assert run["proof"]["proven"]
    assert not again.changed
    assert again["proof"]["reason"] == "already"


def test_cluster_that_begins_at_wal_level_minimal_archives_after_a_restart(
    make_cluster, workbench, repository, run_module
):
    cluster = make_cluster(settings={"wal_level": "minimal", "max_wal_senders": 0})
    options = repository_options(workbench, cluster, repository=repository)
    install_agent(workbench, options)

    run = run_module("wal_archive", {**options, "allow_restart": True})

    assert run["proof"]["proven"]
    assert cluster.value("SHOW wal_level") == "replica"
    assert cluster.value("SHOW max_wal_senders") == "2"


def test_standby_gets_its_settings_and_the_proof_is_left_to_the_primary(cluster, options, run_module):
    cluster.stop()
    cluster.start_as_standby()

    run = run_module("wal_archive", {**options, "allow_restart": True})
    again = run_module("wal_archive", {**options, "allow_restart": True})

    assert run.changed
    assert run["proof"] == {"proven": False, "reason": "standby", "segment": None, "seconds": None}
    assert run["cluster"]["role"] == "standby"
    assert cluster.value("SHOW archive_mode") == "on"
    assert not again.changed


@pytest.mark.versions(15)
def test_check_mode_before_the_program_is_installed_warns_and_predicts(cluster, workbench, repository, run_module):
    options = repository_options(workbench, cluster, repository=repository / "not yet")

    run = run_module("wal_archive", {**options, "allow_restart": True}, check=True)

    assert run.changed
    assert len(run["warnings"]) == 2
    assert not (repository / "not yet").exists()


@pytest.mark.needs_root
@pytest.mark.versions(15, 18)
def test_root_leaves_every_file_to_the_cluster_s_user(cluster, options, run_module, repository):
    run = run_module("wal_archive", {**options, "allow_restart": True}, as_root=True)

    assert run["proof"]["proven"]
    owned = [*repository.rglob("*"), cluster.data / "postgresql.conf", cluster.data / "postmaster.pid"]
    assert {path.stat().st_uid for path in owned} == {cluster.os_user.uid}
    assert {path.stat().st_mode & 0o077 for path in repository.rglob("*")} == {0}
    again = run_module("wal_archive", {**options, "allow_restart": True}, as_root=True)
    assert not again.changed


@pytest.mark.needs_root
@pytest.mark.versions(15)
def test_configuration_that_root_owns_stays_roots(cluster, options, run_module):
    path = cluster.data / "postgresql.conf"
    os.chown(path, 0, 0)
    path.chmod(0o644)

    run_module("wal_archive", {**options, "allow_restart": True}, as_root=True)

    assert (path.stat().st_uid, path.stat().st_mode & 0o777) == (0, 0o644)
    assert cluster.value("SHOW archive_mode") == "on"


@pytest.mark.needs_root
@pytest.mark.versions(15)
def test_configuration_that_cannot_be_written_is_refused_before_anything_changed(
    cluster, options, run_module, repository
):
    path = cluster.data / "postgresql.conf"
    os.chown(path, 0, 0)
    path.chmod(0o644)

    run = run_module("wal_archive", {**options, "allow_restart": True}, expect_failure=True)

    assert run.code == "configuration-not-writable"
    assert not (repository / "db1").exists()
