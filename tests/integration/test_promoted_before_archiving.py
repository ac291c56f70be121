# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A cluster that left its first timeline before it archived: the history lies in its pg_wal alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.cluster import Cluster
from support.restoring import Site, lay_out

HISTORY = "00000002.history"


@pytest.fixture
def promoted(cluster: Cluster) -> Cluster:
    """On timeline 2, by a promotion that nobody archived."""
    cluster.stop()
    cluster.start_as_standby()
    cluster.sql("SELECT pg_promote()")
    cluster.wait_until(lambda: cluster.value("SELECT NOT pg_is_in_recovery()"), what="the promotion")
    cluster.sql("CHECKPOINT")
    return cluster


def stored(site: Site) -> Path:
    return site.repository / "db1" / "wal" / "00000002" / HISTORY


@pytest.mark.versions(18)
def test_history_is_stored_and_the_cluster_comes_back(workbench, promoted: Cluster, repository: Path) -> None:
    site = Site.make(workbench, promoted, repository)
    assert stored(site).read_bytes() == (promoted.data / "pg_wal" / HISTORY).read_bytes()
    places = lay_out(site)

    stored(site).unlink()
    options = {key: site.options[key] for key in ("name", "repository_path", "bin_directory")}
    one = workbench.run_module("backup_info", options)["clusters"][0]
    assert (one["windows"], one["summary"]["newest_backup"]) == ([], None)
    assert any(HISTORY in sentence for sentence in one["attention"])
    # The cluster itself has it still, so that a restore in place brings it into the archive.
    site.restore(**places.target("name"))
    assert stored(site).exists()
    assert site.rows() == [0, 1, 2]

    # The next timeline's own history is archived by the server; the older one by the next backup.
    stored(site).unlink()
    site.back_up(type="full")
    assert stored(site).exists()


@pytest.mark.versions(15)
def test_backup_without_any_history_is_refused(workbench, promoted: Cluster, repository: Path) -> None:
    site = Site.make(workbench, promoted, repository)
    stored(site).unlink()
    (promoted.data / "pg_wal" / HISTORY).unlink()
    refused = workbench.run_module("base_backup", site.options, expect_failure=True)
    assert refused["code"] == "history-missing"
    assert HISTORY in refused["msg"]
