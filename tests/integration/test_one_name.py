# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One cluster has one name: another is refused until somebody says it is meant, and a renamed host is told so."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from support.archiving import install_agent, repository_options, tree_digest
from support.cluster import Cluster
from support.restoring import Site
from support.workbench import Workbench

pytestmark = pytest.mark.versions(18)
FULL_NAME = "db1.example.com"


@pytest.fixture
def site(workbench: Workbench, cluster: Cluster, repository: Path) -> Site:
    return Site.make(workbench, cluster, repository)


def test_second_name_is_refused_unless_it_is_meant(site: Site) -> None:
    other = repository_options(site.workbench, site.cluster, repository=site.repository, name=FULL_NAME)
    install_agent(site.workbench, other)
    before = tree_digest(site.repository, site.cluster.data / "postgresql.conf")
    for check in (True, False):
        refused = site.workbench.run_module("wal_archive", other, expect_failure=True, check=check)
        assert refused.code == "cluster-name-differs"
        assert "pitr_cluster_name: db1" in refused["hint"]
    assert tree_digest(site.repository, site.cluster.data / "postgresql.conf") == before

    meant = {**other, "replace_archive_command": True, "archive_timeout_seconds": 3600}
    assert site.workbench.run_module("wal_archive", meant)["proof"]["proven"]
    assert not site.workbench.run_module("wal_archive", {**meant, "replace_archive_command": False}).changed


@pytest.mark.parametrize("name", [FULL_NAME, "DB1"])
def test_nothing_else_is_done_under_a_second_name_either(site: Site, name: str) -> None:
    """A full backup under it would be alone, without the WAL that goes elsewhere."""
    other = repository_options(site.workbench, site.cluster, repository=site.repository, name=name)
    install_agent(site.workbench, other)
    before = tree_digest(site.repository)
    for module, more in (("base_backup", {}), ("restore", {"state": "planned", "target_latest": True})):
        refused = site.workbench.run_module(module, {**other, **more}, expect_failure=True)
        assert refused.code == "cluster-unknown" and "it has db1" in refused["msg"]
    assert tree_digest(site.repository) == before


def test_promoted_standby_does_not_take_its_own_hosts_name(site: Site, make_cluster: Callable[..., Cluster]) -> None:
    # The standby has its settings from the primary, and its host another name in the inventory.
    standby = make_cluster().stop().follow(site.cluster)
    site.cluster.stop(mode="immediate")
    standby.sql("SELECT pg_promote()")
    standby.wait_until(lambda: not standby.value("SELECT pg_is_in_recovery()"), what="the promotion")
    options = repository_options(site.workbench, standby, repository=site.repository, name="db2")
    install_agent(site.workbench, options)
    assert site.workbench.run_module("wal_archive", options, expect_failure=True).code == "cluster-name-differs"
    assert not (site.repository / "db2").exists()
    assert site.workbench.run_module("wal_archive", {**options, "name": "db1"})["proof"]["proven"]


def test_renamed_host_is_told_and_goes_on_after_archive(site: Site) -> None:
    document = site.repository / "db1" / "cluster.json"
    known = json.loads(document.read_text())
    known["writers"][0]["hostname"] = "before"
    document.write_text(json.dumps(known))
    site.cluster.switch_segment()
    site.cluster.sql("SELECT pg_create_restore_point('x')")
    site.cluster.switch_segment()
    site.cluster.wait_until(lambda: site.cluster.log_contains("[writer-unknown]"), what="archiving is refused")
    assert site.cluster.log_contains("on host 'before'")
    options = {key: site.options[key] for key in ("name", "repository_path", "bin_directory")}
    (one,) = site.workbench.run_module("backup_info", options)["clusters"]
    assert any("is registered for host 'before'" in sentence for sentence in one["attention"])
    assert site.workbench.run_module("base_backup", site.options, expect_failure=True).code == "writer-unknown"

    site.workbench.run_module("wal_archive", site.options)
    (one,) = site.workbench.run_module("backup_info", options)["clusters"]
    assert not any("'before'" in sentence for sentence in one["attention"])
    assert site.back_up()
