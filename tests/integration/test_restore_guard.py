# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What no process is left of is brought to its end by its guard, without another run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from support.controllers import phase_of
from support.guards import Guard
from support.restoring import Site, lay_out
from support.rollback import kill, start_module
from test_restore_jobs import beside, is_stopping, kill_session_of, record_of, start_restore, wait

pytestmark = pytest.mark.versions(15, 18)


@pytest.fixture
def site(workbench, cluster, repository) -> Site:
    return Site.make(workbench, cluster, repository)


def guard_of(site: Site, target: dict[str, Any], **more: Any) -> Guard:
    confirmed = {**site.options, **target, "confirm": site.confirmation(target)}
    return Guard(site, "restore", {**confirmed, "recovery": {}, **more})


def said_by(guard: Guard) -> str:
    process = guard.start()
    said, _none = process.communicate(timeout=120)
    assert process.returncode == 0 and guard.is_gone(), said
    return said


def test_restore_that_was_cut_off_behind_the_swap_is_recovered(site: Site) -> None:
    target = lay_out(site).target("time")
    process = start_restore(site, target)
    wait(site, lambda: phase_of(site) == "swapped", what="it has swapped")
    kill(process, with_job=True)

    assert "was cut off" in said_by(guard_of(site, target))
    assert (phase_of(site), site.rows()) == ("promoted", [0, 1])
    assert json.loads(record_of(site))["state"] == "done"

    told = site.stage(**target, recovery={})
    assert told["already"] and site.recover()["state"] == "promoted"
    assert record_of(site) == "", "it was told"


def test_restore_that_was_cut_off_before_the_swap_is_rolled_back(site: Site) -> None:
    target = lay_out(site).target("time")
    process = start_restore(site, target)
    wait(site, lambda: is_stopping(site), what="the server is stopping")
    kill(process, with_job=True)
    site.cluster.wait_until(lambda: not site.cluster.is_running(), what="the server is down")

    assert "job-killed" in said_by(guard_of(site, target))
    site.assert_old_cluster_is_back()
    assert site.stage(fails=True, **target, recovery={}).code == "job-killed", "the next run is told"
    site.assert_old_cluster_is_back()


def test_recovery_that_fails_without_anybody_is_rolled_back(site: Site) -> None:
    target = lay_out(site).target("time")
    checks = [{"sql": "SELECT count(*) FROM t", "expect": "7", "database": "postgres"}]
    process = start_restore(site, target, recovery={"checks": checks})
    wait(site, lambda: phase_of(site) == "swapped", what="it has swapped")
    kill(process, with_job=True)

    assert "check-differs" in said_by(guard_of(site, target, recovery={"checks": checks}))
    site.assert_old_cluster_is_back()
    assert site.stage(fails=True, **target, recovery={"checks": checks}).code == "check-differs"


def test_guard_waits_for_a_job_that_is_at_work_and_leaves_it_alone(site: Site) -> None:
    target = lay_out(site).target("time")
    job = start_restore(site, target)
    wait(site, lambda: '"running"' in record_of(site), what="it is at work")
    guard = guard_of(site, target)
    process = guard.start()
    job.wait(timeout=120)
    said, _none = process.communicate(timeout=120)
    assert (process.returncode, said, guard.is_gone()) == (0, "", True)
    # The module has answered before the recovery, which nobody has asked for yet.
    assert site.recover()["state"] == "promoted"


def test_rollback_that_was_cut_off_is_ended(site: Site) -> None:
    target = lay_out(site).target("time")
    site.stage(**target, recovery={})
    site.recover()
    options = {**site.options, "state": "rolled_back", "confirm": "db1@rollback"}
    process = start_module(site, "restore", options)
    wait(site, lambda: '"rollback"' in record_of(site) and is_stopping(site), what="it rolls back")
    kill(process, with_job=True)

    said_by(Guard(site, "restore", options))
    site.assert_old_cluster_is_back()
    assert not beside(site, "job.json").exists()


def test_promotion_that_was_cut_off_is_ended(site: Site) -> None:
    target = lay_out(site).target("time")
    site.stage(**target, target_action="pause", recovery={})
    assert site.recover()["state"] == "paused"
    options = {**site.recovery_options, "state": "promoted"}
    process = start_module(site, "recovery", options)
    wait(site, lambda: '"recovery"' in record_of(site), what="it is at work")
    kill(process, with_job=True)

    said_by(Guard(site, "recovery", options))
    assert (phase_of(site), site.rows()) == ("promoted", [0, 1])


def test_guard_that_is_ended_stays_for_the_next_boot(site: Site) -> None:
    target = lay_out(site).target("time")
    job = start_restore(site, target)
    wait(site, lambda: '"running"' in record_of(site), what="it is at work")
    guard = guard_of(site, target)
    process = guard.start()
    # It waits.
    site.cluster.wait_until(lambda: process.poll() is None, what="the guard is there")
    process.terminate()
    process.communicate(timeout=60)
    assert not guard.is_gone()
    job.wait(timeout=120)
    assert said_by(guard) == ""


def test_server_that_clients_write_to_since_its_promotion_is_not_rolled_back(site: Site, repository: Path) -> None:
    """The host crashed behind the promotion, and its server has started at boot with the files of everyday."""
    target = lay_out(site).target("time")
    start_restore(site, target)
    wait(site, lambda: phase_of(site) == "swapped", what="it has swapped")
    wal = repository / "db1" / "wal"
    wal.chmod(0o555)
    data = site.cluster.data
    wait(
        site,
        lambda: (
            (data / "pg_wal" / "00000002.history").exists()
            and "hba_file" not in (data / "postgresql.auto.conf").read_text()
        ),
        what="it is promoted, and waits for the history in the archive",
    )
    # The module has answered by now.
    kill_session_of(site)
    assert phase_of(site) == "swapped"
    site.cluster.stop(mode="immediate")
    site.cluster.start()
    site.cluster.sql("INSERT INTO t VALUES (77)")
    wal.chmod(0o755)

    assert "has come to its end" in said_by(guard_of(site, target))
    assert (phase_of(site), site.rows()) == ("promoted", [0, 1, 77])
    told = site.stage(**target, recovery={})
    assert told["already"] and site.recover()["reached"]
    assert site.rows() == [0, 1, 77]
