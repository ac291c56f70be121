# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What went wrong with other tools, tried on this one; docs/field-faults.md has the reports."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.cluster import Cluster
from support.restoring import Site, lay_out

pytestmark = pytest.mark.versions(15, 18)

MakeSite = Callable[..., Site]


@pytest.fixture
def make_site(workbench, make_cluster: Callable[..., Cluster], repository) -> MakeSite:
    def make(**options: Any) -> Site:
        return Site.make(workbench, make_cluster(**options), repository)

    return make


def copied(site: Site, **target: Any) -> Path:
    """A copy side by side, recovered and open; its data directory."""
    directory = site.workbench.directory / "copy"
    place = {"restore_data_directory": str(directory), "restore_port": site.cluster.port + 1}
    site.workbench.run_module("restore", {**site.options, **place, **target})
    site.workbench.run_module("recovery", {**site.recovery_options, **place})
    return directory


def modes(directory: Path) -> set[tuple[str, int]]:
    """The kinds of files with their permissions."""
    found = [Path(place, name) for place, inner, files in os.walk(directory) for name in (*inner, *files)]
    return {("directory" if path.is_dir() else "file", stat.S_IMODE(path.stat().st_mode)) for path in found}


@pytest.mark.versions(18)
def test_serializable_by_default(make_site: MakeSite) -> None:
    """No statement runs so on a hot standby, which a recovering server is."""
    site = make_site(settings={"default_transaction_isolation": "serializable"})
    places = lay_out(site)
    site.stage(**places.target("name"))
    site.recover(checks=[{"sql": "SELECT count(*) FROM t", "expect": "3"}], state="paused")
    assert site.recover(state="promoted")["state"] == "promoted"
    assert site.rows() == [0, 1, 2]


@pytest.mark.versions(15)
def test_timeouts_for_applications(make_site: MakeSite) -> None:
    """A backup keeps a session idle for hours."""
    site = make_site(
        settings={
            "idle_session_timeout": "100ms",
            "idle_in_transaction_session_timeout": "100ms",
            "statement_timeout": "200ms",
            "lock_timeout": "100ms",
        }
    )
    if site.cluster.version >= 17:
        site.cluster.configure(transaction_timeout="200ms")
        site.cluster.reload()
    site.cluster.sql("CREATE TABLE big AS SELECT repeat('x', 1000) FROM generate_series(1, 3000)")
    places = lay_out(site)
    site.back_up(max_rate_kib=16384)
    site.restore(**places.target("name"))
    assert site.rows() == [0, 1, 2]


@pytest.mark.versions(18)
@pytest.mark.parametrize("body", ["RAISE EXCEPTION 'nobody'", "PERFORM pg_sleep(600)"], ids=["raises", "waits"])
def test_login_trigger_that_lets_nobody_in(make_site: MakeSite, body: str) -> None:
    site = make_site()
    places = lay_out(site)
    site.cluster.sql(f"CREATE FUNCTION f() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN {body}; END $$")
    site.cluster.sql("CREATE EVENT TRIGGER closed ON login EXECUTE FUNCTION f()")
    site.workbench.run_module("wal_archive_info", site.recovery_options)
    site.back_up()
    site.restore(**places.target("name"))
    assert site.rows() == [0, 1, 2]


@pytest.mark.versions(18)
def test_group_access(make_site: MakeSite) -> None:
    site = make_site(initdb_arguments=["--allow-group-access"])
    places = lay_out(site)
    expected = {("directory", 0o750), ("file", 0o640)}
    copy = copied(site, **places.target("name"))
    assert stat.S_IMODE(copy.stat().st_mode) == 0o750
    assert modes(copy / "base") == expected and modes(copy / "global") == modes(copy / "pg_xact") == {("file", 0o640)}
    site.restore(**places.target("name"))
    assert stat.S_IMODE(site.cluster.data.stat().st_mode) == 0o750
    site.cluster.sql("CREATE TABLE later AS SELECT 1 AS i; CHECKPOINT")
    assert modes(site.cluster.data / "base") == expected
    site.roll_back()
    assert modes(site.cluster.data / "base") == expected


@pytest.mark.versions(18)
def test_chain_over_several_tablespaces(make_site: MakeSite) -> None:
    site = make_site(settings={"summarize_wal": "on"})
    for name in ("one", "two", "three"):
        site.cluster.sql(f"CREATE TABLESPACE {name} LOCATION '{site.workbench.make_directory(name)}'")
        site.cluster.sql(f"CREATE TABLE in_{name} TABLESPACE {name} AS SELECT generate_series(1, 1000) AS i")
    lay_out(site)
    for _link in range(2):
        site.cluster.sql(
            "INSERT INTO in_one VALUES (0); DELETE FROM in_two WHERE i % 2 = 0; UPDATE in_three SET i = -i"
        )
        site.back_up(type="incremental")
    counts = "SELECT count(*) FROM in_one UNION ALL SELECT count(*) FROM in_two UNION ALL SELECT sum(i) FROM in_three"
    before = site.cluster.column(counts)
    site.restore(target_immediate=True)
    assert site.cluster.column(counts) == before


@pytest.mark.versions(15)
def test_tablespace_behind_a_link_to_a_link(make_site: MakeSite) -> None:
    site = make_site()
    real = site.workbench.make_directory("real")
    links = [site.workbench.directory / name for name in ("inner", "outer")]
    links[0].symlink_to(real)
    links[1].symlink_to(links[0])
    site.cluster.sql(f"CREATE TABLESPACE one LOCATION '{links[1]}'")
    site.cluster.sql("CREATE TABLE s TABLESPACE one AS SELECT 1 AS i")
    places = lay_out(site)
    site.cluster.sql("INSERT INTO s VALUES (2)")
    site.restore(**places.target("name"))
    assert site.cluster.column("SELECT i FROM s") == [1]
    site.roll_back()
    assert site.cluster.column("SELECT i FROM s ORDER BY i") == [1, 2]
    assert [link.is_symlink() for link in links] == [True, True]


@pytest.mark.versions(18)
def test_relative_links(make_site: MakeSite) -> None:
    site = make_site()
    site.cluster.stop()
    for name in ("pg_wal", "pg_hba.conf", "pg_ident.conf"):
        os.rename(site.cluster.data / name, site.cluster.base / name)
        (site.cluster.data / name).symlink_to(f"../{name}")
    site.cluster.start()
    places = lay_out(site)
    site.restore(**places.target("name"))
    assert site.rows() == [0, 1, 2]
    assert os.path.realpath(site.cluster.data / "pg_wal") == str(site.cluster.base / "pg_wal")
    assert os.path.realpath(site.cluster.data / "pg_hba.conf") == str(site.cluster.base / "pg_hba.conf")
    site.roll_back()
    site.assert_old_cluster_is_back()


@pytest.mark.versions(18)
def test_backups_at_once_after_restores_to_the_end_of_a_backup(make_site: MakeSite) -> None:
    """Each of them begins in a segment that several timelines have."""
    site = make_site()
    lay_out(site)
    for _timeline in range(2):
        site.restore(target_immediate=True, again=True)
        site.back_up(type="full")
    options = {key: site.options[key] for key in ("name", "repository_path")}
    assert site.workbench.run_module("backup_verify", options)["findings"] == []


def test_backup_from_before_the_switch_of_a_timeline(make_site: MakeSite) -> None:
    """What was committed behind the switch is recovered, too."""
    site = make_site()
    lay_out(site)
    label = site.plan(target_latest=True)["plan"]["backup"]
    site.restore(target_latest=True)
    site.insert(6)
    site.archive_all()
    site.restore(target_latest=True, again=True, backup=label)
    assert site.rows() == [0, 1, 2, 3, 4, 5, 6]


@pytest.mark.versions(18)
def test_slots_are_not_in_a_backup(make_site: MakeSite) -> None:
    site = make_site(settings={"wal_level": "logical"})
    places = lay_out(site)
    site.cluster.sql("SELECT pg_create_physical_replication_slot('standby')")
    site.cluster.sql("SELECT pg_create_logical_replication_slot('subscriber', 'pgoutput')")
    assert "'standby', 'subscriber'" in site.plan(**places.target("name"))["plan_text"]
    site.restore(**places.target("name"))
    assert site.cluster.column("SELECT slot_name FROM pg_replication_slots") == []
    site.roll_back()
    assert site.cluster.column("SELECT slot_name::text FROM pg_replication_slots ORDER BY 1") == [
        "standby",
        "subscriber",
    ]
