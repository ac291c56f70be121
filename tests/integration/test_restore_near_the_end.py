# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Targets that look right: at the very end of the WAL, of subtransactions, and on a timeline that was left."""

from __future__ import annotations

import shutil
from contextlib import closing
from datetime import datetime, timedelta, timezone

import pytest
from support.restoring import Site

pytestmark = pytest.mark.versions(15, 18)


@pytest.fixture
def site(workbench, cluster, repository) -> Site:
    made = Site.make(workbench, cluster, repository)
    cluster.sql("CREATE TABLE t (i int PRIMARY KEY)")
    made.back_up()
    return made


@pytest.fixture
def lost(site: Site) -> tuple[Site, str, str]:
    """Only the archive is left, which ends with a segment that was switched; positions of row 1 and of the switch."""
    _xid, lsn = site.insert(1)
    name = site.cluster.value("SELECT pg_walfile_name(pg_current_wal_insert_lsn())")
    switched = site.cluster.value("SELECT pg_switch_wal()::text")
    site.cluster.wait_until(
        lambda: bool(list((site.repository / "db1" / "wal").rglob(f"{name}*"))), what=f"{name} is archived"
    )
    site.cluster.crash()
    shutil.rmtree(site.cluster.data)
    return site, lsn, switched


def test_position_that_pg_switch_wal_returned_is_refused_at_the_end(lost: tuple[Site, str, str]) -> None:
    site, lsn, switched = lost
    refused = site.plan(target_lsn=switched, fails=True)
    assert refused.code == "target-unreachable"
    assert "no record begins at or after" in refused["msg"]
    # The switch is itself a record, so that one stops at the end of row 1.
    site.restore(target_lsn=lsn)
    assert site.rows() == [1]


@pytest.mark.versions(15)
@pytest.mark.parametrize("distance", [1, 4096])
def test_position_in_what_the_switch_left_empty_is_refused(lost: tuple[Site, str, str], distance: int) -> None:
    site, _lsn, switched = lost
    high, low = switched.split("/")
    for place in (f"{high}/{int(low, 16) + distance:X}", f"{high}/{int(low, 16) - 1:X}"):
        assert site.plan(target_lsn=place, fails=True).code == "target-unreachable", place


@pytest.mark.versions(18)
def test_xid_of_a_subtransaction_names_its_parent(site: Site) -> None:
    connection = site.cluster.connect()
    with connection.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("INSERT INTO t VALUES (1)")
        cursor.execute("SELECT pg_current_xact_id()::text")
        parent = str(cursor.fetchall()[0][0])
        cursor.execute("SAVEPOINT one")
        cursor.execute("INSERT INTO t VALUES (2)")
        cursor.execute("SELECT max(xmin::text::bigint)::text FROM t")
        nested = str(cursor.fetchall()[0][0])
        cursor.execute("COMMIT")
    connection.close()
    assert nested != parent
    site.insert(3)

    refused = site.plan(target_xid=nested, fails=True)
    assert refused.code == "target-unreachable"
    assert f"subtransaction of transaction {parent}" in refused["msg"]
    site.restore(target_xid=parent)
    assert site.rows() == [1, 2]


@pytest.mark.versions(18)
def test_xid_of_a_prepared_transaction_is_where_it_was_committed(workbench, make_cluster, repository) -> None:
    """Its subtransactions are no targets either; one that was rolled back is, and changes nothing."""
    site = Site.make(workbench, make_cluster(settings={"max_prepared_transactions": 5}), repository)
    site.cluster.sql("CREATE TABLE t (i int PRIMARY KEY)")
    site.back_up()
    with closing(site.cluster.connect()) as connection, connection.cursor() as cursor:
        cursor.execute("BEGIN; SELECT pg_current_xact_id()::text")
        parent = str(cursor.fetchall()[0][0])
        cursor.execute("SAVEPOINT one; INSERT INTO t VALUES (1)")
        cursor.execute("SELECT xmin::text FROM t WHERE i = 1")
        nested = str(cursor.fetchall()[0][0])
        cursor.execute("PREPARE TRANSACTION 'late'")
        site.insert(2)
        cursor.execute("COMMIT PREPARED 'late'")
        cursor.execute("BEGIN; SELECT pg_current_xact_id()::text")
        given_up = str(cursor.fetchall()[0][0])
        cursor.execute("INSERT INTO t VALUES (3); ROLLBACK")
    site.insert(4)

    refused = site.plan(target_xid=nested, fails=True)
    assert refused.code == "target-unreachable"
    assert f"subtransaction of transaction {parent}" in refused["msg"]
    site.restore(target_xid=parent)
    assert site.rows() == [1, 2]
    site.roll_back()
    site.restore(target_xid=given_up, target_inclusive=False)
    assert site.rows() == [1, 2]


def test_position_at_the_beginning_of_a_segment_is_its_first_record(site: Site) -> None:
    """No record begins there: the page's header does, and the server stops at the record behind it."""
    site.insert(1)
    site.archive_all()
    site.insert(2)
    begin = site.cluster.value(
        "SELECT '0/' || upper(to_hex((pg_current_wal_insert_lsn() - '0/0')::bigint / 16777216 * 16777216))"
    )
    assert begin.endswith("000000")
    site.insert(3)
    site.archive_all()

    planned = site.plan(target_lsn=begin)["plan"]
    site.restore(target_lsn=begin)
    assert site.rows() == [1]
    assert planned["first_not_replayed"]["xid"]


@pytest.mark.versions(15)
def test_same_moment_in_another_time_zone_is_the_same_target(site: Site) -> None:
    site.insert(1)
    moment = site.moment()
    site.insert(2)
    site.restore(target_time=moment)
    elsewhere = datetime.fromisoformat(moment).astimezone(timezone(timedelta(hours=5, minutes=30))).isoformat(sep=" ")

    assert site.stage(target_time=elsewhere)["already"]
    # Asked for once more, it is found on the timeline that was left, and so is a moment next to it.
    for text in (elsewhere, later(moment, microseconds=7)):
        plan = site.plan(target_time=text, again=True)
        assert plan["plan"]["timeline"] == 1
    site.restore(target_time=elsewhere, again=True)
    assert site.rows() == [1]


def later(moment: str, *, microseconds: int) -> str:
    return (datetime.fromisoformat(moment) + timedelta(microseconds=microseconds)).isoformat(sep=" ")
