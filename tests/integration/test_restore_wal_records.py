# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Records in the WAL that end a recovery, hold it, or lead it out of its directories: the plan knows them."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from support.archiving import installed_options
from support.copies import Copy
from support.ports import PortLease
from support.restoring import Site

pytestmark = pytest.mark.versions(15, 18)


@pytest.fixture
def site(workbench, cluster, repository) -> Site:
    made = Site.make(workbench, cluster, repository)
    cluster.sql("CREATE TABLE t (i int PRIMARY KEY)")
    return made


def without_wal_for_a_moment(site: Site) -> None:
    """One restart with wal_level minimal, in which nothing is archived, and back."""
    summaries = {"summarize_wal": "off"} if site.cluster.installation.version >= 17 else {}
    site.cluster.configure(wal_level="minimal", max_wal_senders=0, archive_mode="off", **summaries)
    site.cluster.restart()
    site.insert(50)
    site.cluster.configure(wal_level="replica", max_wal_senders=10, archive_mode="on")
    site.cluster.restart()


def test_restart_with_wal_level_minimal_is_a_border_that_the_plan_names(site: Site) -> None:
    site.back_up()
    site.insert(1)
    moment = site.moment()
    _xid, lsn = site.insert(2)
    without_wal_for_a_moment(site)
    behind, _lsn = site.insert(3)
    site.cluster.sql("SELECT pg_create_restore_point('behind')")
    late = site.moment()
    site.insert(4)
    site.archive_all()

    targets = ({"target_latest": True}, {"target_time": late}, {"target_xid": behind}, {"target_name": "behind"})
    for target in targets:
        refused = site.plan(**target, fails=True)
        assert refused.code == "wal-level-minimal", target
        (record,) = re.findall(r"record at (0/[0-9A-F]+)", refused["msg"])
        assert "segment 0000000100000000" in refused["msg"]
    (way,) = re.findall(r"pitr_restore_target_lsn: (0/[0-9A-F]+)", refused["hint"])
    assert int(lsn.split("/")[1], 16) - 200 <= int(way.split("/")[1], 16) < int(record.split("/")[1], 16)
    site.restore(target_lsn=way)
    assert site.rows() == [1, 2]
    site.roll_back()
    site.restore(target_time=moment)
    assert site.rows() == [1]
    site.roll_back()

    # What was written since the new backup can be recovered again.
    site.back_up()
    site.insert(5)
    site.restore(target_latest=True)
    assert site.rows() == [1, 2, 3, 4, 5, 50]


def warned(site: Site, options: dict[str, Any]) -> str:
    """What ``archive`` warns of, in whatever form this ansible-core has it."""
    return str(site.workbench.run_module("wal_archive", options).result.get("warnings", ""))


def told(site: Site) -> dict[str, Any]:
    options = {key: site.options[key] for key in ("name", "repository_path", "bin_directory")}
    return site.workbench.run_module("backup_info", options)["clusters"][0]


@pytest.mark.versions(18)
@pytest.mark.parametrize("is_last", [True, False])
def test_window_ends_at_wal_level_minimal_and_a_new_backup_is_asked_for(site: Site, is_last: bool) -> None:
    first = site.back_up()
    site.insert(1)
    without_wal_for_a_moment(site)
    site.insert(2)
    site.archive_all()
    if not is_last:
        # The record is in a segment that the index can keep.
        site.archive_all()

    options = installed_options(site.workbench, site.cluster, repository=site.repository)
    (record,) = re.findall(r"wal_level was minimal from (0/[0-9A-F]+) on", warned(site, options))
    seen = told(site)
    assert any(f"minimal from {record} on" in line and "take a new backup" in line for line in seen["attention"])
    assert [(window["backup"], window["to_lsn"]) for window in seen["windows"]] == [(first, record)]
    assert not seen["gaps"]

    second = site.back_up()
    seen = told(site)
    assert not any("minimal" in line for line in seen["attention"])
    assert [window["backup"] for window in seen["windows"]] == [first, second]
    assert "minimal" not in warned(site, options)


RAISED = {
    "max_connections": 60,
    "max_prepared_transactions": 7,
    "max_worker_processes": 20,
    "max_locks_per_transaction": 100,
}


def test_settings_that_were_raised_for_a_while_do_not_hold_the_recovery(site: Site) -> None:
    before = {name: site.cluster.value(f"SHOW {name}") for name in RAISED}
    site.back_up()
    for name, value in RAISED.items():
        # Each alone, so that each has a record of its own.
        site.cluster.configure(**{name: value})
        site.cluster.restart()
        site.cluster.configure(**{name: before[name]})
    site.insert(1)
    site.cluster.restart()
    moment = site.moment()
    site.insert(2)

    plan = site.plan(target_time=moment)
    for name, value in RAISED.items():
        assert any(note.startswith(f"{name} is {value} for the recovery") for note in plan["plan"]["notes"]), name
    site.restore(target_time=moment)
    assert site.rows() == [1]
    site.cluster.restart()
    assert {name: site.cluster.value(f"SHOW {name}") for name in RAISED} == before


@pytest.mark.versions(15)
def test_raised_setting_with_the_cluster_lost_is_met_although_only_the_backup_has_a_configuration(site: Site) -> None:
    site.back_up()
    site.cluster.configure(max_connections=60)
    site.cluster.restart()
    site.insert(1)
    moment = site.moment()
    site.insert(2)
    site.archive_all()
    site.cluster.stop()
    shutil.rmtree(site.cluster.data)

    site.restore(target_time=moment)
    assert site.rows() == [1]


@pytest.mark.versions(15)
def test_command_line_with_less_than_the_wal_needs_is_refused(site: Site) -> None:
    site.back_up()
    site.cluster.configure(max_connections=60)
    site.cluster.restart()
    site.insert(1)
    moment = site.moment()
    site.insert(2)
    site.cluster.stop()
    site.cluster.pg_ctl("start", "-l", site.cluster.log, "-w", "-o", "-c max_connections=30")

    refused = site.plan(target_time=moment, fails=True)
    assert refused.code == "hot-standby-settings"
    assert "max_connections is 30, and the WAL needs 60" in refused["msg"]


def beside(site: Site) -> dict[str, Any]:
    return {"restore_data_directory": str(site.cluster.base / "copy"), "restore_port": PortLease.take().port}


@pytest.mark.versions(18)
def test_tablespace_made_again_at_the_same_path_is_never_the_copys(site: Site) -> None:
    space = site.workbench.make_directory("space")
    site.cluster.sql(f"CREATE TABLESPACE s LOCATION '{space}'")
    site.cluster.sql("CREATE TABLE old TABLESPACE s AS SELECT 1 AS i")
    site.back_up()
    site.insert(1)
    before = site.moment()
    site.cluster.sql("DROP TABLE old")
    site.cluster.sql("DROP TABLESPACE s")
    site.cluster.sql(f"CREATE TABLESPACE s LOCATION '{space}'")
    site.cluster.sql("CREATE TABLE kept TABLESPACE s AS SELECT generate_series(1, 100) AS i")
    after = site.moment()
    site.insert(2)

    refused = site.plan(target_time=after, **beside(site), fails=True)
    assert refused.code == "tablespace-created-since"
    assert str(space) in refused["msg"]
    # Before it was made again a copy is harmless.
    site.workbench.run_module("restore", {**site.options, "target_time": before, **(copy := beside(site))})
    links = Path(copy["restore_data_directory"]) / "pg_tblspc"
    assert all(str(path.readlink()).startswith(copy["restore_data_directory"]) for path in links.iterdir())
    assert site.cluster.value("SELECT count(*) FROM kept") == 100


@pytest.mark.versions(18)
def test_tablespace_that_came_and_went_is_not_made_by_a_copy_either(site: Site) -> None:
    space = site.workbench.make_directory("space")
    site.back_up()
    site.cluster.sql(f"CREATE TABLESPACE s LOCATION '{space}'")
    site.cluster.sql("DROP TABLESPACE s")
    moment = site.moment()
    site.insert(1)
    refused = site.plan(target_time=moment, **beside(site), fails=True)
    assert (refused.code, str(space) in refused["msg"]) == ("tablespace-created-since", True)


@pytest.mark.versions(18)
@pytest.mark.parametrize("is_whole", [True, False])
def test_what_the_cluster_does_after_the_plan_of_a_copy_is_not_replayed(site: Site, is_whole: bool) -> None:
    """A tablespace that is made then leads the replay into the cluster's own files, before any look at the links."""
    space = site.workbench.make_directory("space")
    site.insert(0)
    site.back_up()
    site.insert(1)
    if is_whole:
        site.archive_all()
    copy = Copy(site, site.cluster.base / "copy", PortLease.take().port)
    site.workbench.run_module("restore", {**site.options, "target_latest": True, **copy.options})
    site.cluster.sql(f"CREATE TABLESPACE s LOCATION '{space}'")
    site.cluster.sql("CREATE TABLE kept TABLESPACE s AS SELECT generate_series(1, 5000) AS i")
    site.archive_all()
    site.cluster.sql("DELETE FROM kept WHERE i % 2 = 0")
    site.cluster.sql("VACUUM kept")
    site.cluster.sql("CHECKPOINT")

    site.recover(**copy.options)
    site.cluster.restart()
    assert site.cluster.value("SELECT count(*) FROM kept") == 2500
    assert not list((copy.directory / "pg_tblspc").iterdir())
    assert copy.sql("SELECT i FROM t ORDER BY i") == [(0,), (1,)]
