# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Second and third recoveries from one backup, to moments on different timelines: FACTS.md T1 to T4."""

from __future__ import annotations

import pytest
from support.restoring import Site


@pytest.fixture
def site(workbench, cluster, repository) -> Site:
    site = Site.make(workbench, cluster, repository)
    site.cluster.sql("CREATE TABLE t (i int PRIMARY KEY)")
    site.back_up()
    return site


@pytest.mark.versions(15, 18)
@pytest.mark.timeout(600)
def test_three_recoveries_from_one_backup(site: Site) -> None:
    site.insert(1)
    first = site.moment()
    site.insert(2)
    second = site.moment()
    site.insert(3)
    site.archive_all()

    # T1: away from timeline 1 at the first moment.
    assert site.restore(target_time=first)["new_timeline"] == 2
    assert site.rows() == [1]
    site.insert(10)
    on_second_timeline = site.moment()
    site.insert(11)
    site.archive_all()

    # T2, T3: the second moment lies on timeline 1 after the fork, and the cluster is on timeline 2.
    plan = site.plan(target_time=second)
    assert plan["plan"]["timeline"] == 1
    assert any("timeline 1 was current" in note for note in plan["plan"]["notes"])
    assert site.restore(target_time=second)["new_timeline"] == 3
    assert site.rows() == [1, 2]
    site.insert(20)
    site.archive_all()

    # T4: back to a moment of timeline 2, which is no ancestor of 3.
    done = site.restore(target_time=on_second_timeline)
    assert (done["reached"]["timeline"], done["new_timeline"]) == (2, 4)
    assert site.rows() == [1, 10]

    # A moment before every fork, and everything of an abandoned timeline by its number.
    assert site.plan(target_time=first)["plan"]["timeline"] == 1
    assert site.restore(target_latest=True, target_timeline=3)["new_timeline"] == 5
    assert site.rows() == [1, 2, 20]


@pytest.mark.versions(16)
def test_xid_and_name_are_found_on_the_timeline_that_was_left(site: Site) -> None:
    site.insert(1)
    moment = site.moment()
    left, _lsn = site.insert(2)
    site.cluster.sql("SELECT pg_create_restore_point('on one')")
    site.insert(3)
    site.archive_all()
    site.restore(target_time=moment)
    site.cluster.sql("SELECT pg_create_restore_point('on two')")
    site.insert(10)
    stayed, _lsn = site.insert(11)
    site.archive_all()

    assert site.plan(target_name="on one")["plan"]["timeline"] == 1
    assert site.plan(target_name="on two")["plan"]["timeline"] == 2
    assert site.plan(target_xid=stayed)["plan"]["timeline"] == 2
    assert site.plan(target_xid=left, target_timeline="1")["plan"]["timeline"] == 1

    site.restore(target_name="on one")
    assert site.rows() == [1, 2]
