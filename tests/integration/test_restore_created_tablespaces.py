# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A recovery in place that creates a tablespace: its directory must be there, and be nobody else's."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from support.cluster import Cluster
from support.restoring import Site

pytestmark = pytest.mark.versions(18)


@pytest.fixture
def site(workbench, cluster, repository) -> Site:
    site = Site.make(workbench, cluster, repository)
    site.back_up()
    return site


def make_tablespace(site: Site) -> tuple[Path, str]:
    """A tablespace that is younger than the backup, with a hundred rows; its location, and the moment of that."""
    location = site.workbench.make_directory("younger")
    site.cluster.sql(f"CREATE TABLESPACE younger LOCATION '{location}'")
    site.cluster.sql("CREATE TABLE t TABLESPACE younger AS SELECT generate_series(1, 100) AS i")
    return location, site.moment()


def test_directory_that_was_removed_since_is_asked_for_before_anything_is_stopped(
    site: Site, make_cluster: Callable[..., Cluster]
) -> None:
    location, moment = make_tablespace(site)
    site.cluster.sql("DROP TABLE t")
    site.cluster.sql("DROP TABLESPACE younger")
    site.cluster.sql("CREATE TABLE later AS SELECT 1 AS i")
    site.archive_all()
    location.rmdir()
    refused = site.plan(target_time=moment, fails=True)
    assert (refused.code, str(location) in refused["msg"]) == ("tablespace-location-unusable", True)

    # Another cluster has its files there now, whether it runs or not.
    site.cluster.os_user.run(["mkdir", "-m", "0700", location])
    other = make_cluster()
    other.sql(f"CREATE TABLESPACE theirs LOCATION '{location}'")
    used = site.plan(target_time=moment, fails=True)
    assert (used.code, str(other.data) in used["msg"]) == ("tablespace-outside-roots", True)
    other.stop()
    assert site.plan(target_time=moment, fails=True).code == "tablespace-outside-roots"
    other.start()
    other.sql("DROP TABLESPACE theirs")

    site.restore(target_time=moment)
    assert site.cluster.value("SELECT count(*) FROM t") == 100


def test_files_that_a_lost_cluster_left_are_set_aside(site: Site) -> None:
    """Their pages would be newer than the WAL that is replayed."""
    location, moment = make_tablespace(site)
    site.cluster.sql("INSERT INTO t SELECT generate_series(101, 1000)")
    site.cluster.sql("DELETE FROM t WHERE i <= 50")
    site.cluster.sql("VACUUM (FREEZE) t")
    site.cluster.sql("CHECKPOINT")
    site.archive_all()
    site.cluster.stop()
    shutil.rmtree(site.cluster.data)

    site.restore(target_time=moment)
    assert site.cluster.column("SELECT i FROM t ORDER BY i") == list(range(1, 101))
    assert list((location / ".pitr-old").iterdir())
