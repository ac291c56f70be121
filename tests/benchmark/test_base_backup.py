# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole `base_backup` task, verification included, as ratios to pg_basebackup alone; on more than 2 GB."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pgbench import fill
from stopwatch import in_turns, seconds_on_idle_disk
from support import installation as installations
from support.archiving import archive
from support.cluster import Cluster
from support.os_user import OsUser
from support.workbench import Workbench

ROUNDS = 3
SAME_OR_BETTER_THAN = 1.25
SHARE_OF_THE_USUAL = 0.25
# As the module asks for it on a host with two processors or more.
OPTIONS = {"zstd": "level=-1,workers=2"}


@dataclass
class Site:
    """A large cluster that archives, and where to put what is measured."""

    workbench: Workbench
    cluster: Cluster
    options: dict[str, Any]
    repository: Path

    def bare(self, *arguments: str) -> float:
        """Seconds that pg_basebackup takes by itself."""
        target = self.workbench.directory / "bare"
        connection = ["-h", self.cluster.socket_directory, "-p", str(self.cluster.port), "-U", self.cluster.superuser]
        argv = [self.cluster.program("pg_basebackup"), *connection, "-D", target, "-c", "fast", *arguments]
        seconds = seconds_on_idle_disk(lambda: self.cluster.os_user.run(argv, timeout_seconds=900))
        shutil.rmtree(target)
        return seconds

    def ours(self, compression: str) -> float:
        """Seconds that the module takes, from the start of its process to its result."""
        call = {**self.options, "compression": compression}
        seconds = seconds_on_idle_disk(lambda: self.workbench.run_module("base_backup", call, timeout_seconds=900))
        for backup in (self.repository / "db1" / "backups").glob("*-full"):
            shutil.rmtree(backup)
        return seconds


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    """Debian's PostgreSQL 15, which has zstd and lz4, or the first other one."""
    found = installations.find_any()
    workbench = Workbench(OsUser.for_clusters())
    try:
        quick = {"wal_level": "minimal", "max_wal_senders": 0, "max_wal_size": "8GB", "maintenance_work_mem": "256MB"}
        cluster = workbench.make_cluster(found, settings=quick)
        fill(cluster)
        repository = workbench.make_directory("repository")
        yield Site(workbench, cluster, archive(workbench, cluster, repository=repository), repository)
    finally:
        workbench.discard()


def server_compression(site: Site) -> str:
    """The best that this server can do, as the module chooses it."""
    label = site.workbench.run_module("base_backup", site.options, timeout_seconds=900)["backup"]
    for backup in (site.repository / "db1" / "backups").glob("*-full"):
        shutil.rmtree(backup)
    return str(label["compression"])


@pytest.mark.timeout(1800)
def test_verified_backup_is_hardly_slower_than_a_bare_one(site: Site) -> None:
    size_bytes = site.cluster.value("SELECT sum(pg_database_size(oid)) FROM pg_database")
    best = server_compression(site)
    bare = ("-Ft", "-X", "none", f"--compress=server-{best}:{OPTIONS.get(best, 'level=1')}")
    turns = in_turns({"bare": lambda: site.bare(*bare), "ours": lambda: site.ours(best)}, rounds=ROUNDS)
    seconds = {name: min(each) for name, each in turns.items()}
    usual = site.bare("-Ft", "-z")

    ratio, share = seconds["ours"] / seconds["bare"], seconds["ours"] / usual
    print(f"\nbase backup of {int(size_bytes) / 1e9:.2f} GB, {best} (best of {ROUNDS}, taking turns)")
    print(f"  pg_basebackup {' '.join(bare)}: {seconds['bare']:.2f} s")
    print(f"  base_backup, the whole task:    {seconds['ours']:.2f} s = {ratio:.2f} x (limit {SAME_OR_BETTER_THAN})")
    print(f"  pg_basebackup -Ft -z:           {usual:.2f} s; ours is {share:.2f} of it (limit {SHARE_OF_THE_USUAL})")
    assert ratio <= SAME_OR_BETTER_THAN
    if best in ("zstd", "lz4"):
        assert share <= SHARE_OF_THE_USUAL
