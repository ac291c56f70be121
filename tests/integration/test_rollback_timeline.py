# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A rolled-back cluster has everything that it had, on a timeline above all in the archive."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.cluster import Cluster
from support.restoring import SearchPaths, Site, lay_out
from support.rollback import ALL_ROWS, kill, start_module

pytestmark = pytest.mark.versions(15, 18)


@pytest.fixture
def site(workbench, make_cluster: Callable[..., Cluster], repository) -> Site:
    return Site.make(workbench, make_cluster(settings={"max_prepared_transactions": 4}), repository)


def with_more_than_tables(site: Site) -> SearchPaths:
    """The usual rows, unlogged ones in two tablespaces, a prepared transaction and a replication slot."""
    place = site.workbench.make_directory("space")
    site.cluster.sql(f"CREATE TABLESPACE one LOCATION '{place}'")
    site.cluster.sql("CREATE UNLOGGED TABLE u (i int PRIMARY KEY)")
    site.cluster.sql("CREATE UNLOGGED TABLE v TABLESPACE one AS SELECT generate_series(1, 1000) AS i")
    site.cluster.sql("INSERT INTO u SELECT generate_series(1, 1000)")
    places = lay_out(site)
    site.cluster.sql("SELECT pg_create_physical_replication_slot('standby', true)")
    connection = site.cluster.connect()
    with connection.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("INSERT INTO t VALUES (9)")
        cursor.execute("PREPARE TRANSACTION 'nine'")
    connection.close()
    return places


def has_everything(site: Site) -> None:
    site.assert_old_cluster_is_back()
    assert site.cluster.column("SELECT count(*) FROM u UNION ALL SELECT count(*) FROM v") == [1000, 1000]
    assert site.cluster.value("SELECT count(*) FROM u WHERE i = 77") == 1
    assert site.cluster.column("SELECT slot_name::text FROM pg_replication_slots") == ["standby"]
    assert site.cluster.column("SELECT gid FROM pg_prepared_xacts") == ["nine"]
    assert not list(Path(site.cluster.data).rglob("*.pitr-hidden"))
    assert not (site.cluster.data / "recovery.signal").exists()


def info_options(site: Site) -> dict[str, Any]:
    return {key: site.options[key] for key in ("name", "repository_path", "data_directory", "bin_directory")}


def test_unlogged_rows_prepared_transactions_and_slots_stay(site: Site) -> None:
    places = with_more_than_tables(site)
    before = (site.cluster.data / "postgresql.auto.conf").read_text()
    site.restore(**places.target("name"))

    done = site.roll_back()

    assert done["new_timeline"] == site.timeline() == 3
    has_everything(site)
    site.cluster.sql("COMMIT PREPARED 'nine'")
    assert site.rows() == [*ALL_ROWS, 9]
    assert (site.cluster.data / "postgresql.auto.conf").read_text() == before
    # The next restore and rollback find the number taken.
    site.restore(**places.target("name"))
    assert site.roll_back()["new_timeline"] == 5


@pytest.mark.versions(18)
def test_crashed_cluster_has_its_timeline_before_it_is_started(site: Site) -> None:
    places = lay_out(site)
    site.insert(6)
    site.cluster.crash()
    site.restore(**places.target("name"))

    assert site.roll_back()["new_timeline"] == 3

    assert not site.cluster.is_running()
    site.cluster.start()
    assert site.rows() == [*ALL_ROWS, 6]
    assert site.timeline() == site.newest_timeline() == 3


@pytest.mark.versions(18)
def test_backup_of_what_was_given_up_is_passed_over(site: Site) -> None:
    places = lay_out(site)
    site.restore(**places.target("name"))
    site.insert(7)
    given_up = site.back_up()
    site.roll_back()
    own, _unused = site.workbench.run_module("backup_info", info_options(site))["clusters"][0]["backups"]
    behind = own["stop_lsn"]
    (info,) = site.workbench.run_module("backup_info", info_options(site))["clusters"]
    assert [(window["timeline"], window["from_lsn"]) for window in info["windows"]] == [(2, behind), (3, behind)]
    assert info["gaps"] == []
    site.insert(6)
    site.archive_all()
    moment = site.moment()
    site.insert(8)
    site.archive_all()

    (info,) = site.workbench.run_module("backup_info", info_options(site))["clusters"]
    assert (info["summary"]["newest_backup"], info["summary"]["newest_window"]["timeline"]) == (own["label"], 3)
    plan = site.plan(target_time=moment)["plan"]
    assert (plan["timeline"], plan["backup"] == given_up) == (3, False)
    auto = site.workbench.run_module("base_backup", {**site.options, "type": "auto"})["backup"]
    assert (auto["type"], auto["timeline"]) == ("full", 3)

    site.restore(target_time=moment)
    assert site.rows() == [*ALL_ROWS, 6]
    assert site.timeline() == 4


@pytest.mark.versions(15)
def test_rollback_works_without_the_repository_and_says_what_is_lacking(site: Site) -> None:
    places = lay_out(site)
    site.restore(**places.target("name"))
    site.archive_all()
    site.repository.rename(site.repository.with_name("away"))

    done = site.roll_back()

    site.repository.with_name("away").rename(site.repository)
    assert done["new_timeline"] is None
    assert "no new timeline could be begun" in str(done["warnings"])
    assert (site.rows(), site.timeline()) == (ALL_ROWS, 1)


def seen(look: Callable[[], bool]) -> bool:
    """What is looked at may be renamed meanwhile."""
    try:
        return look()
    except FileNotFoundError:
        return False


@pytest.mark.versions(18)
@pytest.mark.timeout(900)
def test_killed_rollback_is_finished_by_the_next(site: Site) -> None:
    places = with_more_than_tables(site)
    options = {**site.options, "state": "rolled_back", "confirm": "db1@rollback"}
    hidden = Path(site.cluster.data)
    steps: dict[str, Callable[[], bool]] = {
        "hidden": lambda: bool(list((hidden / "base").rglob("*.pitr-hidden"))),
        "signal": (hidden / "recovery.signal").exists,
        "history": lambda: bool(list((hidden / "pg_wal").glob("0000000[3579].history"))),
    }
    for name, is_done in steps.items():
        site.restore(**places.target("name"))
        process = start_module(site, "restore", options)
        deadline = time.monotonic() + 120
        while not seen(is_done) and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.0005)
        kill(process)
        assert process.returncode != 0, name
        site.roll_back()
        has_everything(site)
