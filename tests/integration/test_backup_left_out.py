# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What PostgreSQL leaves out of a backup, and what a backup fails on, is said before it begins."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from support.restoring import Site

pytestmark = pytest.mark.versions(15, 18)


@pytest.fixture
def site(workbench, cluster, repository) -> Site:
    cluster.sql("CREATE DATABASE other")
    cluster.sql("CREATE TABLE t (i int PRIMARY KEY)")
    return Site.make(workbench, cluster, repository)


def refused(site: Site, code: str) -> str:
    """A run and its rehearsal fail with this code and store nothing; the message."""
    for check in (True, False):
        failed = site.workbench.run_module("base_backup", site.options, expect_failure=True, check=check)
        assert failed.code == code
        assert failed["hint"]
    assert not list((site.repository / "db1" / "backups").glob("*/*"))
    return failed["msg"]


def move_away(site: Site, path: str) -> Path:
    """Put a link in place of a part of the data directory; where it lies now."""
    inside, outside = site.cluster.data / path, site.workbench.directory / "moved"
    site.cluster.stop()
    shutil.move(inside, outside)
    inside.symlink_to(outside)
    site.cluster.start()
    return outside


def bring_back(site: Site, path: str, outside: Path) -> None:
    """Put the part of the data directory back into its place."""
    inside = site.cluster.data / path
    site.cluster.stop()
    inside.unlink()
    shutil.move(outside, inside)
    site.cluster.start()


@pytest.mark.versions(18)
def test_link_in_place_of_data_refuses_the_backup(site: Site) -> None:
    location = site.workbench.make_directory("ts")
    site.cluster.sql(f"CREATE TABLESPACE ts LOCATION '{location}'")
    site.cluster.sql("CREATE TABLE far TABLESPACE ts AS SELECT 1 AS n")
    paths = {
        "database": site.cluster.value("SELECT 'base/' || oid FROM pg_database WHERE datname = 'other'"),
        "table": site.cluster.value("SELECT pg_relation_filepath('t')"),
        "commit log": "pg_xact",
        "tablespace's table": site.cluster.value("SELECT pg_relation_filepath('far')"),
    }
    for what, path in paths.items():
        outside = move_away(site, path)
        message = refused(site, "data-left-out")
        assert (path in message, str(outside) in message) == (True, True), what
        bring_back(site, path, outside)


@pytest.mark.versions(18)
def test_links_that_are_no_data_are_named(site: Site) -> None:
    outside = site.workbench.make_directory("elsewhere")
    (site.cluster.data / "log").symlink_to(outside)
    (site.cluster.data / "server.crt").symlink_to(outside / "server.crt")
    # PostgreSQL leaves these out with good reason.
    (site.cluster.data / "base" / "pgsql_tmp").symlink_to(outside)
    taken = site.workbench.run_module("base_backup", site.options)
    assert taken["left_out"] == ["log", "server.crt"]
    assert "'log'; 'server.crt'" in str(taken["warnings"])
    label = taken["backup"]["label"]
    record = json.loads((site.repository / "db1" / "backups" / label / "backup.json").read_text())
    assert record["left_out"] == ["log", "server.crt"]
    plan = site.plan(target_immediate=True)
    assert any("log, server.crt" in note for note in plan["plan"]["notes"])


@pytest.mark.versions(15)
def test_unreadable_refuses_the_backup(site: Site) -> None:
    for path in (site.cluster.data / "lost+found", site.cluster.data / "postgresql.conf.4711~"):
        path.mkdir(mode=0) if path.suffix == "" else path.touch(mode=0)
        site.cluster.os_user.own(path)
        assert path.name in refused(site, "data-unreadable")
        path.chmod(0o700)
    assert site.back_up()


@pytest.mark.versions(18)
def test_name_that_no_backup_can_hold_refuses_it(site: Site) -> None:
    long = "n" * 100
    path = site.cluster.data / long
    path.touch()
    assert long in refused(site, "name-too-long")
    path.unlink()
    path.mkdir()
    assert long in refused(site, "name-too-long")
    path.rmdir()
    location = site.workbench.make_directory(long)
    site.cluster.sql(f"CREATE TABLESPACE ts LOCATION '{location}'")
    assert "pg_tblspc/" in refused(site, "name-too-long")
