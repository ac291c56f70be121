# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hot standby does not begin while a transaction with many subtransactions runs that was open at the backup's start."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from support.restoring import Site

pytestmark = pytest.mark.versions(15, 18)

NOTE = "more than 64 subtransactions"


@pytest.fixture
def site(workbench, make_cluster, repository) -> Site:
    cluster = make_cluster(settings={"max_prepared_transactions": 5})
    site = Site.make(workbench, cluster, repository)
    site.cluster.sql("CREATE TABLE t (i int PRIMARY KEY); CREATE TABLE busy (i int)")
    return site


@pytest.fixture
def open_transaction(site: Site) -> Iterator[Any]:
    """A connection in a transaction of 70 subtransactions."""
    with closing(site.cluster.connect()) as connection, connection.cursor() as cursor:
        cursor.execute("BEGIN")
        for number in range(70):
            cursor.execute(f"SAVEPOINT s{number}; INSERT INTO busy VALUES (1)")
        yield cursor


def moment_with_more_behind(site: Site) -> str:
    site.insert(1)
    moment = site.moment()
    site.insert(2)
    site.archive_all()
    return moment


def test_server_that_cannot_pause_stops_instead_of_opening(site: Site, open_transaction: Any) -> None:
    site.back_up()
    target = {"target_time": moment_with_more_behind(site), "target_action": "pause"}

    plan = site.plan(**target)
    site.stage(**target)
    done = site.recover(checks=[{"sql": "SELECT count(*) FROM t", "expect": "1"}])

    assert any(NOTE in note and "stops at the target" in note for note in plan["plan"]["notes"])
    assert done["state"] == "paused"
    assert not site.cluster.is_running()
    assert site.cluster.control()["Latest checkpoint's TimeLineID"] == "1"
    done = site.recover(state="promoted", checks=[{"sql": "SELECT count(*) FROM t", "expect": "1"}])
    assert (done["state"], [check["got"] for check in done["checks"]]) == ("promoted", ["1"])
    assert site.rows() == [1]


@pytest.mark.versions(18)
def test_prepared_transaction_is_as_good_as_an_open_one(site: Site, open_transaction: Any) -> None:
    open_transaction.execute("PREPARE TRANSACTION 'busy'")
    site.back_up()
    target = {"target_time": moment_with_more_behind(site), "target_action": "shutdown"}
    assert any(NOTE in note for note in site.plan(**target)["plan"]["notes"])
    site.stage(**target)
    assert site.recover()["state"] == "stopped"
    site.roll_back()
    assert site.rows() == [1, 2]
    site.cluster.sql("ROLLBACK PREPARED 'busy'")


def test_server_that_opens_at_its_target_is_checked_before_clients_get_in(site: Site, open_transaction: Any) -> None:
    site.back_up()
    moment = moment_with_more_behind(site)
    plan = site.plan(target_time=moment)
    site.stage(target_time=moment)
    failed = site.recover(checks=[{"sql": "SELECT count(*) FROM t", "expect": "2"}], fails=True)
    assert any(NOTE in note and "after the server has opened" in note for note in plan["plan"]["notes"])
    assert failed.code == "check-differs"
    assert site.rows() == [1, 2]
    site.stage(target_time=moment)
    assert site.recover(checks=[{"sql": "SELECT count(*) FROM t", "expect": "1"}])["state"] == "promoted"


@pytest.mark.versions(18)
def test_server_pauses_once_the_transaction_has_ended_before_the_target(site: Site, open_transaction: Any) -> None:
    site.back_up()
    open_transaction.execute("COMMIT")
    site.cluster.sql("CHECKPOINT")
    target = {"target_time": moment_with_more_behind(site), "target_action": "pause"}

    plan = site.plan(**target)
    site.stage(**target)

    assert not any(NOTE in note for note in plan["plan"]["notes"])
    assert site.recover()["state"] == "paused"
    assert site.cluster.value("SELECT pg_get_wal_replay_pause_state()") == "paused"
    assert site.rows() == [1]


@pytest.mark.versions(18)
def test_server_that_opens_unplanned_is_rolled_back(site: Site) -> None:
    """Somebody else promotes it; what it does at its target is not what it was told."""
    site.back_up()
    moment = moment_with_more_behind(site)
    site.stage(target_time=moment, target_action="pause")
    auto = site.cluster.data / "postgresql.auto.conf"
    auto.write_text(auto.read_text().replace("recovery_target_action = 'pause'", "recovery_target_action = 'promote'"))

    failed = site.recover(fails=True)

    assert failed.code == "recovery-opened"
    assert site.rows() == [1, 2]
