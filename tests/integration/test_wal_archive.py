# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Archiving is set up, and believed only when a segment has arrived."""

from __future__ import annotations

import pytest
from support.archiving import installed_options, repository_options, tree_digest


@pytest.fixture
def options(workbench, cluster, repository):
    return installed_options(workbench, cluster, repository=repository)


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


@pytest.mark.versions(18)
def test_second_run_changes_nothing(cluster, options, run_module, repository):
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


@pytest.mark.versions(18)
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


@pytest.mark.versions(18)
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


@pytest.mark.versions(15)
def test_repository_that_vanished_is_not_begun_anew(cluster, options, run_module, repository):
    run_module("wal_archive", {**options, "allow_restart": True})
    (repository / "db1").rename(repository.parent / "away")

    run = run_module("wal_archive", {**options, "allow_restart": True}, expect_failure=True)

    assert run.code == "repository-missing"
    assert not (repository / "db1").exists()


@pytest.mark.versions(15, 18)
def test_odd_names_languages_and_sizes_work(make_cluster, workbench, run_module):
    cluster = make_cluster(
        directory_name="it's a name",
        segment_size_mb=1,
        superuser="boss",
        settings={"timezone": "Pacific/Chatham", "log_timezone": "America/St_Johns", "datestyle": "SQL, DMY"},
    )
    repository = workbench.make_directory("it's a repository")
    options = installed_options(workbench, cluster, repository=repository)

    run = run_module("wal_archive", {**options, "allow_restart": True})
    again = run_module("wal_archive", {**options, "allow_restart": True})

    assert run["proof"]["proven"]
    assert not again.changed
    assert again["proof"]["reason"] == "already"


@pytest.mark.versions(18)
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
@pytest.mark.versions(18)
def test_root_leaves_every_file_to_the_cluster_s_user(cluster, options, run_module, repository):
    run = run_module("wal_archive", {**options, "allow_restart": True}, as_root=True)

    assert run["proof"]["proven"]
    owned = [*repository.rglob("*"), cluster.data / "postgresql.conf", cluster.data / "postmaster.pid"]
    assert {path.stat().st_uid for path in owned} == {cluster.os_user.uid}
    assert {path.stat().st_mode & 0o077 for path in repository.rglob("*")} == {0}
    again = run_module("wal_archive", {**options, "allow_restart": True}, as_root=True)
    assert not again.changed
