# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Directories inside directories that a restore renames are refused by name: they would go along."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.archiving import installed_options
from support.restoring import Site

pytestmark = pytest.mark.versions(15, 18)


@pytest.fixture
def site(workbench, cluster, repository) -> Site:
    made = Site.make(workbench, cluster, repository)
    cluster.sql("CREATE TABLE t (i int PRIMARY KEY)")
    made.back_up()
    made.insert(1)
    return made


def inside(site: Site) -> str:
    path = site.cluster.data / "tbs"
    path.mkdir(mode=0o700)
    site.workbench.os_user.own(path)
    return str(path)


def behind_a_link(site: Site) -> str:
    link = site.workbench.directory / "looks outside"
    link.symlink_to(inside(site))
    return str(link)


@pytest.mark.versions(18)
@pytest.mark.parametrize("location", [inside, behind_a_link])
def test_tablespace_inside_the_data_directory_is_refused_by_everything(
    site: Site, location: Callable[[Site], str]
) -> None:
    site.cluster.sql(f"CREATE TABLESPACE s LOCATION '{location(site)}'")
    oid = site.cluster.value("SELECT oid FROM pg_tablespace WHERE spcname = 's'")

    plan = site.plan(target_latest=True, fails=True)
    backup = site.workbench.run_module("base_backup", site.options, expect_failure=True)
    options = installed_options(site.workbench, site.cluster, repository=site.repository)
    archive = site.workbench.run_module("wal_archive", options, expect_failure=True)
    for run in (plan, backup, archive):
        assert run.code == "directories-nested"
        assert f"tablespace {oid}" in run["msg"] and str(site.cluster.data) in run["msg"]


@pytest.mark.versions(18)
def test_wal_directory_inside_the_data_directory_is_refused(site: Site) -> None:
    site.cluster.stop()
    wal, moved = site.cluster.data / "pg_wal", site.cluster.data / "moved_wal"
    wal.rename(moved)
    wal.symlink_to(moved)
    site.cluster.start()
    refused = site.plan(target_latest=True, fails=True)
    assert (refused.code, str(moved) in refused["msg"]) == ("directories-nested", True)


@pytest.fixture
def bind() -> Iterator[Callable[[Path, Path], None]]:
    """Mounts a directory on another, as root; all are unmounted in the end."""
    mounted: list[Path] = []

    def mount(source: Path, path: Path) -> None:
        subprocess.run(["mount", "--bind", source, path], check=True)
        mounted.append(path)

    yield mount
    for path in reversed(mounted):
        subprocess.run(["umount", path], check=True)


@pytest.mark.versions(18)
@pytest.mark.needs_root
@pytest.mark.parametrize("name", ["pg_stat", "base/5"])
def test_mount_point_below_the_data_directory_is_refused(
    site: Site, bind: Callable[[Path, Path], None], name: str
) -> None:
    volume, path = site.workbench.directory / "volume", site.cluster.data / name
    path.mkdir(exist_ok=True)
    site.cluster.stop()
    site.workbench.os_user.run(["cp", "-a", path, volume])
    for each in path.iterdir():
        shutil.rmtree(each) if each.is_dir() else each.unlink()
    bind(volume, path)
    site.cluster.start()
    before = sorted(os.listdir(site.cluster.base))

    try:
        refused = site.plan(target_latest=True, fails=True)
        assert refused.code == "data-directory-mount-point"
        assert str(path) in refused["msg"]
        assert sorted(os.listdir(site.cluster.base)) == before
    finally:
        site.cluster.stop()


@pytest.mark.versions(15)
@pytest.mark.needs_root
def test_mount_point_in_the_files_of_a_tablespace_is_refused_and_its_own_volume_is_not(
    site: Site, bind: Callable[[Path, Path], None]
) -> None:
    space, volume = (site.workbench.make_directory(name) for name in ("space", "volume"))
    bind(volume, space)
    site.cluster.sql(f"CREATE TABLESPACE s LOCATION '{space}'")
    site.back_up()
    assert site.plan(target_latest=True).changed

    (inner,) = space.glob("PG_*")
    bind(site.workbench.make_directory("inner"), inner)
    refused = site.plan(target_latest=True, fails=True)
    assert (refused.code, str(inner) in refused["msg"]) == ("data-directory-mount-point", True)
