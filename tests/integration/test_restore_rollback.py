# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever goes wrong after the server was stopped, the old cluster comes back with all its rows."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest
from support.restoring import SearchPaths, Site, lay_out
from support.rollback import ALL_ROWS


@pytest.fixture
def site(workbench, cluster, repository) -> Site:
    return Site.make(workbench, cluster, repository)


@pytest.mark.versions(15, 18)
def test_target_never_reached_brings_the_old_cluster_back(site: Site) -> None:
    """The segment with the target goes away between the swap and the recovery."""
    target = lay_out(site).target("xid")
    staged = site.stage(**target)
    last = staged["plan"]["last_segment"]
    for path in (site.repository / "db1" / "wal").rglob(f"{last}*"):
        path.unlink()

    failed = site.recover(fails=True)

    assert failed.code == "recovery-failed"
    assert last in failed["msg"]
    assert "runs again" in failed["hint"]
    site.assert_old_cluster_is_back()
    assert not list(site.repository.glob("db1/backups/*/pinned.json"))


@pytest.mark.versions(18)
def test_damaged_segment_never_passes_for_the_end_of_the_wal(site: Site) -> None:
    lay_out(site)
    staged = site.stage(target_latest=True)
    middle = next(
        path
        for path in (site.repository / "db1" / "wal").rglob("0000000100000000000000*")
        if path.name[:24] == staged["plan"]["first_segment"][:23] + "5"
    )
    content = bytearray(middle.read_bytes())
    content[len(content) // 2] ^= 0xFF
    middle.write_bytes(bytes(content))

    failed = site.recover(fails=True)

    assert failed.code == "recovery-failed"
    site.assert_old_cluster_is_back()


@pytest.mark.versions(15)
def test_repository_away_does_not_open_the_server_and_back_it_recovers(site: Site) -> None:
    target = lay_out(site).target("latest")
    site.stage(**target)
    away = site.repository.with_name("away")
    site.repository.rename(away)

    failed = site.recover(fails=True, undo_on_failure=False)
    assert failed.code in ("recovery-failed", "recovery-stalled")
    assert "repository-missing" in failed["msg"]
    assert not site.cluster.is_running()
    assert (site.cluster.data / "recovery.signal").exists()

    away.rename(site.repository)
    assert site.recover()["state"] == "promoted"
    assert site.rows() == ALL_ROWS


@pytest.mark.versions(15, 18)
def test_crashed_cluster_loses_no_commit(site: Site) -> None:
    lay_out(site)
    site.insert(6)
    site.cluster.crash()

    site.restore(target_latest=True)
    assert site.rows() == [*ALL_ROWS, 6]

    site.roll_back()
    assert not site.cluster.is_running()
    site.cluster.start()
    assert site.rows() == [*ALL_ROWS, 6]


@pytest.mark.versions(18)
def test_rollback_on_demand_needs_its_confirmation(site: Site) -> None:
    target = lay_out(site).target("name")
    nothing = site.roll_back(fails=True)
    assert nothing.code == "rollback-nothing"
    lines = site.restore(**target)["messages"]
    site.insert(7)
    assert len(list(site.repository.glob("db1/backups/*/pinned.json"))) == 1
    (pinned,) = [line for line in lines if line.startswith("pinned")]
    assert "pgpitr unpin 2" in pinned and "--cluster db1 --reason 'restored to rp1'" in pinned

    assert site.roll_back(fails=True, confirm=None).code == "confirmation-missing"
    refused = site.roll_back(fails=True, confirm="db1@rp1")
    assert refused.code == "confirmation-differs"
    assert "db1@rollback" in refused["msg"]
    for spared in ("unfinished_only", "unpromoted_only"):
        assert not site.workbench.run_module("restore", {**site.options, "state": "rolled_back", spared: True}).changed
    assert site.roll_back(check=True).changed
    assert site.rows() == [0, 1, 2, 7]

    done = site.roll_back()
    site.assert_old_cluster_is_back()
    assert (Path(done["undone_directory"]) / "PG_VERSION").exists()
    site.insert(6)
    site.archive_all()
    again = site.roll_back()
    assert (again.changed, again["undone_directory"]) == (False, done["undone_directory"])
    assert site.rows() == [*ALL_ROWS, 6]


@pytest.mark.versions(16)
def test_tablespaces_come_back_and_go_back(site: Site) -> None:
    first, later = (site.workbench.make_directory(name) for name in ("space one", "later"))
    site.cluster.sql(f"CREATE TABLESPACE one LOCATION '{first}'")
    site.cluster.sql("CREATE TABLE s TABLESPACE one AS SELECT 1 AS i")
    places: SearchPaths = lay_out(site)
    site.cluster.sql(f"CREATE TABLESPACE later LOCATION '{later}'")
    site.cluster.sql("CREATE TABLE l TABLESPACE later AS SELECT 1 AS i; INSERT INTO s VALUES (2)")
    moment = site.moment()
    site.cluster.sql("INSERT INTO s VALUES (3); INSERT INTO l VALUES (2)")

    site.restore(**places.target("time"))
    assert site.cluster.column("SELECT i FROM s") == [1]
    assert site.cluster.value("SELECT to_regclass('l') IS NULL")
    site.roll_back()
    assert site.cluster.column("SELECT i FROM s ORDER BY i") == [1, 2, 3]
    assert site.cluster.column("SELECT i FROM l ORDER BY i") == [1, 2]

    # This one replays the creation of the second tablespace.
    site.restore(target_time=moment)
    assert site.cluster.column("SELECT i FROM s ORDER BY i") == [1, 2]
    assert site.cluster.column("SELECT i FROM l") == [1]
    site.roll_back()
    assert site.cluster.column("SELECT i FROM s ORDER BY i") == [1, 2, 3]
    assert site.cluster.column("SELECT i FROM l ORDER BY i") == [1, 2]


@pytest.mark.versions(18)
def test_linked_wal_directory_stays_a_link(workbench, make_cluster, repository) -> None:
    wal = workbench.make_directory("wal") / "pg_wal"
    cluster = make_cluster(initdb_arguments=["--waldir", str(wal)])
    site = Site.make(workbench, cluster, repository)
    target = lay_out(site).target("time")

    site.restore(**target)
    assert site.rows() == [0, 1]
    assert os.path.realpath(cluster.data / "pg_wal") == str(wal)
    site.roll_back()
    site.assert_old_cluster_is_back()
    assert os.path.realpath(cluster.data / "pg_wal") == str(wal)


@pytest.mark.needs_root
@pytest.mark.versions(15)
def test_disk_that_fills_up_costs_nothing(workbench, make_cluster, repository) -> None:
    cluster = make_cluster(start=False, directory_name="mnt/data", settings={"max_wal_size": "64MB"})
    place = cluster.data.parent
    subprocess.run(["cp", "-a", cluster.data, cluster.base / "aside"], check=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=420m,mode=755", "tmpfs", place], check=True)
    try:
        os.chown(place, workbench.os_user.uid, workbench.os_user.gid)
        subprocess.run(["cp", "-a", cluster.base / "aside", cluster.data], check=True)
        cluster.start()
        site = Site.make(workbench, cluster, repository)
        site.cluster.sql("CREATE TABLE big AS SELECT repeat('x', 1000) FROM generate_series(1, 60000)")
        target = lay_out(site).target("time")
        pid = cluster.postmaster_pid()
        filler = place / "filler"
        free_bytes = os.statvfs(place).f_bavail * os.statvfs(place).f_frsize
        filler.write_bytes(b"x" * (free_bytes - 50_000_000))

        refused = site.plan(**target, fails=True)
        assert (refused.code, str(place) in refused["msg"]) == ("disk-full", True)

        # A record that knows too little lets the plan pass, and the disk fills up in the middle.
        (record,) = repository.glob("db1/backups/*/backup.json")
        record.write_text(re.sub(r'"size_bytes": \d+', '"size_bytes": 1000', record.read_text()))
        assert site.stage(**target, fails=True).code == "disk-full"
        assert cluster.postmaster_pid() == pid
        assert sorted(os.listdir(place)) == ["data", "data.log", "filler"]

        filler.unlink()
        site.restore(**target)
        assert site.rows() == [0, 1]
    finally:
        cluster.pg_ctl("stop", "-m", "immediate", check=False)
        subprocess.run(["umount", "--lazy", place], check=True)
