# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A repository that works is not left for one that has nothing of the cluster, by a slip in a variable."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from support.archiving import tree_digest
from support.cluster import Cluster
from support.module_run import ModuleRun
from support.restoring import Site
from support.workbench import Workbench

pytestmark = pytest.mark.versions(18)
KEYS = ("name", "data_directory", "bin_directory", "login_user", "repository_path", "agent_path", "config_directory")


@pytest.fixture
def site(workbench: Workbench, cluster: Cluster, repository: Path) -> Site:
    return Site.make(workbench, cluster, repository)


def run_agent(site: Site, *, expect_failure: bool = False, check: bool = False, **more: Any) -> ModuleRun:
    options = {**{key: site.options[key] for key in KEYS if key in site.options}, **more}
    return site.workbench.run_module("agent", options, expect_failure=expect_failure, check=check)


@pytest.mark.parametrize("place", ["missing", "empty", "of another cluster"])
def test_refused_repository_leaves_archiving_as_it_is(site: Site, place: str) -> None:
    other = site.workbench.directory / "other"
    if place != "missing":
        other = site.workbench.make_directory("other")
    if place == "of another cluster":
        shutil.copytree(site.repository / "db1", other / "db2", copy_function=shutil.copy2)
        site.cluster.os_user.own(other)
    config = Path(site.options["config_directory"])
    before = tree_digest(config)
    for check in (True, False):
        refused = run_agent(site, repository_path=str(other), expect_failure=True, check=check)
        assert refused.code == "repository-missing" and str(site.repository) in refused["msg"]
    assert tree_digest(config) == before
    assert not (other / "db1").exists()
    site.archive_all()
    assert site.cluster.value("SELECT failed_count FROM pg_stat_archiver") == 0


def test_repository_that_was_moved_or_stands_beside_is_taken(site: Site) -> None:
    beside, moved = site.workbench.make_directory("beside"), site.workbench.directory / "moved"
    both = [{"name": name, "path": str(path)} for name, path in (("first", site.repository), ("second", beside))]
    assert run_agent(site, repository_path=None, repositories=both).changed
    assert run_agent(site).changed
    site.repository.rename(moved)
    assert run_agent(site, repository_path=str(moved)).changed
    name = site.cluster.switch_segment()
    site.cluster.wait_until(lambda: bool([*(moved / "db1" / "wal").rglob(f"{name}*")]), what=f"{name} is archived")


def test_new_repository_is_begun_where_the_old_one_is_given_up_or_lost(site: Site) -> None:
    first, second = (str(site.workbench.make_directory(name)) for name in ("first", "second"))
    site.cluster.sql("ALTER SYSTEM SET archive_command = ''")
    site.cluster.sql("SELECT pg_reload_conf()")
    assert run_agent(site, repository_path=first).changed
    site.cluster.sql("ALTER SYSTEM RESET archive_command")
    site.cluster.sql("SELECT pg_reload_conf()")
    shutil.rmtree(site.repository)
    assert run_agent(site, repository_path=second).changed
