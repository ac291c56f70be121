# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What would be lost with the host at each moment: commits that were told to a client and lie in no repository.

A client commits, and notes when it was told and where its commit ends. Ten times a second, what would be lost is the
commits behind the end of what is stored elsewhere: the last archived segment, or what a receiver of WAL has flushed.
`PITR_BENCH_LOSS_SECONDS` says for how long each way is watched.
"""

from __future__ import annotations

import os
import shlex
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from support import installation as installations
from support.archive import Archive
from support.cluster import Cluster
from support.os_user import OsUser
from support.workbench import Workbench

SECONDS = int(os.environ.get("PITR_BENCH_LOSS_SECONDS", "130"))
SEGMENT_BYTES = 1 << 24
# What PostgreSQL and a busy machine may add to archive_timeout before a segment is stored.
SLACK_SECONDS = 20


@dataclass
class Loss:
    """What would have been lost at one moment, in seconds of commits, commits, and bytes of WAL."""

    seconds: float
    commits: int
    size_bytes: int


class Client(threading.Thread):
    """Commits one row after the other, of so many bytes, until it is told to stop."""

    def __init__(self, cluster: Cluster, *, row_bytes: int, pause_seconds: float) -> None:
        super().__init__(daemon=True)
        self.cluster, self.row_bytes, self.pause_seconds = cluster, row_bytes, pause_seconds
        self.commits: list[tuple[float, int]] = []
        self.is_over = threading.Event()

    def run(self) -> None:
        connection = self.cluster.connect()
        with connection.cursor() as cursor:
            while not self.is_over.wait(self.pause_seconds):
                cursor.execute("INSERT INTO t VALUES (repeat(md5(random()::text), %s))", (self.row_bytes // 32,))
                cursor.execute("SELECT pg_current_wal_flush_lsn() - '0/0'::pg_lsn")
                ((position,),) = cursor.fetchall()
                self.commits.append((time.time(), int(position)))
        connection.close()

    def loss(self, stored_end: int) -> Loss:
        """What lies behind this position now."""
        now, known = time.time(), list(self.commits)
        lost = [each for each in known if each[1] > stored_end]
        if not lost:
            return Loss(0.0, 0, 0)
        return Loss(now - lost[0][0], len(lost), known[-1][1] - stored_end)


@pytest.fixture
def archive() -> Iterator[Archive]:
    """A cluster with the installed program, not archiving yet."""
    workbench = Workbench(OsUser.for_clusters())
    try:
        settings = {"archive_mode": "on", "archive_command": "false", "fsync": "on", "max_wal_size": "4GB"}
        cluster = workbench.make_cluster(installations.find_any(), settings=settings)
        cluster.sql("CREATE TABLE t (x text)")
        yield Archive(workbench, cluster).install()
    finally:
        workbench.discard()


def archived_end(archive: Archive) -> int:
    """Where the archive ends: it grows in order."""
    names = [each.name[:24] for each in (archive.path / "wal").rglob("0000*") if len(each.name) >= 24]
    if not names:
        return 0
    last = max(names)
    return (int(last[8:16], 16) * 256 + int(last[16:24], 16) + 1) * SEGMENT_BYTES


def received_end(cluster: Cluster) -> int:
    """What the receiver has flushed."""
    found = cluster.column("SELECT flush_lsn - '0/0'::pg_lsn FROM pg_stat_replication WHERE flush_lsn IS NOT NULL")
    return int(found[0]) if found else 0


def watch(client: Client, stored_end: Callable[[], int]) -> list[Loss]:
    """What would be lost at each moment, from a minute in which it settles on."""
    client.start()
    found, began = [], time.monotonic()
    while time.monotonic() - began < SECONDS:
        time.sleep(0.1)
        if time.monotonic() - began > SECONDS / 10:
            found.append(client.loss(stored_end()))
    client.is_over.set()
    client.join()
    return found


def show(way: str, found: list[Loss]) -> None:
    """Print the line of a table."""
    seconds, sizes = [each.seconds for each in found], [each.size_bytes for each in found]
    sys.stdout.write(
        f"\n| {way} | {max(seconds):.2f} s | {statistics.median(seconds):.2f} s"
        f" | {max(sizes) / 1048576:.2f} MiB | {statistics.median(sizes) / 1048576:.2f} MiB |\n"
    )


@pytest.mark.parametrize(
    ("way", "timeout_seconds", "row_bytes", "pause_seconds"),
    [
        pytest.param("few changes, archive_timeout 60", 60, 320, 0.02, id="quiet"),
        pytest.param("few changes, archive_timeout 10", 10, 320, 0.02, id="quiet, short"),
        pytest.param("many changes, archive_timeout 60", 60, 64000, 0.005, id="busy"),
    ],
)
def test_segments_are_archived(
    archive: Archive, way: str, timeout_seconds: int, row_bytes: int, pause_seconds: float
) -> None:
    cluster = archive.cluster
    cluster.configure(archive_command=archive.command("archive-push"), archive_timeout=timeout_seconds)
    cluster.reload()
    found = watch(Client(cluster, row_bytes=row_bytes, pause_seconds=pause_seconds), lambda: archived_end(archive))

    show(way, found)
    assert max(each.seconds for each in found) < timeout_seconds + SLACK_SECONDS


@pytest.mark.parametrize(
    ("way", "row_bytes", "pause_seconds"),
    [
        pytest.param("few changes, streamed", 320, 0.02, id="quiet"),
        pytest.param("many changes, streamed", 64000, 0.005, id="busy"),
    ],
)
def test_wal_is_streamed(archive: Archive, tmp_path: Path, way: str, row_bytes: int, pause_seconds: float) -> None:
    cluster = archive.cluster
    directory = archive.workbench.make_directory("received")
    where = ["-h", cluster.socket_directory, "-p", str(cluster.port), "-U", cluster.superuser]
    program = [cluster.program("pg_receivewal"), "-S", "receiver", *where]
    cluster.os_user.run([*program, "--create-slot"])
    argv = [*program, "-D", directory, "--synchronous", "--no-loop"]
    log = tmp_path / "receiver.log"
    options: dict[str, Any] = {"env": cluster.os_user.environment(), **cluster.os_user.popen_options()}
    with log.open("w") as stream, subprocess.Popen(argv, stderr=stream, **options) as receiver:
        try:
            cluster.wait_until(lambda: received_end(cluster) > 0, what=f"WAL is received: {shlex.join(map(str, argv))}")
            found = watch(
                Client(cluster, row_bytes=row_bytes, pause_seconds=pause_seconds), lambda: received_end(cluster)
            )
        finally:
            receiver.terminate()

    show(way, found)
    assert max(each.seconds for each in found) < SLACK_SECONDS
