# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A backup to another host goes through a spool of bounded size, however slow the other host is."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from support.cluster import Cluster
from support.encryption import AgeKey
from support.module_run import ModuleRun
from support.slow_host import SlowHost
from support.workbench import Workbench

pytestmark = pytest.mark.timeout(600)

MIB = 1 << 20
LIMIT_BYTES = 16 * MIB
# Of a cluster without data of its own there are some 25 MiB.
ROWS = 60_000


class SpooledBackup:
    """A backup that runs in a thread, and what its spool takes meanwhile."""

    def __init__(self, host: SlowHost, *, expect_failure: bool = False, **more: Any) -> None:
        self.most_bytes = 0
        self.states: set[str] = set()
        self.result: ModuleRun | None = None
        self._host = host
        self._thread = threading.Thread(target=self._take, kwargs={"expect_failure": expect_failure, **more})
        self._thread.start()
        self._watcher = threading.Thread(target=self._watch)
        self._watcher.start()

    def _take(self, **more: Any) -> None:
        self.result = self._host.back_up(**more)

    def _watch(self) -> None:
        while self._thread.is_alive():
            self.most_bytes = max(self.most_bytes, allocated_bytes(self._host.scratch))
            pid = self.pg_basebackup()
            with suppress(OSError):
                self.states.add(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0])
            time.sleep(0.005)

    def pg_basebackup(self) -> int:
        """The process that writes into the spool; 0: there is none."""
        return process_of(self._host.scratch)

    def is_held(self) -> bool:
        """Whether it rests now."""
        try:
            return " T " in Path(f"/proc/{self.pg_basebackup()}/stat").read_text()
        except OSError:
            return False

    def is_running(self) -> bool:
        """Whether it has not ended."""
        return self._thread.is_alive()

    def join(self) -> ModuleRun:
        """What the module returned."""
        self._thread.join(120)
        self._watcher.join(10)
        assert self.result is not None, self._host.log()
        return self.result


def process_of(scratch: Path) -> int:
    """The pg_basebackup that writes below a directory; 0: there is none."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                words = (entry / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if words[0].endswith(b"/pg_basebackup") and str(scratch).encode() in b" ".join(words):
                return int(entry.name)
    return 0


def allocated_bytes(directory: Path) -> int:
    """What the archives below a directory really take."""
    taken = 0
    for path in directory.glob("pgpitr-spool-*/*/*.tar*"):
        with suppress(FileNotFoundError):
            taken += path.stat().st_blocks * 512
    return taken


@pytest.fixture
def host(workbench: Workbench, cluster: Cluster) -> Iterator[SlowHost]:
    made = SlowHost(workbench, cluster, limit_bytes=LIMIT_BYTES)
    space = workbench.make_directory("space")
    cluster.sql("CREATE TABLE big (i int, t text)")
    fill(cluster, "big", ROWS)
    cluster.sql(f"CREATE TABLESPACE space LOCATION '{space}'")
    cluster.sql("CREATE TABLE small (i int, t text) TABLESPACE space")
    fill(cluster, "small", 100)
    yield made
    made.discard()


def fill_up(path: Path, running: SpooledBackup) -> None:
    """Take all room that becomes free, as long as the backup runs."""
    with path.open("ab", buffering=0) as stream:
        while running.is_running():
            with suppress(OSError):
                stream.write(bytes(MIB // 4))


def fill(cluster: Cluster, table: str, rows: int) -> None:
    """Rows of a kilobyte each."""
    cluster.sql(f"INSERT INTO {table} SELECT i, repeat(md5(i::text), 32) FROM generate_series(1, {rows}) AS i")


@pytest.mark.versions(18)
def test_spool_is_bounded_while_the_other_host_is_slow_and_the_backup_is_restored(
    host: SlowHost, cluster: Cluster
) -> None:
    # Less than it will have to wait: the server's limit does not count while a backup is sent.
    cluster.sql("ALTER SYSTEM SET wal_sender_timeout = '1s'")
    cluster.sql("SELECT pg_reload_conf()")
    host.stall()
    running = SpooledBackup(host)
    cluster.wait_until(running.is_held, what="pg_basebackup is held back")
    time.sleep(4)
    assert running.is_held() and host.phase() == "waiting for the repository"
    assert [backup["label"] for backup in host.report()["backups"]] == []
    host.go_on(bytes_per_second=40 * MIB)
    taken = running.join()
    assert 0 < running.most_bytes <= LIMIT_BYTES, running.most_bytes / MIB
    assert running.states >= {"T", "S"} and not taken.result.get("warnings")
    assert taken["backup"]["stored_bytes"] > 4 * LIMIT_BYTES
    assert list(host.scratch.iterdir()) == []

    fill(cluster, "small", 100)
    if cluster.version >= 17:
        fill(cluster, "big", ROWS // 2)
        running = SpooledBackup(host)
        assert running.join()["type"] == "incremental"
        assert 0 < running.most_bytes <= LIMIT_BYTES
    host.go_on()
    cluster.switch_segment()
    host.lose_and_restore()
    expected = ROWS + ROWS // 2 if cluster.version >= 17 else ROWS
    assert cluster.value("SELECT count(*) FROM big") == expected
    assert cluster.value("SELECT count(*) FROM small") == 200


@pytest.mark.versions(18)
def test_what_ends_a_backup_in_the_middle_leaves_nothing(host: SlowHost, cluster: Cluster) -> None:
    for end in (kill_the_module, lose_the_connection):
        host.stall()
        running = SpooledBackup(host, expect_failure=True)
        cluster.wait_until(running.is_held, what="pg_basebackup is held back")
        end(host, running)
        # A process that is stopped ends as well.
        cluster.wait_until(lambda held=running: held.pg_basebackup() == 0, what="pg_basebackup is gone")
        assert list(host.folder.glob("backups/*/backup.json")) == []
        assert list(host.folder.glob("backups/*/base.tar*")) == []
    host.go_on()
    again = "SELECT last_archived_time > coalesce(last_failed_time, '-infinity') FROM pg_stat_archiver"
    cluster.wait_until(lambda: cluster.value(again), what="archiving goes on")
    taken = host.back_up()
    assert list(host.scratch.iterdir()) == []
    assert [path.name for path in host.folder.glob("backups/2*")] == [taken["backup"]["label"]]


def kill_the_module(host: SlowHost, running: SpooledBackup) -> None:
    """What it had in its spool stays for the next one."""
    stat = Path(f"/proc/{running.pg_basebackup()}/stat").read_text().rpartition(")")[2].split()
    os.kill(int(stat[1]), signal.SIGKILL)
    running.join()
    host.go_on()


def lose_the_connection(host: SlowHost, running: SpooledBackup) -> None:
    """The other host goes down for a while."""
    host.stop()
    failed = running.join()
    assert failed.code == "repository-unreachable", failed.describe()
    assert list(host.scratch.iterdir()) == []
    host.start()
    host.go_on()


@pytest.mark.versions(18)
@pytest.mark.needs_root
def test_spool_on_a_small_disk_and_on_one_that_somebody_else_fills(
    host: SlowHost, cluster: Cluster, workbench: Workbench
) -> None:
    options = f"size={LIMIT_BYTES + 4 * MIB},mode=0700,uid={os.stat(host.scratch).st_uid}"
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", host.scratch], check=True)
    try:
        host.encrypt_for(AgeKey.make().recipient)
        host.go_on(bytes_per_second=60 * MIB)
        taken = host.back_up()
        assert taken["backup"]["stored_bytes"] > 4 * LIMIT_BYTES
        assert list(host.scratch.iterdir()) == []

        host.stall()
        running = SpooledBackup(host, expect_failure=True, type="full")
        cluster.wait_until(running.is_held, what="pg_basebackup is held back")
        host.go_on(bytes_per_second=10 * MIB)
        fill_up(host.scratch / "somebody else's", running)
        failed = running.join()
        assert failed.code == "scratch-missing" and "became full" in failed["msg"]
        assert [path.name for path in host.scratch.iterdir()] == ["somebody else's"]
    finally:
        subprocess.run(["umount", "-l", host.scratch], check=True)
