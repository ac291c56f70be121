# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Unpacking a chain, planning and checks included, as ratios to tar and pg_combinebackup; on more than 2 GB."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pgbench import SCALE, fill
from stopwatch import in_turns, seconds_on_idle_disk
from support import installation as installations
from support.archiving import archive
from support.cluster import Cluster
from support.os_user import OsUser
from support.ports import PortLease
from support.workbench import Workbench

ROUNDS = 3
UPDATED_ROWS = 20_000
MODES = ("--copy", "--copy-file-range", "--link")
FASTER_THAN = 1.0


@dataclass
class Site:
    """A large cluster with a full and an incremental backup of scattered updates."""

    workbench: Workbench
    cluster: Cluster
    options: dict[str, Any]
    backups: Path

    def take(self, kind: str) -> str:
        """A backup's label. Uncompressed: this build of PostgreSQL has gzip only, which would hide what is measured."""
        call = {**self.options, "type": kind, "compression": "none"}
        return str(self.workbench.run_module("base_backup", call, timeout_seconds=900)["backup"]["label"])

    def ours(self, label: str) -> float:
        """Seconds until a copy could be started."""
        place, lease = self.workbench.make_directory("copies") / "copy", PortLease.take()
        call = {
            **self.options,
            "target_immediate": True,
            "backup": label,
            "restore_data_directory": str(place),
            "restore_port": lease.port,
        }
        seconds = seconds_on_idle_disk(lambda: self.workbench.run_module("restore", call, timeout_seconds=900))
        lease.release()
        shutil.rmtree(place.parent)
        return seconds

    def usual(self, labels: list[str], *, mode: str | None) -> float:
        """Seconds of tar for each link, and of pg_combinebackup where there are several."""
        place = self.workbench.make_directory("usual")

        def run() -> None:
            for label in labels:
                (place / label).mkdir(mode=0o700)
                subprocess.run(["tar", "-C", place / label, "-xf", self.backups / label / "base.tar"], check=True)
                shutil.copy(self.backups / label / "backup_manifest", place / label)
            if mode is not None:
                argv = [self.cluster.program("pg_combinebackup"), mode, "--no-sync"]
                links = [place / label for label in labels]
                subprocess.run([*argv, "-o", place / "out", *links], check=True, stderr=subprocess.DEVNULL)

        seconds = seconds_on_idle_disk(run)
        shutil.rmtree(place)
        return seconds


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    found = installations.find(18)
    assert found is not None, "no PostgreSQL 18 was found"
    workbench = Workbench(OsUser.for_clusters())
    try:
        cluster = workbench.make_cluster(found, settings={"max_wal_size": "8GB", "maintenance_work_mem": "256MB"})
        fill(cluster)
        repository = workbench.make_directory("repository")
        options = archive(workbench, cluster, repository=repository)
        yield Site(workbench, cluster, options, repository / "db1" / "backups")
    finally:
        workbench.discard()


@pytest.mark.timeout(1800)
def test_chain_is_there_sooner_than_by_pg_combinebackup(site: Site) -> None:
    size_bytes = int(site.cluster.value("SELECT sum(pg_database_size(oid)) FROM pg_database"))
    full = site.take("full")
    rows = f"SELECT (random() * {SCALE * 100_000})::int FROM generate_series(1, {UPDATED_ROWS})"
    site.cluster.sql(f"UPDATE pgbench_accounts SET abalance = abalance + 1 WHERE aid IN ({rows})")
    chain = [full, site.take("incremental")]

    commands: dict[str, Callable[[], float]] = {
        "restore, full": lambda: site.ours(full),
        "tar, full": lambda: site.usual([full], mode=None),
        "restore, chain": lambda: site.ours(chain[-1]),
        **{f"tar and pg_combinebackup {mode}": lambda mode=mode: site.usual(chain, mode=mode) for mode in MODES},
    }
    # What comes after the removal of so many bytes finds the file system busy: not always the same one.
    seconds = {name: min(each) for name, each in in_turns(commands, rounds=ROUNDS, shift_by=2).items()}

    print(f"\nrestore of {size_bytes / 1e9:.2f} GB, and with {UPDATED_ROWS} scattered updates (best of {ROUNDS})")
    for name, each in seconds.items():
        print(f"  {name:<40} {each:6.2f} s")
    best = min(seconds[f"tar and pg_combinebackup {mode}"] for mode in MODES)
    print(f"  chain: {seconds['restore, chain'] / best:.2f} of the fastest by pg_combinebackup (limit {FASTER_THAN})")
    assert seconds["restore, chain"] < FASTER_THAN * best
