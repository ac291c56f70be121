# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever is killed, full or away: each segment is stored once, as the server wrote it, and a recovery has all rows.

`TORTURE_KILLS` is how many kills are survived before the end (`make torture`: 10,000), `TORTURE_SEED` the seed.
"""

from __future__ import annotations

import os
import random
import shlex
import sys
import time
from collections.abc import Callable

import pytest
from support.archive import Archive
from support.cluster import Cluster
from support.torture import Archiver, Killer, Load, Repository, pause
from support.workbench import Workbench

pytestmark = [pytest.mark.versions(15, 18), pytest.mark.needs_root]

KILLS = int(os.environ.get("TORTURE_KILLS") or 100)
SEED = int(os.environ.get("TORTURE_SEED") or 1)
SETTINGS = {
    # Nothing is removed, so that all can be compared; the test calls the program itself until the end.
    "wal_keep_size": "64GB",
    "max_wal_size": "256MB",
    "archive_mode": "on",
    "archive_command": "false",
    "max_connections": 40,
}
RETRY = """#!/bin/bash
# A command that is killed is called again: PostgreSQL would end the recovery. So is one whose decompressor was killed,
# which it tells as any other failure; what is really damaged fails each time.
failures=0
while true; do
    "$@"
    code=$?
    [ $code -gt 128 ] || exit $code
    [ $code -ne 200 ] || failures=$((failures + 1))
    [ $failures -lt 20 ] || exit $code
done
"""


def misfortune(chance: random.Random, *, cluster: Cluster, repository: Repository) -> None:
    """One of the things that happen."""
    kind = chance.choice(["crash", "away", "full", "nothing", "nothing", "nothing"])
    if kind == "crash":
        cluster.crash()
        cluster.start()
    elif kind == "away":
        repository.go_away()
        pause(chance)
        repository.come_back()
    elif kind == "full":
        repository.fill_up()
        pause(chance)
        repository.free()
    pause(chance)


def archive_under_torture(archive: Archive, repository: Repository, *, chance: random.Random) -> int:
    """Write, archive and kill until enough was killed, then archive the rest; the number of kills."""
    load, killer = Load(archive), Killer(archive, command="archive-push", chance=chance)
    archiver = Archiver(archive)
    load.start()
    killer.start()
    try:
        due = time.monotonic()
        while killer.kills < KILLS:
            archiver.run_once()
            if time.monotonic() > due:
                misfortune(chance, cluster=archive.cluster, repository=repository)
                due = time.monotonic() + chance.uniform(0.5, 3)
    finally:
        load.stop()
        kills = killer.stop()
    while archiver.run_once():
        continue
    return kills


def assert_stored_once_and_whole(archive: Archive) -> int:
    """Every segment that the server has finished is stored once, byte for byte; how many there are."""
    status = archive.cluster.data / "pg_wal" / "archive_status"
    names = sorted(path.stem for path in status.glob("*.done") if len(path.stem) == 24)
    assert list(status.glob("*.ready")) == []
    for name in names:
        archive.assert_same(name)
    numbers = [int(name[8:16], 16) * 4096 + int(name[16:], 16) for name in names]
    assert numbers == list(range(numbers[0], numbers[-1] + 1))
    return len(names)


def recover_under_torture(archive: Archive, backup: os.PathLike[str], *, chance: random.Random) -> int:
    """Recover the backup in the cluster's place while its fetches are killed; the number of kills."""
    cluster = archive.cluster
    os.rename(cluster.data, cluster.base / "old")
    cluster.os_user.run(["cp", "-a", backup, cluster.data])
    script = cluster.base / "retry"
    script.write_text(RETRY, encoding="utf-8")
    script.chmod(0o755)
    cluster.configure(
        archive_mode="off", restore_command=f"{shlex.quote(str(script))} {archive.command('archive-get')}"
    )
    (cluster.data / "recovery.signal").touch()
    cluster.os_user.own(cluster.data / "recovery.signal")
    killer = Killer(archive, command="archive-get", chance=chance)
    killer.start()
    try:
        cluster.start(timeout_seconds=600)
        cluster.wait_until(
            lambda: cluster.value("SELECT NOT pg_is_in_recovery()"), what="the recovery ends", timeout_seconds=600
        )
    finally:
        kills = killer.stop()
    return kills


@pytest.mark.versions(18)
def test_no_segment_is_lost_or_damaged_whatever_is_killed(
    make_cluster: Callable[..., Cluster], workbench: Workbench
) -> None:
    chance = random.Random(SEED)
    cluster = make_cluster(settings=SETTINGS, segment_size_mb=1)
    archive = Archive(workbench, cluster, compression=chance.choice(["zstd", "lz4", "gzip"]))
    with Repository(archive, size_mb=64 + KILLS // 20):
        archive.install()
        backup = cluster.base / "backup"
        where = ["-h", cluster.socket_directory, "-p", str(cluster.port), "-U", cluster.superuser]
        cluster.sql("CREATE TABLE written (number int, payload text)")
        archive.turn_on()
        cluster.os_user.run(
            [cluster.program("pg_basebackup"), *where, "-D", backup, "-X", "none", "-c", "fast", "--no-manifest"]
        )
        cluster.configure(archive_command="false")
        cluster.reload()
        pushes = archive_under_torture(archive, Repository(archive, size_mb=0), chance=chance)
        expected = cluster.sql("SELECT count(*), sum(hashtext(payload)), max(number) FROM written")
        cluster.sql("SELECT pg_switch_wal()")
        archiver = Archiver(archive)
        while archiver.run_once():
            continue
        stored = assert_stored_once_and_whole(archive)
        cluster.stop()
        gets = recover_under_torture(archive, backup, chance=chance)
        assert cluster.sql("SELECT count(*), sum(hashtext(payload)), max(number) FROM written") == expected
        sys.stdout.write(
            f"\nsurvived {pushes} kills of archive-push and {gets} of archive-get; {stored} segments, seed {SEED}\n"
        )
