# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where tablespaces go is what a backup says, and whoever can write to the repository can change that."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from support.archiving import tree_digest
from support.restoring import Site, lay_out

CODE = "tablespace-outside-roots"


@pytest.fixture
def site(workbench, cluster, repository) -> Site:
    """A cluster with a tablespace, and a backup of it."""
    site = Site.make(workbench, cluster, repository)
    place = workbench.make_directory("ts")
    cluster.sql(f"CREATE TABLESPACE ts LOCATION '{place}'")
    cluster.sql("CREATE TABLE in_ts TABLESPACE ts AS SELECT 7 AS i")
    lay_out(site)
    return site


def name_location(site: Site, location: str) -> None:
    """Let every backup say that its tablespace lay there."""
    for path in (site.repository / "db1" / "backups").glob("*/backup.json"):
        record = json.loads(path.read_text(encoding="utf-8"))
        record["tablespaces"] = dict.fromkeys(record["tablespaces"], location)
        path.write_text(json.dumps(record), encoding="utf-8")


def lose(site: Site) -> None:
    site.cluster.crash()
    shutil.rmtree(site.cluster.data)
    for lock in site.cluster.socket_directory.glob(".s.PGSQL.*"):
        lock.unlink()


@pytest.mark.versions(18)
def test_places_of_others_are_refused_by_name_and_left_alone(site: Site, make_cluster) -> None:
    other = make_cluster()
    theirs = site.workbench.make_directory("theirs")
    other.sql(f"CREATE TABLESPACE theirs LOCATION '{theirs}'")
    other.sql("CREATE TABLE precious TABLESPACE theirs AS SELECT 1 AS i")
    full = site.workbench.make_directory("full")
    (full / "passwords").write_text("x", encoding="utf-8")
    link = site.workbench.make_directory("links") / "ts"
    link.symlink_to("/etc")
    before = [tree_digest(full), tree_digest(theirs)]

    for location in ("/etc/cron.d", str(link), str(full), str(theirs), f"{other.data}/base"):
        name_location(site, location)
        refused = site.plan(target_latest=True, fails=True)
        assert (refused.code, location in refused["msg"]) == (CODE, True), refused

    assert [tree_digest(full), tree_digest(theirs)] == before
    lose(site)
    name_location(site, str(theirs))
    refused = site.plan(target_latest=True, fails=True)
    assert (refused.code, str(other.data) in refused["msg"]) == (CODE, True), refused
    assert other.column("SELECT i FROM precious") == [1]


@pytest.mark.versions(18)
def test_roots_say_where_tablespaces_may_lie(site: Site) -> None:
    places = site.workbench.make_directory("places")
    refused = site.plan(target_latest=True, tablespace_roots=[str(places)], fails=True)
    assert (refused.code, str(places) in refused["msg"]) == (CODE, True)
    assert site.plan(target_latest=True, tablespace_roots=["ts"], fails=True).code == "path-not-absolute"

    above = str(
        Path(site.cluster.column("SELECT pg_tablespace_location(oid) FROM pg_tablespace WHERE oid > 16383")[0]).parent
    )
    site.restore(target_latest=True, tablespace_roots=[str(places), above])
    assert site.cluster.column("SELECT i FROM in_ts") == [7]


@pytest.mark.needs_root
@pytest.mark.versions(15)
def test_root_gives_no_directory_away_to_which_the_account_has_led_it(roots, workbench, cluster, repository) -> None:
    """An empty one of root's, such as Debian's /usr/local/lib/python3/dist-packages, from which root's Python reads."""
    site = Site.make(workbench, cluster, repository)
    lay_out(site)
    lose(site)
    (roots / "packages").mkdir()
    site.cluster.data.symlink_to(roots / "packages")
    options = {**site.options, "target_latest": True, "confirm": "db1@latest"}

    refused = site.workbench.run_module("restore", options, as_root=True, expect_failure=True)

    assert refused.code == "place-not-trusted"
    assert [(roots / "packages").stat().st_uid, list((roots / "packages").iterdir())] == [0, []]
