# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Restores to a time when the role that we log in as was not there, had another name, or might not log in."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.cluster import Cluster
from support.module_run import ModuleRun
from support.restoring import Site

pytestmark = pytest.mark.versions(15, 18)

CHECK = {"sql": "SELECT count(*) FROM t", "expect": "1"}
LATER = [
    pytest.param([], ["CREATE ROLE robot SUPERUSER LOGIN"], "does not exist", id="younger"),
    pytest.param(
        ["CREATE ROLE machine SUPERUSER LOGIN"], ["ALTER ROLE machine RENAME TO robot"], "does not exist", id="renamed"
    ),
    pytest.param(
        ["CREATE ROLE robot SUPERUSER NOLOGIN"],
        ["ALTER ROLE robot LOGIN"],
        "is not permitted to log in",
        id="might not log in",
    ),
    pytest.param(
        ["CREATE ROLE robot LOGIN"], ["ALTER ROLE robot SUPERUSER"], "our usual role was none", id="had less rights"
    ),
    pytest.param(
        ["CREATE ROLE robot SUPERUSER LOGIN"],
        ["DROP ROLE robot", "CREATE ROLE robot SUPERUSER LOGIN"],
        "",
        id="made again",
    ),
]


@pytest.fixture
def site(workbench, make_cluster, repository) -> Site:
    """The cluster's first superuser has another name than the operating system's account."""
    made: Cluster = make_cluster(superuser="the boss")
    return Site.make(workbench, made, repository)


def lay_out(site: Site, before: list[str], later: list[str]) -> str:
    """A backup, then a moment with one row, then another row and what comes with it; the moment."""
    site.cluster.sql("CREATE TABLE t (i int PRIMARY KEY)")
    for statement in before:
        site.cluster.sql(statement)
    site.back_up()
    site.insert(1)
    moment = site.moment()
    site.insert(2)
    for statement in later:
        site.cluster.sql(statement)
    site.archive_all()
    return moment


def as_robot(site: Site) -> Site:
    """The same site, with today's role for the login."""
    return replace(site, options={**site.options, "login_user": "robot"})


def login_of(done: ModuleRun) -> str:
    return next((line.partition(" ")[2].strip() for line in done["messages"] if line.startswith("login")), "")


@pytest.mark.parametrize("action", ["promote", "pause"])
@pytest.mark.parametrize(("before", "later", "why"), LATER[:1])
def test_recovery_is_proven_and_checked_as_a_superuser_of_that_time(
    site: Site, before: list[str], later: list[str], why: str, action: str
) -> None:
    prove_as_a_superuser_of_that_time(site, before, later, why=why, action=action)


@pytest.mark.versions(18)
@pytest.mark.parametrize(("before", "later", "why"), LATER[1:])
def test_so_is_one_at_which_the_role_was_another(site: Site, before: list[str], later: list[str], why: str) -> None:
    prove_as_a_superuser_of_that_time(site, before, later, why=why, action="pause")


def prove_as_a_superuser_of_that_time(
    site: Site, before: list[str], later: list[str], *, why: str, action: str
) -> None:
    """Restore to before the role was as it is now."""
    moment = lay_out(site, before, later)
    robot = as_robot(site)
    robot.stage(target_time=moment, target_action=action)
    done = robot.recover(checks=[CHECK])
    assert [check["got"] for check in done["checks"]] == ["1"]
    assert why in login_of(done)
    assert bool(login_of(done)) == bool(why)
    assert site.rows() == [1]


def rename_the_boss(site: Site, to: str = "chief") -> None:
    """Nobody can rename the role of the own session."""
    site.cluster.sql("CREATE ROLE other SUPERUSER LOGIN")
    renaming = site.cluster.connect(user="other")
    with renaming.cursor() as cursor:
        cursor.execute(f'ALTER ROLE "{site.cluster.superuser}" RENAME TO {to}')
    renaming.close()
    site.cluster.superuser = to
    site.cluster.sql("DROP ROLE other")


@pytest.mark.versions(18)
def test_first_superuser_that_was_renamed_since_is_found_by_its_old_name(site: Site) -> None:
    moment = lay_out(site, [], ["CREATE ROLE robot SUPERUSER LOGIN"])
    rename_the_boss(site)
    done = as_robot(site).restore(target_time=moment)
    assert login_of(done).startswith("as 'the boss'")
    site.cluster.superuser = "the boss"
    assert site.rows() == [1]


@pytest.mark.versions(18)
def test_first_superuser_that_was_renamed_before_the_target_is_found_by_its_new_name(site: Site) -> None:
    site.cluster.sql("CREATE TABLE t (i int PRIMARY KEY)")
    site.back_up()
    rename_the_boss(site)
    site.insert(1)
    moment = site.moment()
    site.cluster.sql("CREATE ROLE robot SUPERUSER LOGIN")
    site.insert(2)
    site.archive_all()

    done = as_robot(site).restore(target_time=moment)
    assert login_of(done).startswith("as 'chief'")
    assert site.rows() == [1]


def lay_out_three_names(site: Site, *, is_vacuumed: bool) -> str:
    """A moment at which the only superuser was `chief`: it was `the boss` in the backup, and is `head` today."""
    site.cluster.sql("CREATE TABLE t (i int PRIMARY KEY)")
    site.back_up()
    rename_the_boss(site)
    site.insert(1)
    moment = site.moment()
    rename_the_boss(site, "head")
    if is_vacuumed:
        site.cluster.sql("VACUUM pg_authid")
    site.insert(2)
    site.archive_all()
    site.options["login_user"] = "head"
    return moment


@pytest.mark.versions(15)
def test_superuser_with_another_name_then_and_since_is_found_in_its_old_row(site: Site) -> None:
    moment = lay_out_three_names(site, is_vacuumed=False)
    assert login_of(site.restore(target_time=moment)).startswith("as 'chief'")
    site.cluster.superuser = "chief"
    assert site.rows() == [1]


@pytest.mark.versions(18)
def test_superuser_whose_name_is_nowhere_any_more_is_found_once_there_is_a_role_of_that_name(site: Site) -> None:
    moment = lay_out_three_names(site, is_vacuumed=True)
    site.stage(target_time=moment)
    failed = site.recover(fails=True)
    assert failed.code == "login-failed"
    assert "CREATE ROLE" in failed["hint"] and "rolled back" in failed["hint"]
    assert site.rows() == [1, 2]

    site.cluster.sql("CREATE ROLE chief SUPERUSER LOGIN")
    assert login_of(site.restore(target_time=moment)).startswith("as 'chief'")
    site.cluster.superuser = "chief"
    assert site.rows() == [1]


@pytest.mark.versions(15)
def test_playbook_takes_the_first_backup_as_the_same_superuser(site: Site) -> None:
    moment = lay_out(site, [], ["CREATE ROLE robot SUPERUSER LOGIN"])
    variables = {
        "ansible_become": False,
        "pitr_cluster_data_directory": str(site.cluster.data),
        "pitr_cluster_bin_directory": site.options["bin_directory"],
        "pitr_cluster_login_user": "robot",
        "pitr_repository_path": str(site.repository),
        "pitr_agent_path": site.options["agent_path"],
        "pitr_agent_config_directory": site.options["config_directory"],
    }
    wanted = {"pitr_restore_target_time": moment, "pitr_restore_confirm": f"db1@{moment}"}
    site.workbench.run_playbook("restore", inventory={"db1": variables}, extra_vars=wanted)
    assert site.rows() == [1]
    assert len(list(site.repository.glob("db1/backups/*-full"))) == 2


@pytest.mark.versions(18)
def test_check_in_a_database_that_is_younger_is_told_so(site: Site) -> None:
    moment = lay_out(site, [], ["CREATE DATABASE shop"])
    site.stage(target_time=moment)
    failed = site.recover(checks=[{**CHECK, "database": "shop"}], fails=True)
    assert failed.code == "check-database-missing"
    assert "'shop'" in failed["msg"]
    assert site.rows() == [1, 2]


@pytest.mark.versions(18)
def test_database_postgres_that_was_made_since_is_not_needed(site: Site) -> None:
    site.cluster.sql("DROP DATABASE postgres", database="template1")
    site.cluster.sql("CREATE TABLE t (i int PRIMARY KEY)", database="template1")
    site.back_up()
    site.cluster.sql("INSERT INTO t VALUES (1)", database="template1")
    moment = site.cluster.value("SELECT clock_timestamp()::timestamptz(6)::text", database="template1")
    site.cluster.sql("SELECT pg_sleep(0.1); INSERT INTO t VALUES (2)", database="template1")
    site.cluster.sql("CREATE DATABASE postgres", database="template1")
    site.archive_all()
    site.restore(target_time=str(moment), backup=None)
    assert site.cluster.column("SELECT i FROM t", database="template1") == [1]
