# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every kind of target brings back exactly the rows it should: FACTS.md A01 to A11, on real PostgreSQL."""

from __future__ import annotations

import os

import pytest
from support.restoring import Site, lay_out

CASES = (
    ("latest", True, [0, 1, 2, 3, 4, 5]),
    ("time", True, [0, 1]),
    ("time", False, [0, 1]),
    ("xid", True, [0, 1, 2]),
    ("xid", False, [0, 1]),
    ("name", True, [0, 1, 2]),
    ("immediate", True, [0]),
    ("lsn", True, [0, 1, 2]),
    ("lsn", False, [0, 1, 2]),
)


@pytest.fixture
def site(workbench, cluster, repository) -> Site:
    return Site.make(workbench, cluster, repository)


@pytest.mark.versions(15, 18)
@pytest.mark.timeout(600)
def test_every_target_brings_back_its_rows_and_rollback_the_others(site: Site) -> None:
    places = lay_out(site)
    found = {}

    for number, (kind, inclusive, _rows) in enumerate(CASES, start=1):
        timeline = 2 * number
        target = places.target(kind, inclusive=inclusive)
        plan = site.plan(**target)
        done = site.restore(**target)
        found[kind, inclusive] = site.rows()
        assert done["state"] == "promoted"
        # Every recovery takes a new number, and so does every rollback.
        assert done["new_timeline"] == timeline
        assert plan["plan"]["timeline"] == done["reached"]["timeline"] == 1
        assert_nothing_of_the_recovery_is_left(site, timeline=timeline)
        site.roll_back()
        assert site.rows() == [0, 1, 2, 3, 4, 5]

    assert found == {(kind, inclusive): rows for kind, inclusive, rows in CASES}


def assert_nothing_of_the_recovery_is_left(site: Site, *, timeline: int) -> None:
    assert site.cluster.value("SELECT NOT pg_is_in_recovery()")
    assert not (site.cluster.data / "recovery.signal").exists()
    auto = (site.cluster.data / "postgresql.auto.conf").read_text()
    assert "recovery_target" not in auto
    assert "restore_command" not in auto
    assert list((site.repository / "db1" / "wal" / f"{timeline:08X}").glob(f"{timeline:08X}.history*"))


@pytest.mark.versions(18)
def test_dropped_table_is_back_before_anything_of_it_is_archived(site: Site) -> None:
    site.cluster.sql("CREATE TABLE t (i int)")
    site.back_up()
    site.cluster.sql("INSERT INTO t SELECT generate_series(1, 500)")
    moment = site.moment()
    site.cluster.sql("DROP TABLE t")
    # A leftover of an earlier recovery by hand, in a file that stays (A07).
    site.cluster.configure(recovery_target_name="leftover")

    plan = site.plan(target_time=moment)
    assert plan["plan"]["segments_not_archived"]
    assert plan["plan"]["loss"]["commits"] == 1
    assert plan["plan"]["loss"]["complete"]
    done = site.restore(target_time=moment)

    assert len(site.rows()) == 500
    assert done["reached"]["time"].replace("T", " ") < moment


@pytest.mark.versions(15, 18)
def test_restored_cluster_archives_on_and_is_backed_up_and_restored_again(site: Site) -> None:
    places = lay_out(site)
    site.restore(**places.target("time"))
    site.insert(20)
    site.archive_all()
    site.back_up()
    site.insert(21)
    moment = site.moment()
    site.insert(22)

    done = site.restore(target_time=moment)

    assert site.rows() == [0, 1, 20, 21]
    assert done["reached"]["timeline"] == 2
    assert done["new_timeline"] == 3


@pytest.mark.versions(16)
def test_same_target_again_changes_nothing_unless_asked_for(site: Site) -> None:
    places = lay_out(site)
    site.restore(**places.target("name"))
    site.insert(99)

    again = site.stage(**places.target("name"))
    assert not again.changed
    assert again["already"]
    assert not site.recover().changed
    assert site.rows() == [0, 1, 2, 99]

    site.restore(**places.target("name"), again=True)
    assert site.rows() == [0, 1, 2]


@pytest.mark.versions(18)
@pytest.mark.needs_root
def test_as_root_where_the_directory_above_belongs_to_root(disk, workbench, make_cluster, repository) -> None:
    cluster = make_cluster(directory_name=str(disk / "data"))
    site = Site.make(workbench, cluster, repository)
    target = lay_out(site).target("time")
    above = cluster.data.parent
    os.chown(above, 0, 0)
    above.chmod(0o755)
    with pytest.raises(AssertionError, match="write-failed"):
        site.stage(**target)

    confirmed = {**site.options, **target, "confirm": site.confirmation(target)}
    workbench.run_module("restore", confirmed, as_root=True)
    workbench.run_module("recovery", site.recovery_options, as_root=True)
    assert site.rows() == [0, 1]
    for path in (cluster.data, above / "data.pitr-old"):
        assert (path.stat().st_uid, path.stat().st_mode & 0o777) == (workbench.os_user.uid, 0o700)
    workbench.run_module("restore", {**site.options, "state": "rolled_back", "confirm": "db1@rollback"}, as_root=True)
    assert site.rows() == [0, 1, 2, 3, 4, 5]
