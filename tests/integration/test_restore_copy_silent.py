# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A copy acts on nobody until it is told to; a restore in place goes on as production."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.cluster import Cluster
from support.copies import STATEMENT_SECONDS, Copy, copy_beside
from support.restoring import Site, lay_out

pytestmark = pytest.mark.versions(15, 18)

# So long a subscriber's workers get to begin, and what they would apply to arrive.
APPLY_SECONDS = 4


@pytest.fixture
def site(workbench, cluster, repository) -> Site:
    return Site.make(workbench, cluster, repository)


@pytest.fixture
def copy(site: Site) -> Iterator[Copy]:
    with copy_beside(site) as made:
        yield made


@pytest.fixture
def publisher(make_cluster) -> Cluster:
    """A cluster that publishes a table with one row."""
    made: Cluster = make_cluster(directory_name="publisher", settings={"wal_level": "logical"})
    made.sql("CREATE TABLE t (i int PRIMARY KEY)")
    made.sql("CREATE PUBLICATION everything FOR ALL TABLES")
    made.sql("INSERT INTO t VALUES (1)")
    return made


def subscribe(site: Site, publisher: Cluster) -> None:
    """Let the site's cluster subscribe, and wait for the row that is there."""
    site.cluster.sql("CREATE TABLE t (i int PRIMARY KEY)")
    conninfo = f"host={publisher.socket_directory} port={publisher.port} dbname=postgres user={publisher.superuser}"
    site.cluster.sql(f"CREATE SUBSCRIPTION mine CONNECTION '{conninfo}' PUBLICATION everything")
    site.cluster.wait_until(lambda: site.rows() == [1], what="the subscriber has the publisher's row")


def test_copy_of_a_subscriber_leaves_the_slot_to_it(site: Site, publisher: Cluster, copy: Copy) -> None:
    subscribe(site, publisher)
    site.back_up()
    site.archive_all()
    # While the subscriber is away its slot is free to be taken.
    site.cluster.sql("ALTER SUBSCRIPTION mine DISABLE")
    publisher.wait_until(
        lambda: publisher.value("SELECT NOT active FROM pg_replication_slots"), what="the subscriber has let go"
    )
    publisher.sql("INSERT INTO t VALUES (2), (3)")

    copy.make(target_immediate=True, target_latest=False)
    time.sleep(APPLY_SECONDS)

    assert copy.sql("SELECT subname, subenabled FROM pg_subscription") == [("mine", True)]
    assert copy.sql("SELECT array_agg(i ORDER BY i) FROM t") == [([1],)]
    site.cluster.sql("ALTER SUBSCRIPTION mine ENABLE")
    site.cluster.wait_until(lambda: site.rows() == [1, 2, 3], what="the subscriber goes on")


@pytest.mark.versions(15)
def test_commit_on_a_copy_waits_for_no_standby(site: Site, copy: Copy) -> None:
    places = lay_out(site)
    site.cluster.sql("ALTER SYSTEM SET synchronous_standby_names = '*'")
    site.cluster.reload()

    copy.make(**places.target("time"), target_latest=False)

    began = time.monotonic()
    copy.sql("INSERT INTO t VALUES (100)")
    assert time.monotonic() - began < STATEMENT_SECONDS / 2, "a commit that waits is let go by the statement's time-out"
    assert copy.sql("SELECT count(*) FROM t") == [(3,)]


@pytest.mark.versions(15)
def test_copy_writes_nothing_outside_its_directory(site: Site, copy: Copy) -> None:
    lay_out(site)
    logs = site.workbench.make_directory("logs")
    pid_file = site.cluster.base / "outside.pid"
    site.cluster.configure(
        logging_collector="on", log_directory=str(logs), log_filename="pg.log", external_pid_file=str(pid_file)
    )
    site.cluster.restart()
    before = pid_file.read_text(encoding="utf-8")

    copy.make()

    assert copy.shown("log_directory") == "log"
    assert (copy.directory / "log" / "pg.log").exists()
    assert str(copy.port) not in (logs / "pg.log").read_text(encoding="utf-8")
    assert pid_file.read_text(encoding="utf-8") == before


@pytest.mark.versions(18)
def test_log_directory_that_leads_to_the_clusters_own_is_not_the_copys(site: Site, copy: Copy) -> None:
    lay_out(site)
    site.cluster.configure(log_directory=f"../{site.cluster.data.name}/log")
    assert copy.plan()["plan"]["silenced"]["log_directory"] == "log"


@pytest.mark.versions(18)
def test_library_that_acts_by_itself_is_not_loaded_and_the_plan_says_so(site: Site, copy: Copy) -> None:
    lay_out(site)
    load(site, "pg_cron", "strange")

    plan = copy.plan()
    assert "the copy does not load 'pg_cron', which runs its jobs" in plan["plan"]["notes"]
    assert "the copy loads 'strange': whether that acts on other servers is not known here" in plan["plan"]["notes"]
    assert any(line.startswith("acts on       nobody, by archive_mode = off") for line in plan["plan_lines"])
    copy.make()
    assert copy.shown("shared_preload_libraries") == "strange"


@pytest.mark.versions(18)
def test_what_is_off_can_be_turned_on_by_settings(site: Site, copy: Copy) -> None:
    lay_out(site)
    load(site, "pg_cron", "strange")
    wanted = {
        "shared_preload_libraries": "pg_cron",
        "Synchronous_Standby_Names": "later",
        "shared_buffers": "12MB",
        "max_connections": 11,
        "jit": False,
    }

    made = copy.make(settings=wanted)

    assert "synchronous_standby_names" not in made["plan"]["silenced"]
    assert made["plan"]["settings"] == [name.lower() for name in wanted]
    assert any("loads 'pg_cron', as pitr_restore_settings wants: it runs" in note for note in made["plan"]["notes"])
    assert any("max_connections is 25 for the recovery" in note for note in made["plan"]["notes"])
    copy.assert_shows({"shared_preload_libraries": "pg_cron", "shared_buffers": "12MB", "jit": "off"})
    copy.assert_shows({"synchronous_standby_names": "later", "max_logical_replication_workers": "0"})
    # What the recovery needed is gone, and what was wanted counts from the next start on.
    assert copy.sql("SELECT setting FROM pg_file_settings WHERE name = 'max_connections'")[-1] == ("11",)


@pytest.mark.versions(18)
def test_library_that_cannot_be_left_out_has_to_be_decided(site: Site, copy: Copy) -> None:
    lay_out(site)
    load(site, "citus")
    refused = copy.plan(fails=True)
    assert refused.code == "copy-not-silent"
    assert "'citus'" in refused["msg"]
    copy.plan(settings={"shared_preload_libraries": ""})


# What each is wrong by, the settings, and what the refusal says.
BAD_SETTINGS: dict[str, tuple[dict[str, object], str, str]] = {
    "no such setting": ({"max_conections": 50}, "setting-invalid", "'max_conections'"),
    "no such value": ({"shared_buffers": "a lot"}, "setting-invalid", "'shared_buffers'"),
    "out of range": ({"shared_buffers": 1}, "setting-invalid", "'shared_buffers'"),
    "a second line": ({"work_mem": "1\nport = 1"}, "setting-invalid", "'work_mem'"),
    "what only its check sees": ({"synchronous_standby_names": "2 ("}, "setting-invalid", "'synch"),
    "a list": ({"work_mem": ["1MB"]}, "setting-invalid", "'work_mem'"),
    "no name": ({"a b": 1}, "setting-invalid", "'a b'"),
    "the restore's own": ({"port": 5432}, "setting-refused", "'port'"),
    "a target": ({"Recovery_Target_Xid": 7}, "setting-refused", "'recovery_target_xid'"),
    "no setting at all": ({"include": "/etc/passwd"}, "setting-refused", "'include'"),
}


@pytest.mark.versions(18)
def test_bad_settings_are_refused_by_name(site: Site, copy: Copy) -> None:
    site.cluster.sql("CREATE TABLE t (i int PRIMARY KEY)")
    site.back_up()
    for wrong, (settings, code, named) in BAD_SETTINGS.items():
        refused = copy.plan(settings=settings, fails=True)
        assert (refused.code, named in refused["msg"]) == (code, True), wrong
        assert not copy.directory.exists(), wrong


@pytest.mark.versions(18)
def test_value_that_is_secret_is_in_no_result(site: Site, copy: Copy) -> None:
    lay_out(site)
    secret = {"primary_conninfo": "host=nowhere password=canary"}
    made = copy.make(settings=secret)
    answered = {name: value for name, value in made.result.items() if name != "invocation"}
    assert "canary" not in f"{answered}{made.stderr}"
    assert "canary" not in Path(f"{copy.directory}.pitr-journal.json").read_text(encoding="utf-8")
    copy.assert_shows(secret)


@pytest.mark.versions(18)
def test_restore_in_place_acts_as_production_and_keeps_its_settings(site: Site) -> None:
    places = lay_out(site)
    load(site, "pg_cron")
    site.cluster.configure(synchronous_standby_names="later", max_logical_replication_workers=3)
    site.cluster.restart()

    plan = site.plan(**places.target("time"), settings={"work_mem": "7MB"})
    assert plan["plan"]["silenced"] == {}
    assert not any(line.startswith("acts on") for line in plan["plan_lines"])
    site.restore(**places.target("time"), settings={"work_mem": "7MB"})

    assert site.cluster.value("SHOW shared_preload_libraries") == "pg_cron"
    assert site.cluster.value("SHOW synchronous_standby_names") == "later"
    assert site.cluster.value("SHOW max_logical_replication_workers") == "3"
    assert site.cluster.value("SHOW archive_mode") == "on"
    assert site.cluster.value("SHOW work_mem") == "7MB"
    site.roll_back()
    assert site.cluster.value("SHOW work_mem") == "4MB"

    refused = site.plan(**places.target("time"), settings={"archive_mode": "off"}, fails=True)
    assert refused.code == "setting-refused"


@pytest.mark.versions(18)
def test_copy_may_not_take_the_clusters_port(site: Site, copy: Copy) -> None:
    lay_out(site)
    site.cluster.stop()
    refused = copy.plan(restore_port=site.cluster.port, fails=True)
    assert refused.code == "port-in-use"
    assert "the cluster's own" in refused["msg"]


@pytest.mark.versions(15)
def test_included_files_without_quotes_come_along(site: Site, copy: Copy) -> None:
    lay_out(site)
    (site.cluster.data / "extra").mkdir()
    (site.cluster.data / "extra" / "one.conf").write_text("work_mem = '9MB'\n", encoding="utf-8")
    site.cluster.os_user.own(site.cluster.data / "extra")
    with open(site.cluster.data / "postgresql.conf", "a", encoding="utf-8") as stream:
        stream.write("Include_Dir extra\n")
    site.cluster.restart()
    assert site.cluster.value("SHOW work_mem") == "9MB"
    copy.make()
    copy.assert_shows({"work_mem": "9MB"})


def load(site: Site, *names: str) -> None:
    """Let the cluster load libraries of these names, which are all the same one and do nothing."""
    libraries = site.workbench.make_directory("libraries")
    packaged = Path(site.cluster.os_user.run([site.cluster.program("pg_config"), "--pkglibdir"]).stdout.strip())
    for name in names:
        shutil.copy(packaged / "dict_snowball.so", libraries / f"{name}.so")
    site.cluster.os_user.own(libraries)
    site.cluster.configure(dynamic_library_path=f"{libraries}:$libdir", shared_preload_libraries=", ".join(names))
    site.cluster.restart()
