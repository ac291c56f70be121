# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two servers went on from one backup, each archiving to a repository of its own: their WAL is never mixed.

Both write the same statements with other values, so that each record lies where the other's does: PostgreSQL would
replay a mixture without a word.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.archiving import repository_options
from support.cluster import Cluster
from support.restoring import Site
from support.workbench import Workbench
from test_several_repositories import files_of, spoil, wal_of

pytestmark = [pytest.mark.versions(18), pytest.mark.timeout(600)]


class TwoHistories:
    """A cluster with rows 0, 10, 11, 12 and its repository `near`; `far` has rows 0, 20, 21, 22 of its twin.

    ``common`` is a segment of both, with a restore point behind it, ``segments`` are those with the rows.
    """

    def __init__(self, workbench: Workbench, cluster: Cluster) -> None:
        self.workbench = workbench
        self.cluster = cluster
        self.near = workbench.directory / "near"
        self.far = workbench.directory / "far"
        options = repository_options(workbench, cluster, repository=self.near, name="db1")
        self.site = Site(workbench, cluster, self.near, options)
        self.common = ""
        self.segments: list[str] = []

    def lay_out(self, *, compressions: tuple[str, str]) -> None:
        """One backup and one segment of both, then three segments of each."""
        self.install(compressions[0])
        archiving = {"allow_restart": True, "archive_timeout_seconds": 3600}
        self.workbench.run_module("wal_archive", {**self.site.options, **archiving})
        self.cluster.sql("CREATE TABLE t (i int PRIMARY KEY)")
        self.site.insert(0)
        self.site.back_up()
        self.common = self.cluster.value("SELECT pg_walfile_name(pg_current_wal_insert_lsn())")
        self.site.archive_all()
        self.cluster.sql("SELECT pg_create_restore_point('before they parted')")
        self.site.archive_all()
        self.cluster.stop()
        data, twin = self.cluster.data, self.cluster.data.with_name("twin")
        self.copy(data, twin)
        self.copy(self.near, self.far)
        first = self.go_on(10)
        # The same machine and directory, as a writer of its own repository.
        data.rename(data.with_name("first"))
        twin.rename(data)
        self.near.rename(self.near.with_name("kept"))
        self.far.rename(self.near)
        self.install(compressions[1])
        assert self.go_on(20) == first
        self.segments = first
        self.near.rename(self.far)
        self.near.with_name("kept").rename(self.near)
        shutil.rmtree(data)
        data.with_name("first").rename(data)
        self.cluster.start()
        places = [("near", self.near, True), ("far", self.far, False)]
        items = [{"name": name, "path": str(path), "required": required} for name, path, required in places]
        options = {key: value for key, value in self.site.options.items() if key != "repository_path"}
        self.site.options = {**options, "repositories": items}
        self.install(compressions[0])

    def install(self, compression: str) -> None:
        """Write the program's configuration."""
        self.workbench.run_module("agent", {**self.site.options, "compression": compression})

    def go_on(self, number: int) -> list[str]:
        """Start, commit three rows with a segment each, and stop; the names of the segments."""
        self.cluster.start()
        names = []
        for each in range(number, number + 3):
            self.site.insert(each)
            names.append(self.cluster.switch_segment())
        self.cluster.wait_until(lambda: bool(files_of(self.near, names[-1])), what="it is archived")
        self.cluster.stop()
        return names

    def copy(self, source: Path, target: Path) -> None:
        """Copy a tree as the disk of a virtual machine is copied."""
        self.cluster.os_user.run(["cp", "-a", source, target])

    def lose(self, name: str) -> None:
        """Remove a segment from the first repository, and from where the server keeps it."""
        for path in files_of(self.near, name):
            path.unlink()
        (self.cluster.data / "pg_wal" / name).unlink(missing_ok=True)

    def program(self, *arguments: str) -> Any:
        """Run `pgpitr` for the cluster."""
        options = self.site.options
        place = ["--cluster", "db1", "--config-directory", options["config_directory"]]
        return self.cluster.os_user.run([options["agent_path"], *arguments, *place], check=False)


@pytest.fixture
def two(workbench: Workbench, make_cluster: Callable[..., Cluster]) -> TwoHistories:
    return TwoHistories(workbench, make_cluster(segment_size_mb=1, settings={"autovacuum": "off"}))


@pytest.mark.parametrize(
    ("compressions", "lost"),
    [
        pytest.param(("gzip", "gzip"), [1], id="segment before differs"),
        pytest.param(("gzip", "none"), [1], id="segment before is compressed otherwise"),
        pytest.param(("gzip", "gzip"), [0, 1], id="segment behind differs"),
        pytest.param(("none", "zstd"), [0, 1], id="segment behind is compressed otherwise"),
    ],
)
def test_hole_is_not_filled_from_another_history(
    two: TwoHistories, compressions: tuple[str, str], lost: list[int]
) -> None:
    two.lay_out(compressions=compressions)
    for number in lost:
        two.lose(two.segments[number])
    assert two.site.rows() == [0, 10, 11, 12]
    refused = two.site.plan(target_latest=True, fails=True)
    assert refused["code"] == "repositories-differ"
    assert two.cluster.is_running()


def test_damage_is_not_mended_from_another_history(two: TwoHistories) -> None:
    two.lay_out(compressions=("gzip", "gzip"))
    for name in two.segments[:2]:
        (two.cluster.data / "pg_wal" / name).unlink(missing_ok=True)
        for path in files_of(two.near, name):
            spoil(path)
    assert two.site.plan(target_latest=True, fails=True)["code"] == "repositories-differ"


def test_backup_of_one_history_is_not_recovered_with_the_wal_of_the_other(two: TwoHistories) -> None:
    two.lay_out(compressions=("gzip", "gzip"))
    shutil.rmtree(two.near / "db1" / "backups")
    (two.near / "db1" / "backups").mkdir(mode=0o700)
    two.cluster.os_user.own(two.near / "db1" / "backups")
    assert two.site.plan(target_latest=True, fails=True)["code"] == "repositories-differ"


def test_nothing_is_copied_between_histories(two: TwoHistories) -> None:
    two.lay_out(compressions=("gzip", "gzip"))
    for name in two.segments[:2]:
        two.lose(name)
    before = wal_of(two.near)
    for arguments in (["--dry-run"], []):
        done = two.program("copy", "--from", "far", "--to", "near", *arguments)
        assert done.returncode != 0 and "[repositories-differ]" in done.stderr, done.stdout + done.stderr
    assert wal_of(two.near) == before


def test_what_both_have_of_the_time_before_they_parted_is_restored(two: TwoHistories) -> None:
    two.lay_out(compressions=("gzip", "none"))
    two.lose(two.common)
    two.site.restore(target_name="before they parted")
    assert two.site.rows() == [0]
    assert two.cluster.log_contains(f"'{two.common}' comes from the repository 'far'")
