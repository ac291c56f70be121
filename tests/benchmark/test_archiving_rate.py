# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How fast PostgreSQL's own archiver gets rid of a queue of pgbench's WAL, beside pgBackRest's asynchronous archiving.

Both archive the same segments into a directory of this host, taking turns. `PITR_BENCH_SEGMENTS` names their number and
`PITR_BENCH_ROUNDS` the rounds. pgBackRest is that of the host (Debian: `apt install pgbackrest`).
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from stopwatch import in_turns
from support import installation as installations
from support.archive import Archive
from support.cluster import Cluster
from support.encryption import AgeKey
from support.os_user import OsUser
from support.workbench import Workbench

SEGMENTS = int(os.environ.get("PITR_BENCH_SEGMENTS", "120"))
ROUNDS = int(os.environ.get("PITR_BENCH_ROUNDS", "5"))
THEIR_CONFIGURATION = """\
[global]
repo1-path={base}/theirs
spool-path={base}/spool
lock-path={base}/spool
log-level-console=warn
log-level-file=off
archive-async=y
process-max=2
compress-type={kind}
compress-level=1

[main]
pg1-path={data}
pg1-port={port}
pg1-socket-path={socket}
pg1-user={user}
"""
# Of both tools, by the name of the compression; at least so many times as fast.
LIMITS = {"zstd": 1.15, "lz4": 1.0}
# Of the rate in clear.
LEAST_ENCRYPTED = 0.5
THEIR_KINDS = {"zstd": "zst", "lz4": "lz4"}


class Queue:
    """A cluster whose finished segments can be made to wait for its archiver again and again."""

    def __init__(self, archive: Archive) -> None:
        self.archive = archive
        self.cluster = archive.cluster
        self.status = self.cluster.data / "pg_wal" / "archive_status"

    def fill(self) -> None:
        """Let pgbench write, until so many segments wait."""
        cluster = self.cluster
        where = ["-h", cluster.socket_directory, "-p", str(cluster.port), "-U", cluster.superuser]
        cluster.os_user.run([cluster.program("pgbench"), "-i", "-q", "-s", "20", *where, "postgres"])
        while self._count(".ready") < SEGMENTS:
            argv = [cluster.program("pgbench"), "-c", "4", "-j", "2", "-T", "5", *where, "postgres"]
            cluster.os_user.run(argv, timeout_seconds=120)
            cluster.sql("CHECKPOINT")
        cluster.configure(fsync="on")

    def rate(self, command: str) -> float:
        """Segments per second from the start of the server until none waits; the queue is there again afterwards."""
        self.cluster.stop()
        self.cluster.configure(archive_command=command)
        for path in self.status.glob("*.done"):
            if len(path.stem) == 24:
                path.rename(path.with_suffix(".ready"))
        waiting = self._count(".ready")
        subprocess.run(["sync"], check=True)
        began = time.perf_counter()
        self.cluster.start()
        while self._count(".ready"):
            time.sleep(0.01)
        return waiting / (time.perf_counter() - began)

    def _count(self, suffix: str) -> int:
        return len([name for name in os.listdir(self.status) if name.endswith(suffix)])


@pytest.fixture
def queue() -> Iterator[Queue]:
    """The queue, filled."""
    workbench = Workbench(OsUser.for_clusters())
    try:
        settings = {
            "archive_mode": "on",
            "archive_command": "false",
            "wal_keep_size": "8GB",
            "max_wal_size": "8GB",
            "shared_buffers": "256MB",
            "synchronous_commit": "off",
        }
        # pgBackRest of Debian's release knows the PostgreSQL of that release.
        cluster = workbench.make_cluster(installations.find_any(), settings=settings)
        found = Queue(Archive(workbench, cluster).install())
        found.fill()
        yield found
    finally:
        workbench.discard()


def ours(queue: Queue, method: str) -> Callable[[], float]:
    """Our rate with this compression."""

    def measure() -> float:
        shutil.rmtree(queue.archive.path / "wal", ignore_errors=True)
        queue.archive.set_compression(method)
        return queue.rate(queue.archive.command("archive-push"))

    return measure


def theirs(queue: Queue, method: str) -> Callable[[], float]:
    """Their rate with this compression."""
    base, cluster = queue.archive.workbench.directory, queue.cluster
    configuration = base / f"pgbackrest-{method}.conf"
    configuration.write_text(_configuration(base, cluster, kind=THEIR_KINDS[method]), encoding="utf-8")
    program = f"pgbackrest --config={configuration} --stanza=main"

    def measure() -> float:
        for name in ("theirs", "spool"):
            shutil.rmtree(base / name, ignore_errors=True)
            queue.archive.workbench.make_directory(name)
        cluster.os_user.run([*program.split(), "stanza-create", "--no-online"])
        return queue.rate(f"{program} archive-push %p")

    return measure


def _configuration(base: Path, cluster: Cluster, *, kind: str) -> str:
    return THEIR_CONFIGURATION.format(
        base=base,
        data=cluster.data,
        port=cluster.port,
        socket=cluster.socket_directory,
        user=cluster.superuser,
        kind=kind,
    )


def test_queue_is_archived_faster_than_by_pgbackrest(queue: Queue) -> None:
    tools = TOOLS if shutil.which("pgbackrest") else {"pgfleet.pitr": ours}
    measures = {f"{name}, {method}": tool(queue, method) for method in LIMITS for name, tool in tools.items()}
    found = {name: statistics.median(rates) for name, rates in in_turns(measures, rounds=ROUNDS, shift_by=1).items()}
    print(f"\n{SEGMENTS} segments of 16 MiB, {os.cpu_count()} cores, medians of {ROUNDS} rounds, segments per second")
    for name, rate in found.items():
        print(f"  {name:<24}{rate:6.1f}")
    for method, limit in LIMITS.items():
        # Where there is no pgBackRest nothing is compared.
        their_rate = found.get(f"pgBackRest, {method}", 0.0)
        assert found[f"pgfleet.pitr, {method}"] > limit * their_rate, method


def test_encryption_takes_its_share(queue: Queue) -> None:
    recipient = AgeKey.make().recipient

    def encrypted(recipients: str) -> Callable[[], float]:
        clear = ours(queue, "zstd")

        def measure() -> float:
            queue.archive.configure("repository_age_recipients", recipients)
            return clear()

        return measure

    measures = {"in clear": encrypted(""), "encrypted": encrypted(recipient)}
    found = {name: statistics.median(rates) for name, rates in in_turns(measures, rounds=ROUNDS, shift_by=1).items()}
    ratio = found["encrypted"] / found["in clear"]
    print(f"\n{SEGMENTS} segments, zstd, segments per second, medians of {ROUNDS} rounds: {found}, ratio {ratio:.2f}")
    assert ratio > LEAST_ENCRYPTED


TOOLS: dict[str, Callable[[Queue, str], Callable[[], float]]] = {"pgfleet.pitr": ours, "pgBackRest": theirs}
