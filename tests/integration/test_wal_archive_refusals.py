# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Archiving that cannot work is refused before anything is changed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from support.archiving import archive, installed_options, repository_options, tree_digest


@pytest.fixture
def options(workbench, cluster, repository):
    return installed_options(workbench, cluster, repository=repository)


@pytest.mark.versions(18)
def test_setting_on_the_command_line_is_refused(cluster, options, run_module):
    cluster.stop()
    cluster.pg_ctl("start", "-l", cluster.log, "-w", "-o", "-c archive_timeout=9")
    before = tree_digest(cluster.data / "postgresql.conf")

    run = run_module("wal_archive", {**options, "allow_restart": True}, expect_failure=True)

    assert run.code == "setting-overridden"
    assert "archive_timeout" in run["msg"]
    assert tree_digest(cluster.data / "postgresql.conf") == before


@pytest.mark.versions(18)
def test_command_of_another_tool_is_replaced_only_when_that_is_said(make_cluster, workbench, repository, run_module):
    cluster = make_cluster(settings={"archive_mode": "on", "archive_command": "/bin/true"})
    options = installed_options(workbench, cluster, repository=repository)

    refused = run_module("wal_archive", options, expect_failure=True)
    assert refused.code == "archive-command-foreign"
    assert "/bin/true" in refused["msg"]
    assert not (repository / "db1").exists()

    done = run_module("wal_archive", {**options, "replace_archive_command": True})
    assert not done["restarted"]
    assert done["proof"]["proven"]


@pytest.mark.versions(16)
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


# What is wrong, the options that say it, and the code of the refusal.
REFUSED = {
    "program missing": ({"agent_path": "/nowhere/pgpitr"}, "agent-missing"),
    "program not executable": ({"agent_path": "/etc/passwd"}, "agent-not-executable"),
    "program not configured": ({"config_directory": "/nowhere"}, "agent-config-missing"),
    "repository missing": ({"repository_path": "/nowhere"}, "repository-missing"),
    "repository not writable": ({"repository_path": "/etc"}, "repository-not-writable"),
    "not mounted": ({"repository_mount_point": "/etc"}, "repository-not-mounted"),
    "another host": ({"repository_host": "no.such.host.invalid"}, "repository-unreachable"),
    "name that leaves the repository": ({"name": "../db1"}, "invalid-cluster-name"),
    "login refused": ({"login_user": "nobody_at_all"}, "login-failed"),
    "wrong port": ({"port": 1}, "port-differs"),
    "negative timeout": ({"archive_timeout_seconds": -1}, "option-out-of-range"),
    "no sender": ({"max_wal_senders": 0}, "option-out-of-range"),
}


@pytest.mark.versions(15)
def test_what_cannot_work_is_refused_before_anything_changed(cluster, options, run_module, repository):
    watched = [repository, cluster.data / "postgresql.conf", cluster.data / "postgresql.auto.conf"]
    before = tree_digest(*watched)

    for wrong, (change, code) in REFUSED.items():
        run = run_module("wal_archive", {**options, "allow_restart": True, **change}, expect_failure=True)
        assert (run.code, bool(run["hint"])) == (code, True), wrong
        assert tree_digest(*watched) == before, wrong


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
