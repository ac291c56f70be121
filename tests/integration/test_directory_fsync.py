# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A file system that syncs files and refuses to sync directories, as CIFS and some of FUSE do: nothing fails by it."""

from __future__ import annotations

import errno
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from support.archiving import archive, repository_options
from support.cluster import Cluster
from support.copies import copy_beside
from support.restoring import Site, lay_out
from support.workbench import Workbench

pytestmark = pytest.mark.versions(18)

_SOURCE = """
#define _GNU_SOURCE
#include <errno.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

int fsync(int file) {
    struct stat found;
    if (fstat(file, &found) == 0 && S_ISDIR(found.st_mode)) {
        int mark = syscall(SYS_openat, -100, MARK, 02101, 0666);
        if (mark >= 0) close(mark);
        errno = REFUSED;
        return -1;
    }
    return syscall(SYS_fsync, file);
}
"""


class RefusedSync:
    """A library that refuses with this error; ``asked`` is there once somebody wanted to sync a directory."""

    def __init__(self, directory: Path, error: int) -> None:
        compiler = shutil.which("cc")
        if compiler is None:
            raise RuntimeError("this file system is made by a C compiler: install cc (Debian: package gcc)")
        self.asked = directory / "asked"
        directory.chmod(0o777)
        library, source = directory / "sync.so", directory / "sync.c"
        source.write_text(_SOURCE, encoding="utf-8")
        defines = [f'-DMARK="{self.asked}"', f"-DREFUSED={error}"]
        subprocess.run([compiler, "-shared", "-fPIC", *defines, "-o", library, source], check=True)
        library.chmod(0o755)
        self.environment = {"LD_PRELOAD": str(library)}


def start(cluster: Cluster, refused: RefusedSync) -> None:
    """Start the server, and with it what it archives by, on such a file system."""
    cluster.os_user.run(
        [cluster.program("pg_ctl"), "-D", cluster.data, "start", "-l", cluster.log, "-w"],
        extra_environment=refused.environment,
    )


def test_what_keeps_the_repository_goes_on_as_well(workbench: Workbench, cluster: Cluster, repository: Path) -> None:
    """Incremental backups, pins, verification, retention and a copy beside the cluster."""
    refused = RefusedSync(workbench.make_directory("library"), errno.EINVAL)
    site = Site.make(workbench, cluster, repository)
    lay_out(site)
    (first,) = (path.name for path in (repository / "db1" / "backups").glob("2*"))

    def run(*arguments: str) -> None:
        refused.asked.unlink(missing_ok=True)
        where = ["--cluster", "db1", "--config-directory", site.options["config_directory"]]
        cluster.os_user.run([site.options["agent_path"], *arguments, *where], extra_environment=refused.environment)
        assert refused.asked.exists(), arguments

    run("backup", "--type", "full" if cluster.version < 17 else "incremental")
    run("pin", first, "--reason", "the test")
    run("verify")
    run("unpin", first)
    site.back_up(type="full")
    run("expire", "--keep-full", "1", "--keep-days", "0")
    assert not (repository / "db1" / "backups" / first).exists()

    with copy_beside(site) as copy:
        calls = (("restore", {**site.options, "target_latest": True}), ("recovery", site.recovery_options))
        for module, options in calls:
            refused.asked.unlink(missing_ok=True)
            workbench.run_module(module, {**options, **copy.options}, environment=refused.environment)
            assert refused.asked.exists(), module
        assert copy.sql("SELECT count(*) FROM t") == [(6,)]


def test_directory_that_fails_to_sync_is_a_failure_and_the_segment_waits(
    workbench: Workbench, cluster: Cluster, repository: Path
) -> None:
    """EIO says that something is lost: what was not made durable does not count as stored."""
    refused = RefusedSync(workbench.make_directory("library"), errno.EIO)
    site = Site.make(workbench, cluster, repository)
    cluster.stop()
    start(cluster, refused)
    name = cluster.switch_segment()
    cluster.wait_until(lambda: cluster.value("SELECT failed_count FROM pg_stat_archiver") > 0, what="archiving fails")
    assert (cluster.data / "pg_wal" / name).exists()
    assert (cluster.data / "pg_wal" / "archive_status" / f"{name}.ready").exists()
    cluster.stop(mode="immediate")
    cluster.start()
    cluster.wait_until(lambda: bool(list((repository / "db1" / "wal").rglob(f"{name}*"))), what="it is archived")
    assert site.back_up()


@pytest.mark.parametrize("error", ["EINVAL", "EBADF"])
def test_cluster_is_archived_backed_up_and_restored(
    workbench: Workbench, cluster: Cluster, repository: Path, error: str
) -> None:
    refused = RefusedSync(workbench.make_directory("library"), getattr(errno, error))
    archive(workbench, cluster, repository=repository)
    cluster.stop()
    start(cluster, refused)
    refused.asked.unlink(missing_ok=True)
    site = Site(workbench, cluster, repository, repository_options(workbench, cluster, repository=repository))
    site.archive_all()
    # The segment has its name in the repository before its directory is synced.
    cluster.wait_until(refused.asked.exists, what="a directory is synced")
    assert cluster.value("SELECT failed_count FROM pg_stat_archiver") == 0

    def run(module: str, options: dict[str, Any]) -> None:
        refused.asked.unlink(missing_ok=True)
        workbench.run_module(module, options, environment=refused.environment)
        assert refused.asked.exists(), module

    cluster.sql("CREATE TABLE t (i int PRIMARY KEY)")
    site.insert(0)
    run("base_backup", site.options)
    site.insert(1)
    moment = site.moment()
    site.insert(2)
    site.archive_all()
    run("restore", {**site.options, "target_time": moment, "confirm": f"db1@{moment}"})
    run("recovery", site.recovery_options)
    assert site.rows() == [0, 1]
    run("restore", {**site.options, "state": "rolled_back", "confirm": "db1@rollback"})
    assert site.rows() == [0, 1, 2]
