# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The data directory is gone, and the cluster comes back from the repository into its place."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from support.archiving import tree_digest
from support.restoring import Site, lay_out

ALL_ROWS = [0, 1, 2, 3, 4, 5]


@pytest.fixture
def site(workbench, cluster, repository) -> Site:
    return Site.make(workbench, cluster, repository)


def lose(site: Site, *, leaves: str = "nothing") -> None:
    """The server dies and its directory with it; `leaves` an empty directory, or nothing."""
    site.cluster.crash()
    shutil.rmtree(site.cluster.data)
    for lock in site.cluster.socket_directory.glob(".s.PGSQL.*"):
        lock.unlink()
    if leaves == "empty":
        site.cluster.data.mkdir(mode=0o755)
        site.workbench.os_user.own(site.cluster.data)


def assert_archives_on_timeline(site: Site, number: int) -> None:
    assert site.cluster.value("SELECT NOT pg_is_in_recovery()")
    assert site.cluster.control()["Latest checkpoint's TimeLineID"] == str(number)
    site.insert(100 + number)
    site.archive_all()
    assert list((site.repository / "db1" / "wal").rglob(f"{number:08X}*"))


@pytest.mark.versions(15, 18)
def test_missing_or_empty_directory_is_restored_to_the_end_of_the_archive(site: Site) -> None:
    lay_out(site)
    lose(site)

    plan = site.plan(target_latest=True)
    assert plan["plan"]["data_directory_lost"]
    assert any("is gone: only archived WAL can be recovered" in line for line in plan["plan_lines"])
    assert site.workbench.run_module("restore", {**site.options, "target_latest": True}, check=True).changed
    assert site.stage(target_latest=True, confirm="db1@now", fails=True).code == "confirmation-differs"
    assert not site.cluster.data.exists()

    done = site.restore(target_latest=True)
    assert done["state"] == "promoted"
    assert not any(line.startswith("kept") for line in done["messages"])
    assert site.rows() == ALL_ROWS
    assert_archives_on_timeline(site, 2)
    refused = site.roll_back(fails=True)
    assert (refused.code, "was gone before" in refused["msg"]) == ("rollback-nothing", True)
    assert site.rows() == [*ALL_ROWS, 102]

    # The same target once more: what the restore before brought back is gone too, and leaves an empty directory.
    site.back_up()
    site.archive_all()
    lose(site, leaves="empty")
    assert site.plan(target_latest=True)["plan"]["data_directory_lost"]
    assert site.stage(target_latest=True, confirm="db1@now", fails=True).code == "confirmation-differs"
    assert site.cluster.data.exists()
    assert site.restore(target_latest=True)["new_timeline"] == 3
    assert site.rows() == [*ALL_ROWS, 102]
    assert_archives_on_timeline(site, 3)


@pytest.mark.versions(18)
def test_moment_before_the_loss_is_reached_and_a_later_restore_is_an_ordinary_one(site: Site) -> None:
    places = lay_out(site)
    lose(site)

    done = site.restore(**places.target("time"))
    assert (done["state"], done["reached"]["timeline"]) == ("promoted", 1)
    assert site.rows() == [0, 1]
    assert_archives_on_timeline(site, 2)

    site.restore(**places.target("xid"))
    assert site.rows() == [0, 1, 2]
    site.roll_back()
    assert site.rows() == [0, 1, 102]


@pytest.mark.versions(15)
def test_unset_data_directory_is_the_configured_one(site: Site) -> None:
    """The port tells it from other clusters that the host may have."""
    lay_out(site)
    lose(site)
    named = {key: value for key, value in site.options.items() if key != "data_directory"}
    named["port"] = site.cluster.port

    planned = site.workbench.run_module("restore", {**named, "state": "planned", "target_latest": True})
    assert planned["data_directory"] == str(site.cluster.data)

    site.workbench.run_module("restore", {**named, "target_latest": True, "confirm": "db1@latest"})
    rolled_back = site.workbench.run_module("restore", {**named, "state": "rolled_back", "unfinished_only": True})
    assert rolled_back.changed
    assert not site.cluster.data.exists()


@pytest.mark.versions(15)
def test_playbook_restores_a_cluster_that_only_its_port_names(site: Site) -> None:
    lay_out(site)
    lose(site)
    variables = {
        "ansible_become": False,
        "pitr_cluster_port": site.cluster.port,
        "pitr_cluster_login_user": site.cluster.superuser,
        "pitr_repository_path": str(site.repository),
        "pitr_agent_path": site.options["agent_path"],
        "pitr_agent_config_directory": site.options["config_directory"],
    }
    wanted = {"pitr_restore_target_latest": True, "pitr_restore_confirm": "db1@latest"}

    assert site.workbench.run_playbook("restore", inventory={"db1": variables}, extra_vars=wanted, check=True)
    assert not site.cluster.data.exists()
    site.workbench.run_playbook("restore", inventory={"db1": variables}, extra_vars=wanted)
    assert site.rows() == ALL_ROWS
    assert len(list(site.repository.glob("db1/backups/*-full"))) == 2


@pytest.mark.versions(18)
@pytest.mark.parametrize("leaves", ["nothing", "empty"])
def test_failed_recovery_leaves_the_place_as_it_was(site: Site, leaves: str) -> None:
    target = lay_out(site).target("xid")
    lose(site, leaves=leaves)
    staged = site.stage(**target)
    taken = list((site.repository / "db1" / "wal").rglob(f"{staged['plan']['last_segment']}*"))
    away = site.workbench.make_directory("away")
    for path in taken:
        shutil.move(path, away / path.name)

    failed = site.recover(fails=True)
    assert failed.code == "recovery-failed"
    assert "as empty as it was before" in failed["hint"]
    assert site.cluster.data.exists() == (leaves == "empty")
    assert Path(f"{site.cluster.data}.pitr-undone/PG_VERSION").exists()

    for path in taken:
        shutil.move(away / path.name, path)
    site.restore(**target)
    assert site.rows() == [0, 1, 2]


@pytest.mark.versions(15)
def test_paused_restore_can_be_given_up_for_another_target(site: Site) -> None:
    places = lay_out(site)
    lose(site)
    site.stage(**places.target("time"), target_action="pause")
    assert site.recover()["state"] == "paused"
    assert site.rows() == [0, 1]

    assert site.roll_back().changed
    assert not site.cluster.data.exists()
    site.restore(**places.target("xid"))
    assert site.rows() == [0, 1, 2]


@pytest.mark.versions(18)
def test_tablespaces_are_restored_whether_their_places_are_left_or_not(site: Site) -> None:
    kept, gone, bare = (site.workbench.make_directory(name) for name in ("kept", "gone", "bare"))
    for place in (kept, gone, bare):
        site.cluster.sql(f"CREATE TABLESPACE {place.name} LOCATION '{place}'")
    for place in (kept, gone):
        site.cluster.sql(f"CREATE TABLE in_{place.name} TABLESPACE {place.name} AS SELECT 7 AS i")
    lay_out(site)
    lose(site)
    shutil.rmtree(gone)
    shutil.rmtree(next(bare.glob("PG_*")))

    site.restore(target_latest=True)

    assert site.rows() == ALL_ROWS
    assert [site.cluster.column(f"SELECT i FROM in_{place.name}") for place in (kept, gone)] == [[7], [7]]
    site.cluster.sql("CREATE TABLE in_bare TABLESPACE bare AS SELECT 7 AS i")


@pytest.mark.versions(15)
@pytest.mark.parametrize("is_left", [True, False])
def test_linked_wal_directory_adds_what_it_still_has(workbench, make_cluster, repository, is_left: bool) -> None:
    wal = workbench.make_directory("wal") / "pg_wal"
    site = Site.make(workbench, make_cluster(initdb_arguments=["--waldir", str(wal)]), repository)
    lay_out(site)
    site.insert(6)
    lose(site)
    if not is_left:
        shutil.rmtree(wal)

    site.restore(target_latest=True)

    assert site.rows() == [*ALL_ROWS, *([6] if is_left else [])]
    assert (site.cluster.data / "pg_wal").resolve() == wal
    assert_archives_on_timeline(site, 2)


@pytest.mark.versions(15)
def test_hot_standby_off_in_the_backup_is_heeded(site: Site) -> None:
    site.cluster.configure(hot_standby="off")
    target = lay_out(site).target("xid")
    lose(site)
    assert site.restore(**target)["state"] == "promoted"
    assert site.rows() == [0, 1, 2]


@pytest.mark.versions(15)
def test_everything_that_may_not_be_a_loss_is_refused(site: Site) -> None:
    """A typo, a directory with content, another port, a copy, no configuration, no backup, no place."""
    site.cluster.sql("CREATE TABLE t (i int PRIMARY KEY)")
    lose(site)
    without = site.plan(target_latest=True, fails=True)
    assert (without.code, "no full backup of 'db1'" in without["hint"]) == ("data-directory-missing", True)
    label = "20260101T000000Z-full"
    assert site.plan(target_latest=True, backup=label, fails=True).code == "data-directory-missing"

    typo = site.plan(target_latest=True, data_directory=f"{site.cluster.data}2", fails=True)
    assert typo.code == "data-directory-missing"
    assert f"names the data directory '{site.cluster.data}'" in typo["hint"]
    port = site.plan(target_latest=True, port=1, fails=True)
    assert (port.code, f"names port {site.cluster.port}" in port["hint"]) == ("data-directory-missing", True)
    copy = {"restore_data_directory": f"{site.cluster.data}-copy", "restore_port": 1}
    assert site.plan(target_latest=True, **copy, fails=True).code == "data-directory-missing"
    nowhere = site.plan(target_latest=True, config_directory=str(site.cluster.base), fails=True)
    assert (nowhere.code, "the configuration file" in nowhere["hint"]) == ("data-directory-missing", True)

    site.workbench.os_user.own(site.workbench.directory)
    site.cluster.data.mkdir()
    site.workbench.os_user.own(site.cluster.data)
    (site.cluster.data / "precious").touch()
    before = tree_digest(site.cluster.data)
    assert site.stage(target_latest=True, fails=True).code == "data-directory-invalid"
    assert tree_digest(site.cluster.data) == before


@pytest.mark.versions(15)
def test_what_may_be_the_only_copy_is_not_removed(site: Site) -> None:
    lay_out(site)
    site.cluster.stop()
    aside = Path(f"{site.cluster.data}.pitr-old")
    site.cluster.data.rename(aside)
    assert site.stage(target_latest=True, fails=True).code == "data-directory-set-aside"
    assert (aside / "PG_VERSION").exists()


@pytest.mark.versions(15)
def test_server_that_has_not_noticed_its_loss_is_refused(site: Site) -> None:
    lay_out(site)
    aside = site.cluster.data.with_name("moved")
    site.cluster.data.rename(aside)
    try:
        assert site.plan(target_latest=True, fails=True).code == "port-in-use"
    finally:
        aside.rename(site.cluster.data)


@pytest.mark.versions(15)
def test_place_must_be_there(workbench, make_cluster, repository) -> None:
    site = Site.make(workbench, make_cluster(directory_name="disk/data"), repository)
    inner = site.cluster.data.parent
    lay_out(site)
    lose(site)
    shutil.rmtree(inner)
    refused = site.plan(target_latest=True, fails=True)
    assert (refused.code, str(inner) in refused["msg"]) == ("parent-directory-unusable", True)

    inner.mkdir()
    workbench.os_user.own(inner)
    site.restore(target_latest=True)
    assert site.rows() == ALL_ROWS


@pytest.mark.needs_root
@pytest.mark.versions(18)
def test_root_restores_into_an_empty_directory_of_root(disk, workbench, make_cluster, repository) -> None:
    site = Site.make(workbench, make_cluster(directory_name=str(disk / "data")), repository)
    lay_out(site)
    lose(site)
    site.cluster.data.mkdir(mode=0o755)
    parent = site.cluster.data.parent
    shutil.chown(parent, user=0, group=0)
    parent.chmod(0o755)

    for module, options in (
        ("restore", {**site.options, "target_latest": True, "confirm": "db1@latest"}),
        ("recovery", site.recovery_options),
    ):
        assert site.workbench.run_module(module, options, as_root=True).changed

    assert site.rows() == ALL_ROWS
    assert site.cluster.data.stat().st_uid == site.workbench.os_user.uid
    assert_archives_on_timeline(site, 2)
