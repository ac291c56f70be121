# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A check runs what others have put into the database, and they gain nothing by it."""

from __future__ import annotations

from contextlib import closing

import pytest
from support.planted import PLACES, plant
from support.restoring import Site

pytestmark = pytest.mark.versions(15, 18)


@pytest.fixture
def site(workbench, cluster, repository) -> Site:
    site = Site.make(workbench, cluster, repository)
    site.cluster.sql("CREATE ROLE shop_owner LOGIN")
    site.cluster.sql("CREATE DATABASE shop OWNER shop_owner")
    return site


def backed_up(site: Site) -> str:
    """A backup of everything so far, and a moment behind it with a commit later."""
    site.back_up()
    site.cluster.sql("CREATE TABLE IF NOT EXISTS t (i int PRIMARY KEY)")
    moment = site.moment()
    site.insert(1)
    site.archive_all()
    return moment


def test_what_the_owner_of_a_database_plants_runs_no_program(site: Site) -> None:
    planted, checks = {}, []
    for number, place in enumerate(PLACES):
        database, owner = f"shop_{number}", f"owner_{number}"
        site.cluster.sql(f"CREATE ROLE {owner} LOGIN")
        site.cluster.sql(f"CREATE DATABASE {database} OWNER {owner}")
        proof = planted[place] = site.workbench.directory / f"proof_{number}"
        check = plant(site.cluster, place, proof=proof, role=owner, database=database)
        checks.append({"sql": check, "expect": "1", "database": database})

    site.stage(target_time=backed_up(site))
    done = site.recover(checks=checks)

    assert [place for place, proof in planted.items() if proof.exists()] == []
    assert [answer["role"] for answer in done["checks"]] == [f"owner_{number}" for number in range(len(PLACES))]
    # A superuser who runs them runs the program: nothing else would show that they are traps.
    for check in checks:
        site.cluster.sql(check["sql"], database=check["database"])
    assert [place for place, proof in planted.items() if not proof.exists()] == []


@pytest.mark.versions(15)
def test_check_as_a_superuser_runs_what_was_planted(site: Site) -> None:
    proof = site.workbench.directory / "proof"
    check = plant(site.cluster, "view", proof=proof, role="shop_owner")
    moment = backed_up(site)

    site.stage(target_time=moment)
    site.recover(checks=[{"sql": check, "expect": "1", "database": "shop"}], checks_user=site.cluster.superuser)

    assert proof.exists()


# What a database is set up with, and the role that its check runs as.
ROLES = {
    "of_owner": ("ALTER DATABASE of_owner OWNER TO shop_owner", "shop_owner"),
    "of_group": ("ALTER DATABASE of_group OWNER TO shop_group", "shop_member"),
    "of_tables": (
        "ALTER DATABASE of_tables OWNER TO shop_owner; CREATE TABLE a (i int); CREATE TABLE b (i int);"
        "ALTER TABLE a OWNER TO shop_member; ALTER TABLE b OWNER TO shop_member",
        "shop_member",
    ),
    "of_function": (
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'; ALTER FUNCTION f OWNER TO shop_member",
        "shop_member",
    ),
    "of_nobody": ("CREATE TABLE a (i int)", "pg_read_all_data"),
}


@pytest.mark.versions(18)
def test_role_is_one_that_gains_nothing_by_what_it_runs(site: Site) -> None:
    site.cluster.sql("CREATE ROLE shop_group; CREATE ROLE shop_member LOGIN IN ROLE shop_group")
    site.cluster.sql("CREATE ROLE loader LOGIN IN ROLE pg_execute_server_program, pg_read_all_data")
    for database, (setup, _role) in ROLES.items():
        site.cluster.sql(f"CREATE DATABASE {database}")
        for statement in setup.split(";"):
            site.cluster.sql(statement, database=database)
    moment = backed_up(site)
    who = "SELECT session_user || ' ' || current_user"
    checks = [
        {"sql": who, "expect": f"{role} {role}", "database": database} for database, (_setup, role) in ROLES.items()
    ]

    site.stage(target_time=moment)
    done = site.recover(checks=checks)

    assert [answer["role"] for answer in done["checks"]] == [role for _setup, role in ROLES.values()]
    site.roll_back()
    site.cluster.sql("CREATE ROLE reader LOGIN IN ROLE pg_read_all_data")
    site.back_up()
    moment = site.moment()
    site.insert(2)
    site.archive_all()

    site.stage(target_time=moment)
    done = site.recover(checks=[{**check, "expect": "reader reader"} for check in checks])

    assert {answer["role"] for answer in done["checks"]} == {"reader"}


@pytest.mark.versions(15)
def test_check_that_its_role_may_not_run_is_told_and_rolled_back(site: Site) -> None:
    site.cluster.sql("CREATE TABLE secret (i int)", database="shop")
    moment = backed_up(site)
    site.stage(target_time=moment)
    check = {"sql": "SELECT count(*) FROM secret", "expect": "0", "database": "shop"}

    denied = site.recover(checks=[check], fails=True)
    assert denied.code == "check-not-permitted"
    assert "shop_owner" in denied["msg"] and "pitr_restore_checks_user" in denied["hint"]
    assert site.cluster.value("SELECT count(*) FROM t") == 1, "the old cluster is back"

    site.stage(target_time=moment)
    unknown = site.recover(checks=[check], checks_user="nobody_there", fails=True)
    assert unknown.code == "checks-user-refused"

    site.stage(target_time=moment)
    assert site.recover(checks=[check], checks_user=site.cluster.superuser)["state"] == "promoted"


@pytest.mark.versions(18)
def test_check_can_neither_write_nor_count_less_than_there_is(site: Site) -> None:
    site.cluster.sql(
        "CREATE TABLE orders (i int); INSERT INTO orders VALUES (1), (2); ALTER TABLE orders ENABLE ROW LEVEL SECURITY;"
        "CREATE POLICY few ON orders USING (i = 1); CREATE ROLE reader LOGIN IN ROLE pg_read_all_data",
        database="shop",
    )
    site.cluster.sql("CREATE TABLE plain (i int); GRANT INSERT ON plain TO shop_owner", database="shop")
    site.back_up()
    count = {"sql": "SELECT count(*) FROM orders", "expect": "1", "database": "shop"}
    write = {"sql": "INSERT INTO plain VALUES (1) RETURNING i", "expect": "1", "database": "shop"}
    for check, user, code in ((count, "reader", "check-not-permitted"), (write, "shop_owner", "sql-failed")):
        # The end of the WAL: the server has opened when it is asked.
        site.stage(target_latest=True)
        assert site.recover(checks=[check], checks_user=user, fails=True).code == code


@pytest.mark.versions(18)
@pytest.mark.parametrize(
    "setting", ["role = shop_owner", "local_preload_libraries = 'none_such'", "search_path = public"]
)
def test_owner_of_the_database_of_our_own_statements_changes_nothing(site: Site, setting: str) -> None:
    proof = site.workbench.directory / "proof"
    site.cluster.sql("ALTER DATABASE postgres OWNER TO shop_owner")
    plant(site.cluster, "search path", proof=proof, role="shop_owner", database="postgres")
    for name in ("pg_is_in_recovery", "pg_reload_conf"):
        statement = f"CREATE FUNCTION public.{name}() RETURNS boolean LANGUAGE sql AS 'SELECT trap() = 1'"
        site.cluster.sql(f"SET ROLE shop_owner; {statement.replace('trap()', 'public.abs(1::bigint)')}")
    site.back_up()
    # A session of its own from now on would begin with what was planted.
    with closing(site.cluster.connect()) as before, before.cursor() as cursor:
        cursor.execute(f"ALTER DATABASE postgres SET {setting}")
        site.workbench.run_module("restore_point", {**site.recovery_options, "restore_point_name": "planted"})
        cursor.execute("CREATE TABLE later ()")
        site.back_up()
        site.restore(target_name="planted")

    assert not proof.exists()
