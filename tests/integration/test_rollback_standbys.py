# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A cluster that was rolled back opens on a new timeline, which its standbys follow."""

from __future__ import annotations

import shlex
from collections.abc import Callable

import pytest
from support.cluster import Cluster
from support.restoring import Site, lay_out
from support.rollback import ALL_ROWS

TO_REWIND = "to be rewound with pg_rewind, or made again: 'walreceiver' at this host"

pytestmark = pytest.mark.versions(15, 18)


@pytest.fixture
def site(workbench, cluster, repository) -> Site:
    return Site.make(workbench, cluster, repository)


@pytest.fixture
def standby(site: Site, make_cluster: Callable[..., Cluster]) -> Cluster:
    """A cluster that is made a standby by `follow`."""
    return make_cluster(start=False)


def follow(standby: Cluster, site: Site, *, fetches: bool = True) -> None:
    """Make the cluster a standby of the site's as it is now, which streams, and fetches from the archive."""
    standby.follow(site.cluster)
    words = [site.options["agent_path"], "archive-get", "--cluster", "db1"]
    command = shlex.join([*words, "--config-directory", site.options["config_directory"]])
    standby.configure(archive_mode="off", wal_retrieve_retry_interval="200ms")
    standby.configure(restore_command=f"{command} %f %p" if fetches else "")
    standby.restart()


def has_rows(standby: Cluster, rows: list[int]) -> None:
    standby.wait_until(lambda: standby.value("SELECT to_regclass('t') IS NOT NULL"), what="the standby has the table")
    standby.wait_until(
        lambda: standby.column("SELECT i FROM t ORDER BY i") == rows,
        what=f"the standby has {rows}",
        timeout_seconds=30,
    )


def restore_and_roll_back(site: Site, **target: str) -> None:
    """Row 7 is committed on the timeline that is given up, row 6 by the cluster that is back."""
    site.restore(**target)
    site.insert(7)
    site.archive_all()
    site.roll_back()
    site.insert(6)


def promoted_has_all(standby: Cluster, site: Site) -> None:
    """The standby streams what the cluster commits, and takes all of it along when it is promoted."""
    has_rows(standby, [*ALL_ROWS, 6])
    site.insert(8)
    has_rows(standby, [*ALL_ROWS, 6, 8])
    site.cluster.stop()
    standby.pg_ctl("promote", "-w")
    assert standby.column("SELECT i FROM t ORDER BY i") == [*ALL_ROWS, 6, 8]


@pytest.mark.parametrize("fetches", [True, False], ids=["archive", "stream"])
def test_standby_that_was_there_all_along_follows(site: Site, standby: Cluster, fetches: bool) -> None:
    places = lay_out(site)
    follow(standby, site, fetches=fetches)
    has_rows(standby, ALL_ROWS)
    assert TO_REWIND in site.plan(**places.target("name"))["plan_text"]
    assert TO_REWIND not in site.plan(target_latest=True)["plan_text"]

    restore_and_roll_back(site, **places.target("name"))

    promoted_has_all(standby, site)


@pytest.mark.versions(18)
def test_standby_that_is_made_afterwards_follows(site: Site, standby: Cluster) -> None:
    places = lay_out(site)
    restore_and_roll_back(site, **places.target("name"))

    follow(standby, site)

    promoted_has_all(standby, site)


def test_standby_that_lags_behind_the_target_follows_the_cluster_and_not_what_was_given_up(
    site: Site, standby: Cluster
) -> None:
    follow(standby, site)
    standby.stop()
    places = lay_out(site)

    restore_and_roll_back(site, **places.target("name"))
    standby.start()

    promoted_has_all(standby, site)


@pytest.mark.versions(18)
def test_standby_of_what_is_given_up_is_named(site: Site, standby: Cluster) -> None:
    places = lay_out(site)
    site.restore(**places.target("name"))
    follow(standby, site)
    site.insert(7)
    has_rows(standby, [0, 1, 2, 7])
    standby.wait_until(
        lambda: site.cluster.value("SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'") == 1,
        what="the standby streams",
    )

    planned = site.roll_back(check=True)
    done = site.roll_back()

    for lines in (planned["plan_lines"], done["plan_lines"]):
        assert any(TO_REWIND in line for line in lines), lines
