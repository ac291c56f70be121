# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Several repositories of one cluster: WAL goes to each, and a restore takes everything from wherever it is whole."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from support.archiving import repository_options
from support.cluster import Cluster
from support.restoring import Site, lay_out
from support.site import ALLOW_RESTART
from support.site import Site as PlayedSite
from support.workbench import Workbench

pytestmark = [pytest.mark.versions(18), pytest.mark.timeout(600)]


def several(workbench: Workbench, cluster: Cluster, *repositories: dict[str, Any]) -> Site:
    """The cluster archiving to these; the site's own directory is the first."""
    first = Path(repositories[0]["path"])
    single = repository_options(workbench, cluster, repository=first, name="db1")
    options = {key: value for key, value in single.items() if key != "repository_path"}
    site = Site(workbench, cluster, first, {**options, "repositories": list(repositories)})
    set_up(site)
    return site


def set_up(site: Site, **more: Any) -> Any:
    """What the playbook `archive` does."""
    site.workbench.run_module("agent", {**site.options, **more})
    return site.workbench.run_module("wal_archive", {**site.options, "allow_restart": True, **more})


def files_of(repository: Path, name: str) -> list[Path]:
    """What is stored of a WAL file."""
    return [path for path in (repository / "db1" / "wal").rglob(f"{name}*") if path.suffix != ".crc32"]


def wal_of(repository: Path) -> list[Path]:
    """Every file of its WAL."""
    return sorted(path.relative_to(repository) for path in (repository / "db1" / "wal").rglob("0*") if path.is_file())


def spoil(path: Path) -> None:
    """Change bytes in the middle."""
    with path.open("r+b") as file:
        file.seek(path.stat().st_size // 2)
        file.write(os.urandom(64))


@pytest.fixture
def places(workbench: Workbench) -> tuple[Path, Path]:
    """Two directories for repositories."""
    return workbench.directory / "it's the first", workbench.directory / "it's the second"


@pytest.fixture
def site(workbench: Workbench, cluster: Cluster, places: tuple[Path, Path]) -> Site:
    """A cluster that archives to two repositories, both required."""
    first, second = places
    return several(workbench, cluster, {"name": "near", "path": str(first)}, {"name": "far", "path": str(second)})


def test_one_segment_and_one_backup_come_from_the_second_repository(site: Site, places: tuple[Path, Path]) -> None:
    first, second = places
    found = lay_out(site)
    # The second one gets it a moment later.
    site.cluster.wait_until(lambda: wal_of(first) == wal_of(second), what="both have the same WAL")
    (label,) = (path.name for path in (first / "db1" / "backups").iterdir() if path.name.startswith("2"))
    shutil.copytree(first / "db1" / "backups" / label, second / "db1" / "backups" / label)
    for path in (second / "db1" / "backups").rglob("*"):
        site.workbench.os_user.own(path)
    base = next((first / "db1" / "backups" / label).glob("base.tar*"))
    spoil(base)
    segments = sorted(path for path in (first / "db1" / "wal").rglob("0*") if len(path.name.split(".")[0]) == 24)
    damaged, missing = segments[-2], segments[-1]
    spoil(damaged)
    missing.unlink()
    plan = site.plan(**found.target("latest"))
    name = missing.name.split(".")[0]
    assert f"from the repository 'far': 1 segment of WAL ({name})" in plan["plan_text"]
    done = site.stage(**found.target("latest"))
    said = f"the backup {label} is damaged in the repository 'near', and was taken from 'far'"
    assert said in str(done.result["warnings"])
    site.recover()
    assert site.rows() == [0, 1, 2, 3, 4, 5]
    log = site.cluster.log_tail(4000)
    assert f"'{damaged.name.split('.')[0]}' comes from the repository 'far'" in log
    assert f"'{name}' comes from the repository 'far'" in log
    # The new timeline is in both.
    assert files_of(first, "00000002.history") and files_of(second, "00000002.history")


@pytest.mark.versions(18)
def test_required_one_that_is_lost_is_taken_out_of_the_list_before_a_restore(
    site: Site, places: tuple[Path, Path]
) -> None:
    first, second = places
    target = lay_out(site).target("time")
    site.cluster.wait_until(lambda: wal_of(first) == wal_of(second), what="both have the same WAL")
    shutil.rmtree(second)
    pid = site.cluster.postmaster_pid()
    refused = site.plan(fails=True, **target)
    assert refused.code == "repository-required-away" and "'far'" in refused["msg"]
    assert site.stage(fails=True, **target).code == "repository-required-away"
    assert site.cluster.postmaster_pid() == pid

    left = Site(
        site.workbench, site.cluster, first, {**site.options, "repositories": [{"name": "near", "path": str(first)}]}
    )
    set_up(left)
    left.stage(**target)
    left.recover()
    assert left.rows() == [0, 1]
    assert files_of(first, "00000002.history")


def test_one_that_is_not_required_never_holds_archiving_up_and_catches_up(
    workbench: Workbench, cluster: Cluster, places: tuple[Path, Path]
) -> None:
    first, second = places
    spare = workbench.directory / "spare"
    site = several(
        workbench,
        cluster,
        {"name": "near", "path": str(first)},
        {"name": "far", "path": str(second)},
        {"name": "spare", "path": str(spare), "required": False},
    )
    assert not set_up(site)["changed"]
    failure = cluster.data / "pg_wal" / "pgpitr_push_failure-spare"

    def archived(name: str, *repositories: Path) -> None:
        cluster.wait_until(
            lambda: all(files_of(each, name) for each in repositories), what=f"{name} is in {repositories}"
        )

    archived(cluster.switch_segment(), first, second, spare)
    spare.rename(spare.with_name("spare that is away"))
    missed = [cluster.switch_segment() for _unused in range(3)]
    for name in missed:
        archived(name, first, second)
    assert cluster.value("SELECT failed_count FROM pg_stat_archiver") == 0
    cluster.wait_until(failure.exists, what="the failure is noted")
    assert "repository-missing" in failure.read_text()
    known = ("agent_path", "config_directory")
    options = {key: value for key, value in site.options.items() if key not in known}
    told = workbench.run_module("wal_archive_info", options)
    state = {each["name"]: each for each in told["archiver"]["repositories"]}
    assert state["far"]["lacking_segments"] == 0 and state["spare"]["failure"]["code"] == "repository-missing"
    assert any(each.startswith("the repository 'spare' cannot be read: ") for each in told["attention"])

    spare.with_name("spare that is away").rename(spare)
    # As if half a minute had passed.
    os.utime(failure, (1, 1))
    for name in (*missed, cluster.switch_segment()):
        archived(name, first, second, spare)
    cluster.wait_until(lambda: not failure.exists(), what="nothing is noted any more")

    # One that is required holds it up, and nothing is lost.
    (second / "db1").rename(second / "away")
    name = cluster.switch_segment()
    cluster.wait_until(
        lambda: cluster.value("SELECT failed_count > 0 FROM pg_stat_archiver"), what="archiving has failed"
    )
    assert files_of(first, name) and not files_of(spare, name)
    (second / "away").rename(second / "db1")
    cluster.reload()
    archived(name, first, second, spare)


def test_copy_brings_all_to_a_new_place_and_a_restore_needs_no_other(
    workbench: Workbench, cluster: Cluster, places: tuple[Path, Path]
) -> None:
    first, second = places
    site = several(workbench, cluster, {"name": "near", "path": str(first)})
    found = lay_out(site)
    far = {"name": "far", "path": str(second)}
    near = site.options["repositories"][0]
    site.options["repositories"] = [near, {**far, "required": False}]
    set_up(site)

    def copy(*arguments: str) -> Any:
        words = [site.options["agent_path"], "copy", "--cluster", "db1"]
        return cluster.os_user.run(
            [*words, "--config-directory", site.options["config_directory"], *arguments], check=False
        )

    (label,) = (path.name for path in (first / "db1" / "backups").iterdir() if path.name.startswith("2"))
    rehearsed = copy("--dry-run")
    assert rehearsed.returncode == 0 and f"1 backup: {label}" in rehearsed.stdout, rehearsed.stderr
    assert not (second / "db1" / "backups" / label).exists()

    base = next((first / "db1" / "backups" / label).glob("base.tar*"))
    whole = base.read_bytes()
    spoil(base)
    done = copy()
    assert done.returncode == 1 and f"the backup {label} was not copied: " in done.stdout, done.stdout
    assert not (second / "db1" / "backups" / label).exists() and wal_of(first) == wal_of(second)
    base.write_bytes(whole)
    done = copy("--from", "near", "--to", "far")
    assert done.returncode == 0 and f"1 backup: {label}" in done.stdout, done.stdout
    assert copy().stdout == "near to far: nothing is missing\n"

    # The other way round, and then without the first.
    site.options["repositories"] = [far, {**near, "required": False}]
    set_up(site)
    site.options["repositories"] = [far]
    set_up(site)
    shutil.rmtree(first)
    site.insert(6)
    site.repository = second
    site.archive_all()
    site.restore(**found.target("latest"))
    assert site.rows() == [0, 1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize(
    ("repositories", "code"),
    [
        pytest.param([("a", "x"), ("a", "y")], "repositories-invalid", id="one name"),
        pytest.param([("a", "x"), ("b", "x/")], "repositories-invalid", id="one place"),
    ],
)
def test_list_that_cannot_be_meant_is_refused(
    repositories: list[tuple[str, str]], code: str, workbench: Workbench, cluster: Cluster
) -> None:
    items = [{"name": name, "path": f"{workbench.directory}/{path}"} for name, path in repositories]
    options = {"name": "db1", "data_directory": str(cluster.data), "repositories": items}
    assert workbench.run_module("backup_info", options, expect_failure=True)["code"] == code


class SeveralSite(PlayedSite):
    """An inventory of one cluster with two repositories."""

    def variables(self, cluster: Cluster) -> dict[str, Any]:
        """What the inventory says of the cluster."""
        found = super().variables(cluster)
        del found["pitr_repository_path"]
        items = [
            {"name": "near", "path": str(self.repository)},
            {"name": "far", "path": f"{self.repository} far", "required": False},
        ]
        return {**found, "pitr_repositories": items}


def test_playbooks_take_the_list(workbench: Workbench, cluster: Cluster) -> None:
    site = SeveralSite(workbench, {"db1": cluster})
    assert site.play("archive", extra_vars=ALLOW_RESTART).changed_count > 0
    assert site.play("archive").changed_count == 0
    far = Path(f"{site.repository} far")
    name = cluster.switch_segment()
    cluster.wait_until(lambda: bool(files_of(far, name)), what=f"{name} is in the second repository")
    site.play("backup")
    (verified,) = site.play("verify").results_of("backup_verify")
    assert [each["repository"] for each in verified["repositories"]] == ["near", "far"]
    (expired,) = site.play("expire").results_of("backup_expire")
    assert [each["failure"] for each in expired["repositories"]] == [None, None]
