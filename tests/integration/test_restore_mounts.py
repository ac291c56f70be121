# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A data directory, or its pg_wal, that is a mount point is restored in place, and comes back."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.encryption import AgeKey, encrypted_site, kept_identities
from support.restoring import Site, lay_out
from support.rollback import assert_old_cluster_is_back, kill, roll_back_unfinished, start_module

pytestmark = [pytest.mark.needs_root, pytest.mark.timeout(600)]

HIDDEN = "pgsql_tmp.pitr-"


@pytest.fixture
def mount(cluster) -> Iterator[Callable[[Path], None]]:
    """Moves a directory to a file system of its own, mounted in its place, while the server is down."""
    mounted: list[Path] = []

    def move(path: Path) -> None:
        aside = path.with_name(f"{path.name}.moved")
        shutil.copytree(path, aside, symlinks=True)
        for each in path.iterdir():
            shutil.rmtree(each) if each.is_dir() and not each.is_symlink() else each.unlink()
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=400M,mode=0700", "tmpfs", path], check=True)
        mounted.append(path)
        subprocess.run(["cp", "-a", f"{aside}/.", path], check=True)
        for inner in (path, *path.rglob("*")):
            os.lchown(inner, cluster.os_user.uid, cluster.os_user.gid)
        shutil.rmtree(aside)

    yield move
    if cluster.is_running():
        cluster.stop(mode="immediate")
    for path in reversed(mounted):
        subprocess.run(["umount", path], check=True)


def device(path: Path) -> int:
    return path.stat().st_dev


@pytest.mark.versions(18)
def test_data_directory_and_wal_that_are_mount_points_are_swapped_inside(
    workbench, cluster, repository, mount: Callable[[Path], None]
) -> None:
    cluster.stop()
    mount(cluster.data)
    mount(cluster.data / "pg_wal")
    kept = cluster.data / "lost+found"
    kept.mkdir(mode=0o700)
    cluster.os_user.own(kept)
    cluster.start()
    site = Site.make(workbench, cluster, repository)
    places = lay_out(site)
    devices = [device(cluster.data), device(cluster.data / "pg_wal")]
    inode = kept.stat().st_ino

    plan = site.plan(**places.target("time"))
    assert f"{cluster.data}/{HIDDEN}old" in str(plan["plan_lines"])
    disks = {each["directory"] for each in plan["plan"]["disks"]}
    assert disks == {str(cluster.data), f"{cluster.data}/pg_wal"}

    site.restore(**places.target("time"))
    assert site.rows() == [0, 1]
    assert [device(cluster.data), device(cluster.data / "pg_wal")] == devices
    assert kept.stat().st_ino == inode
    assert (cluster.data / f"{HIDDEN}old/global/pg_control").exists()
    assert not (cluster.data / f"{HIDDEN}new").exists()

    # What is kept is in no backup, and a restore from that leaves it to nobody.
    taken = workbench.run_module("base_backup", {**site.options, "type": "full"})
    label = taken["backup"]["label"]
    assert f"{HIDDEN}old" in str(taken["warnings"])
    manifest = (repository / "db1" / "backups" / label / "backup_manifest").read_text()
    assert "PG_VERSION" in manifest
    assert HIDDEN not in manifest

    site.roll_back()
    assert_old_cluster_is_back(site)
    assert not (cluster.data / f"{HIDDEN}old").exists()
    assert not (cluster.data / f"pg_wal/{HIDDEN}old").exists()
    assert [device(cluster.data), device(cluster.data / "pg_wal")] == devices


@pytest.mark.versions(18)
def test_restore_killed_at_any_step_between_entries_leaves_a_way_back(
    workbench, cluster, repository, mount: Callable[[Path], None]
) -> None:
    cluster.stop()
    mount(cluster.data / "pg_wal")
    cluster.start()
    site = Site.make(workbench, cluster, repository)
    target = lay_out(site).target("time")
    confirmed = {**site.options, **target, "confirm": site.confirmation(target)}
    data = cluster.data
    steps = {
        "WAL aside": (data / f"pg_wal/{HIDDEN}old").exists,
        "control file aside": (data / f"{HIDDEN}old/global").exists,
    }
    for name, is_done in steps.items():
        process = start_module(site, "restore", confirmed)
        deadline = time.monotonic() + 60
        while not is_done() and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.0002)
        kill(process, with_job=True)
        assert is_done(), name
        roll_back_unfinished(site)
        assert not (data / f"{HIDDEN}old").exists()

    # Room for what the plan asks for, and not for all that the recovery keeps until a restartpoint.
    used = shutil.disk_usage(data / "pg_wal").used
    subprocess.run(["mount", "-o", f"remount,size={used + (56 << 20)}", data / "pg_wal"], check=True)
    site.stage(**target)
    failed = site.recover(fails=True)
    assert "No space left on device" in failed["msg"]
    assert_old_cluster_is_back(site)


@pytest.mark.versions(18)
def test_encrypted_cluster_comes_back_to_a_new_file_system_with_the_wal_that_is_left(
    workbench, cluster, repository, mount: Callable[[Path], None]
) -> None:
    cluster.stop()
    mount(cluster.data)
    mount(cluster.data / "pg_wal")
    cluster.start()
    key = AgeKey.make()
    site = encrypted_site(workbench, cluster, repository, recipients=[key.recipient])
    lay_out(site)
    site.insert(6)
    cluster.crash()
    for path in cluster.data.iterdir():
        if path.name != "pg_wal":
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    # As mkfs and mount leave it.
    (cluster.data / "lost+found").mkdir(mode=0o700)
    os.chmod(cluster.data, 0o755)
    for lock in cluster.socket_directory.glob(".s.PGSQL.*"):
        lock.unlink()

    site.stage(target_latest=True, age_identity=key.identity)
    assert len(kept_identities(cluster, key)) == 1
    site.recover()
    # The last row was in no archive.
    assert site.rows() == [0, 1, 2, 3, 4, 5, 6]
    assert kept_identities(cluster, key) == []
    assert os.path.ismount(cluster.data) and os.path.ismount(cluster.data / "pg_wal")
