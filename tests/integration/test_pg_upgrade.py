# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A cluster after pg_upgrade gets a new name and begins with a full backup; the old name's backups can be restored."""

from __future__ import annotations

from pathlib import Path

import pytest
from support import installation as installations
from support.archiving import archive, repository_options, tree_digest
from support.cluster import Cluster
from support.restoring import Site

pytestmark = pytest.mark.versions(18)

OLD_VERSION = 16


@pytest.fixture
def site(workbench, repository) -> Site:
    """An older cluster with a backup, and a row before and behind it."""
    found = installations.find(OLD_VERSION)
    if found is None:
        pytest.fail(installations.explain_missing(OLD_VERSION))
    site = Site.make(workbench, workbench.make_cluster(found), repository)
    site.cluster.sql("CREATE TABLE t AS SELECT 1 AS i")
    site.back_up()
    site.cluster.sql("INSERT INTO t VALUES (2)")
    site.archive_all()
    return site


def upgrade(old: Cluster, new: Cluster, *, directory: Path) -> None:
    """Run the real pg_upgrade; both are stopped before and after."""
    old.stop()
    places = [
        "-d",
        old.data,
        "-D",
        new.data,
        "-b",
        old.program("postgres").parent,
        "-B",
        new.program("postgres").parent,
    ]
    ports = ["-p", str(old.port), "-P", str(new.port), "-s", new.socket_directory, "-U", new.superuser]
    new.os_user.run([new.program("pg_upgrade"), *places, *ports], cwd=directory)


def test_upgraded_cluster_needs_a_new_name_and_begins_with_a_full_backup(site, make_cluster, run_module):
    workbench, repository = site.workbench, site.repository
    new = make_cluster(start=False, initdb_arguments=["--no-data-checksums"])
    upgrade(site.cluster, new, directory=workbench.make_directory("upgrade"))
    new.start()
    new.sql("INSERT INTO t VALUES (3)")

    before = tree_digest(repository, workbench.directory / "config")
    as_before = repository_options(workbench, new, repository=repository)
    for module, more in (("agent", {}), ("wal_archive", {"allow_restart": True}), ("base_backup", {})):
        refused = run_module(module, {**as_before, **more}, expect_failure=True)
        assert refused.code == "repository-foreign"
        assert f"upgraded from PostgreSQL {OLD_VERSION}" in refused["hint"]
        assert "'db1-18'" in refused["hint"]
    assert tree_digest(repository, workbench.directory / "config") == before

    options = archive(workbench, new, repository=repository, name="db1-18")
    first = run_module("base_backup", options)
    assert (first["type"], first["parent"]) == ("full", None)
    assert first["reason"] == "there is no usable backup of timeline 1"
    assert run_module("base_backup", options)["parent"] == first["backup"]["label"]

    # The old programs restore what was before.
    planned = {**as_before, "state": "planned", "target_latest": True}
    foreign = run_module("restore", planned, expect_failure=True)
    assert foreign.code == "repository-foreign"
    assert "from before pg_upgrade" in foreign["hint"]
    site.restore(target_latest=True)
    assert site.cluster.version == OLD_VERSION
    assert site.rows() == [1, 2]
    assert new.column("SELECT i FROM t ORDER BY i") == [1, 2, 3]
