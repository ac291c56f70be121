# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Times that step back in the WAL: what is planned is what PostgreSQL does."""

from __future__ import annotations

import re

import pytest
from support.clock import ServerClock
from support.restoring import Site

pytestmark = pytest.mark.versions(15, 18)


@pytest.fixture
def clock(workbench) -> ServerClock:
    return ServerClock(workbench.make_directory("clock"))


@pytest.fixture
def site(workbench, cluster, repository, clock) -> Site:
    made = Site.make(workbench, cluster, repository)
    # Archiving is set up by a restart, which would lose the clock.
    clock.start(cluster)
    cluster.sql("CREATE TABLE t (i int PRIMARY KEY)")
    made.back_up()
    return made


def step_back(site: Site, clock: ServerClock, *, segments: int) -> tuple[str, str]:
    """Rows 1 to 4 by a clock that is an hour ahead, and rows 5 to 7 when it was set right.

    The result are a moment between rows 5 and 6, and one after row 3.
    """
    site.insert(1)
    clock.set(3600)
    for number in (2, 3):
        site.insert(number)
    ahead = site.moment()
    site.insert(4)
    for _number in range(segments):
        site.cluster.sql("INSERT INTO filler VALUES (1)")
        site.archive_all()
    clock.set(0)
    site.insert(5)
    moment = site.moment()
    site.insert(6)
    for _number in range(segments):
        site.archive_all()
    site.insert(7)
    return moment, ahead


@pytest.mark.parametrize("segments", [0, 3])
def test_plan_stops_where_the_server_stops_and_names_the_position_behind(
    site: Site, clock: ServerClock, segments: int
) -> None:
    site.cluster.sql("CREATE TABLE filler (i int)")
    moment, ahead = step_back(site, clock, segments=segments)

    plan = site.plan(target_time=moment)
    (note,) = (note for note in plan["plan"]["notes"] if note.startswith("times step back"))
    done = site.restore(target_time=moment)
    assert site.rows() == [1]
    assert done["state"] == "promoted"
    site.roll_back()

    (lsn,) = re.findall(r"pitr_restore_target_lsn: (\S+)'", note)
    site.restore(target_lsn=lsn)
    assert site.rows() == [1, 2, 3, 4, 5]
    site.roll_back()

    # A time that only the wrong clock has shown.
    site.restore(target_time=ahead)
    assert site.rows() == [1, 2, 3]


@pytest.mark.versions(18)
def test_backup_that_ended_by_the_wrong_clock_does_not_hide_the_step(site: Site, clock: ServerClock) -> None:
    """Commits between the backup's begin and its end are replayed as well."""
    clock.set(3600)
    site.insert(1)
    site.back_up()
    site.insert(2)
    clock.set(0)
    site.insert(3)
    moment = site.moment()
    site.insert(4)

    plan = site.plan(target_time=moment)
    site.restore(target_time=moment)
    stopped_before = plan["plan"]["first_not_replayed"]["xid"]
    assert site.cluster.value("SELECT count(*) FROM t WHERE xmin::text::bigint >= %s", (stopped_before,)) == 0
