# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbooks as an operator runs them: archive, back up, lose a table, plan, restore, go back."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import pytest
from support.cluster import Cluster
from support.encryption import AgeKey
from support.run_result import result_of
from support.site import ALLOW_RESTART, Site, lose_the_table
from support.workbench import Workbench


@pytest.fixture
def site(workbench: Workbench, cluster: Cluster) -> Site:
    return Site(workbench, {"db1": cluster})


@pytest.fixture
def archived(site: Site) -> Site:
    """A site with archiving on and one backup."""
    site.play("archive", extra_vars=ALLOW_RESTART)
    site.play("backup")
    return site


def fingerprint(*roots: Path) -> str:
    """A checksum of every path, mode and content below the roots; sockets, locks and statistics move by themselves."""
    digest = hashlib.sha256()
    for root in roots:
        for path in sorted(root.rglob("*")):
            if path.is_dir() or "pg_stat" in str(path):
                continue
            digest.update(f"{path} {path.lstat().st_mode} {path.lstat().st_size}".encode())
            if path.is_file():
                digest.update(path.read_bytes())
    return digest.hexdigest()


@pytest.mark.versions(18)
def test_archive_twice_changes_nothing_the_second_time(site: Site) -> None:
    rehearsal = site.play("archive", extra_vars=ALLOW_RESTART, check=True)
    assert rehearsal.changed_count > 0
    assert not site.repository.exists() and not site.agent.exists()

    first = site.play("archive", extra_vars=ALLOW_RESTART)
    assert first.changed_tasks == rehearsal.changed_tasks

    before = fingerprint(site.config, site.agent.parent / "etc")
    second = site.play("archive")
    assert second.changed_count == 0
    assert site.play("archive", check=True).changed_count == 0
    assert fingerprint(site.config, site.agent.parent / "etc") == before


@pytest.mark.versions(18)
def test_archive_without_permission_to_restart_changes_no_setting(site: Site) -> None:
    done = site.play("archive", expect_failure=True)

    assert done.failures()[0].result["code"] == "restart-required"
    assert site.clusters["db1"].value("SHOW archive_mode") == "off"
    assert not (site.repository / "db1").exists()


@pytest.mark.versions(15)
def test_backup_that_is_recent_enough_is_not_taken_again(archived: Site) -> None:
    rehearsal = archived.play("backup", extra_vars={"pitr_backup_max_age_seconds": 3600}, check=True)
    done = archived.play("backup", extra_vars={"pitr_backup_max_age_seconds": 3600})

    assert rehearsal.changed_count == done.changed_count == 0
    assert len(list((archived.repository / "db1" / "backups").iterdir())) >= 1
    assert archived.play("backup", check=True).changed_count == 1


@pytest.mark.versions(15, 18)
def test_dropped_table_is_back_with_every_row_and_nothing_later(archived: Site) -> None:
    cluster = archived.clusters["db1"]
    target = lose_the_table(cluster)
    wanted = {"pitr_restore_target_time": target}

    plan = archived.play("restore", check=True, extra_vars=wanted, limit="db1")
    assert plan.changed_count > 0
    assert cluster.value("SELECT count(*) FROM later") == 1

    archived.play("restore", extra_vars={**wanted, "pitr_restore_confirm": f"db1@{target}"}, limit="db1")

    assert cluster.value("SELECT count(*) FROM kept") == 500
    assert cluster.value("SELECT to_regclass('later') IS NULL")
    assert cluster.value("SELECT NOT pg_is_in_recovery()")
    assert cluster.control()["Latest checkpoint's TimeLineID"] == "2"
    assert archived.play("archive").changed_count == 0


@pytest.mark.versions(18)
def test_rollback_brings_back_the_cluster_as_it_was(archived: Site) -> None:
    cluster = archived.clusters["db1"]
    target = lose_the_table(cluster)
    archived.play(
        "restore", extra_vars={"pitr_restore_target_time": target, "pitr_restore_confirm": f"db1@{target}"}, limit="db1"
    )

    refused = archived.play("rollback", limit="db1", expect_failure=True)
    assert result_of(refused)["clusters"]["db1"]["code"] == "confirmation-missing"
    rehearsal = archived.play("rollback", extra_vars={"pitr_restore_confirm": "db1@rollback"}, check=True)
    assert rehearsal.changed_count == 1
    assert cluster.value("SELECT count(*) FROM kept") == 500

    archived.play("rollback", extra_vars={"pitr_restore_confirm": "db1@rollback"})
    assert cluster.value("SELECT count(*) FROM later") == 1
    assert cluster.value("SELECT to_regclass('kept') IS NULL")
    assert archived.play("rollback", extra_vars={"pitr_restore_confirm": "db1@rollback"}).changed_count == 0


@pytest.mark.versions(18)
def test_restore_asks_for_its_confirmation_and_a_check_that_differs_rolls_it_back(archived: Site) -> None:
    cluster = archived.clusters["db1"]
    target = lose_the_table(cluster)

    unconfirmed = archived.play("restore", extra_vars={"pitr_restore_target_time": target}, expect_failure=True)
    told = result_of(unconfirmed)["clusters"]["db1"]
    assert told["code"] == "confirmation-missing" and f"db1@{target}" in told["hint"]
    assert f"db1@{target}" in unconfirmed.failures()[0].result["msg"]
    assert cluster.value("SELECT count(*) FROM later") == 1

    done = archived.play(
        "restore",
        extra_vars={
            "pitr_restore_target_time": target,
            "pitr_restore_confirm": f"db1@{target}",
            "pitr_restore_checks": [{"sql": "SELECT count(*) FROM kept", "expect": "501"}],
        },
        expect_failure=True,
    )

    assert any(failure.result.get("code") == "check-differs" for failure in done.failures())
    assert cluster.value("SELECT count(*) FROM later") == 1


@pytest.mark.versions(18)
def test_report_is_left_as_text_and_json(archived: Site) -> None:
    directory = archived.workbench.make_directory("report")

    done = archived.play("report", extra_vars={"pitr_report_directory": str(directory)})

    (cluster,) = json.loads((directory / "report.json").read_text())
    assert cluster["name"] == "db1"
    assert cluster["system_identifier"] == archived.clusters["db1"].system_identifier()
    assert [backup["type"] for backup in cluster["backups"]] == ["full"]
    assert cluster["windows"] and cluster["gaps"] == []
    assert cluster["archiver"]["failing_on"] is None
    assert cluster["summary"]["newest_backup"] == cluster["backups"][0]["label"]
    assert f"db1: newest backup {cluster['backups'][0]['label']}" in done.stdout
    assert ", no gaps; 1 backup of" in done.stdout and "last archived" in done.stdout
    assert cluster["attention"] == [] and "Warn of what needs attention" in done.stdout
    old = archived.play("report", extra_vars={"pitr_report_directory": "", "pitr_report_max_age_seconds": 1})
    assert old.changed_count == 0
    assert "the newest backup that can be restored is" in old.stdout


@pytest.mark.versions(18)
def test_lost_cluster_is_reported_and_a_failed_host_is_named(archived: Site) -> None:
    directory = archived.workbench.make_directory("report")
    cluster = archived.clusters["db1"].crash()
    shutil.rmtree(cluster.data)
    variables = archived.variables(cluster)
    inventory = {"db1": variables, "db2": {**variables, "pitr_repository_path": "/nowhere"}}

    done = archived.workbench.run_playbook(
        "report", inventory=inventory, extra_vars={"pitr_report_directory": str(directory)}, expect_failure=True
    )

    (found,) = json.loads((directory / "report.json").read_text())
    assert found["name"] == "db1" and found["archiver"] is None
    assert found["summary"]["newest_backup"] and found["windows"]
    assert any(str(cluster.data) in sentence for sentence in found["attention"])
    assert f"db1: newest backup {found['backups'][0]['label']}" in done.stdout
    assert "not in this report, because they failed or were not reached: db2" in done.stdout


@pytest.mark.versions(15)
def test_archive_without_root_installs_nothing_where_psycopg2_is(site: Site) -> None:
    variables = {**ALLOW_RESTART, "pitr_repository_install_packages": True}
    for check in (True, False):
        run = site.play("archive", extra_vars=variables, check=check)
        ran = [one.task.rpartition(" : ")[2] for one in run.tasks if one.status != "skipped"]
        assert "Tell that nothing can be installed, nor has to be" in ran
        assert not [one for one in ran if one.startswith(("Install what the modules", "Install the library"))]
    assert site.play("backup").results_of("base_backup")[0]["taken"]


@pytest.mark.versions(18)
def test_no_playbook_without_root_installs_anything_where_psycopg2_is(archived: Site) -> None:
    """Nor does one for an archive that is encrypted, which needs more programs."""
    variables = {
        "pitr_repository_install_packages": True,
        "pitr_repository_age_recipients": [AgeKey.make().recipient],
    }
    for name in ("archive", "backup", "report", "verify"):
        run = archived.play(name, extra_vars=variables)
        ran = [one.task.rpartition(" : ")[2] for one in run.tasks if one.status != "skipped"]
        assert not [one for one in ran if one.startswith(("Install what the modules", "Install the library"))], name


@pytest.mark.versions(18)
def test_without_root_and_without_psycopg2_the_package_is_what_fails(site: Site) -> None:
    broken = site.workbench.make_directory("broken")
    (broken / "psycopg2.py").write_text("raise ImportError('none here')\n")
    done = site.play(
        "archive",
        extra_vars={**ALLOW_RESTART, "pitr_repository_install_packages": True},
        environment={"PYTHONPATH": str(broken)},
        expect_failure=True,
    )
    assert done.failures()[0].task.endswith("Install what the modules and the program need")
    assert not (site.repository / "db1").exists()
