# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`pgpitr archive-push` as PostgreSQL calls it: nothing is lost, nothing is overwritten, and the server goes on."""

from __future__ import annotations

import random
import shlex
import stat
import subprocess
import time
from collections.abc import Callable

import pytest
from support.archive import Archive
from support.cluster import Cluster
from support.workbench import Workbench

pytestmark = pytest.mark.versions(15, 18)

# Kept in pg_wal, so that what is stored can be compared with what the server wrote.
KEEP = {"wal_keep_size": "512MB"}
NEVER = {"archive_mode": "on", "archive_command": "false", **KEEP}


def slow_down(archive: Archive, program: str, *, seconds: float) -> str:
    """Put a slower compressor before the real one; the PATH to use."""
    folder = archive.workbench.make_directory("slow")
    script = folder / program
    script.write_text(f'#!/bin/sh\nsleep {seconds}\nexec /usr/bin/{program} "$@"\n', encoding="ascii")
    script.chmod(0o755)
    return f"{folder}:/usr/bin:/bin"


@pytest.mark.versions(18)
@pytest.mark.parametrize("segment_size_mb", [1, 64])
def test_segments_of_every_size_arrive_from_odd_paths(
    segment_size_mb: int, make_cluster: Callable[..., Cluster], workbench: Workbench
) -> None:
    cluster = make_cluster(
        directory_name="it's data", segment_size_mb=segment_size_mb, settings={**KEEP, "min_wal_size": "160MB"}
    )
    archive = Archive(workbench, cluster).install().turn_on()
    names = archive.finish_segments(3)
    archive.wait_for(names)
    for name in names:
        archive.assert_same(name)
    assert archive.failed_count() == 0
    for path in archive.path.rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


@pytest.mark.versions(15)
@pytest.mark.parametrize("method", ["none", "zstd", "lz4", "gzip"])
def test_push_killed_at_any_moment_can_be_repeated(
    method: str, make_cluster: Callable[..., Cluster], workbench: Workbench
) -> None:
    archive = Archive(workbench, make_cluster(settings=NEVER), compression=method).install()
    chance = random.Random(method)
    for name in archive.finish_segments(8):
        push = archive.popen("archive-push", f"pg_wal/{name}")
        time.sleep(chance.uniform(0.005, 0.12))
        push.kill()
        push.wait()
        if archive.stored(name):
            archive.assert_same(name)
        done = archive.run("archive-push", f"pg_wal/{name}")
        assert (done.returncode, done.stderr) == (0, "")
        archive.assert_same(name)
    assert archive.leftovers() == []


def test_server_goes_on_after_its_command_was_killed(
    make_cluster: Callable[..., Cluster], workbench: Workbench
) -> None:
    cluster = make_cluster(settings=KEEP)
    archive = Archive(workbench, cluster, compression="zstd").install()
    path = slow_down(archive, "zstd", seconds=0.05)
    count = cluster.base / "count"
    # The first nine calls are killed, each a little later than the one before.
    script = cluster.base / "killing"
    script.write_text(
        "#!/bin/bash\n"
        f"PATH={shlex.quote(path)}\n"
        f"echo x >> {shlex.quote(str(count))}\n"
        f"n=$(wc -l < {shlex.quote(str(count))})\n"
        '[ "$n" -gt 9 ] && exec "$@"\n'
        'timeout -s KILL "0.0$((n * 2 % 10))$n" "$@" || exit 1\n',
        encoding="utf-8",
    )
    script.chmod(0o755)
    archive.turn_on(command=f"{shlex.quote(str(script))} {archive.command('archive-push')}")
    names: list[str] = []
    for _unused in range(5):
        # Each switch wakes the archiver, which rests for a minute after three failures; so does a reload.
        names += archive.finish_segments(1)
        time.sleep(1.5)

    def woken_it_is_done() -> bool:
        cluster.reload()
        return all(archive.stored(name) for name in names)

    cluster.wait_until(woken_it_is_done, what="every segment is stored", timeout_seconds=90, pause_seconds=1.5)
    assert archive.failed_count() > 0
    for name in names:
        archive.assert_same(name)
    assert archive.leftovers() == []


@pytest.mark.versions(15)
def test_two_pushes_of_one_segment_at_once_both_succeed(
    make_cluster: Callable[..., Cluster], workbench: Workbench
) -> None:
    archive = Archive(workbench, make_cluster(settings=NEVER)).install()
    for name in archive.finish_segments(3):
        pushes = [archive.popen("archive-push", f"pg_wal/{name}") for _unused in range(4)]
        assert [push.wait(timeout=60) for push in pushes] == [0, 0, 0, 0]
        archive.assert_same(name)
    assert archive.leftovers() == []


@pytest.mark.versions(18)
def test_same_segment_again_succeeds_and_another_is_refused(
    make_cluster: Callable[..., Cluster], workbench: Workbench
) -> None:
    cluster = make_cluster(settings=NEVER)
    archive = Archive(workbench, cluster, compression="gzip").install()
    (name,) = archive.finish_segments(1)
    assert archive.run("archive-push", f"pg_wal/{name}").returncode == 0
    archive.set_compression("none")
    assert archive.run("archive-push", f"pg_wal/{name}").returncode == 0
    before = archive.stored(name)[0].read_bytes()
    cluster.stop()
    with open(cluster.data / "pg_wal" / name, "r+b") as stream:
        stream.seek(-1, 2)
        stream.write(b"\x01")
    done = archive.run("archive-push", f"pg_wal/{name}")
    assert done.returncode == 1
    assert "[segment-differs]" in done.stderr
    assert [path.read_bytes() for path in archive.stored(name)] == [before]


@pytest.mark.versions(18)
def test_full_disk_is_told_counted_and_survived(make_cluster: Callable[..., Cluster], workbench: Workbench) -> None:
    cluster = make_cluster(settings=KEEP)
    archive = Archive(workbench, cluster, compression="none").install()
    # A limit on the size of files stands for the full disk.
    limited = "ulimit -f 2048; " + archive.command("archive-push")
    archive.turn_on(command=limited)
    names = archive.finish_segments(2)
    cluster.wait_until(lambda: archive.failed_count() > 0, what="the failure is counted")
    cluster.wait_until(lambda: cluster.log_contains("[repository-full]"), what="the reason is in the server's log")
    assert archive.stored(names[0]) == []
    assert archive.leftovers() == []
    cluster.configure(archive_command=archive.command("archive-push"))
    cluster.reload()
    names += archive.finish_segments(1)
    archive.wait_for(names)
    for name in names:
        archive.assert_same(name)


@pytest.mark.needs_root
@pytest.mark.versions(15)
def test_mounted_repository_full_and_not_mounted(make_cluster: Callable[..., Cluster], workbench: Workbench) -> None:
    cluster = make_cluster(settings=KEEP)
    archive = Archive(workbench, cluster, compression="none")
    user = archive.os_user
    workbench.make_directory(archive.repository.name)

    def mount(size_mb: int) -> None:
        options = f"size={size_mb}m,mode=0700,uid={user.uid},gid={user.gid}"
        subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(archive.repository)], check=True)

    mount(24)
    try:
        mounted = {**archive.agent_arguments(), "repository_mount_point": str(archive.repository)}
        workbench.run_module("agent", mounted)
        archive.register(cluster)
        archive.turn_on()
        names = archive.finish_segments(2)
        archive.wait_for(names[:1])
        cluster.wait_until(lambda: cluster.log_contains("[repository-full]"), what="the reason is in the server's log")
        assert archive.stored(names[1]) == []
        subprocess.run(["umount", str(archive.repository)], check=True)
        names += archive.finish_segments(1)
        cluster.wait_until(lambda: cluster.log_contains("[repository-not-mounted]"), what="the guard is in the log")
        assert list(archive.repository.iterdir()) == []
        assert workbench.run_module("agent", mounted, expect_failure=True).code == "repository-not-mounted"
        mount(128)
        archive.register(cluster)
        names += archive.finish_segments(1)
        archive.wait_for(names[1:])
        for name in names[1:]:
            archive.assert_same(name)
    finally:
        subprocess.run(["umount", str(archive.repository)], check=False)


@pytest.mark.versions(18)
def test_segment_of_another_cluster_is_refused(make_cluster: Callable[..., Cluster], workbench: Workbench) -> None:
    first = make_cluster(settings=KEEP)
    archive = Archive(workbench, first).install().turn_on()
    names = archive.finish_segments(3)
    archive.wait_for(names)
    # What is being written has a name that begins with a dot.
    files = [path for path in (archive.path / "wal").rglob("[0-9A-F]*") if path.is_file()]
    before = {path: path.read_bytes() for path in files}
    other = make_cluster()
    archive.register(first, other)
    other.configure(archive_mode="on", archive_command=archive.command("archive-push"))
    other.restart()
    other.switch_segment()
    other.wait_until(lambda: other.log_contains("[segment-foreign]"), what="the refusal is in the server's log")
    # The server counts it once the command, which has said why, has ended.
    failed = "SELECT failed_count > 0 FROM pg_stat_archiver"
    other.wait_until(lambda: other.value(failed), what="the refusal is counted")
    assert {path: path.read_bytes() for path in before} == before


@pytest.mark.versions(15)
def test_copy_with_the_same_identifier_is_refused(make_cluster: Callable[..., Cluster], workbench: Workbench) -> None:
    cluster = make_cluster(settings=KEEP)
    archive = Archive(workbench, cluster).install().turn_on()
    archive.wait_for(archive.finish_segments(1))
    cluster.stop()
    copy = cluster.copy_of_itself(cluster.base / "copy")
    cluster.start()
    before = sorted((archive.path / "wal").rglob("*"))
    log, socket = cluster.base / "copy.log", workbench.make_directory("socket")
    pg_ctl = [cluster.program("pg_ctl"), "-D", copy, "-w", "-l", log]
    cluster.os_user.run([*pg_ctl, "-o", f"-k {socket}", "start"])
    try:
        psql = [cluster.program("psql"), "-h", socket, "-p", str(cluster.port), "-U", cluster.superuser, "postgres"]
        cluster.os_user.run([*psql, "-c", "CREATE TABLE made_by_the_copy ()", "-c", "SELECT pg_switch_wal()"])
        cluster.wait_until(lambda: "[writer-unknown]" in log.read_text(encoding="utf-8"), what="the copy is refused")
        assert str(copy) in log.read_text(encoding="utf-8")
    finally:
        cluster.os_user.run([*pg_ctl, "-m", "immediate", "stop"])
    assert sorted((archive.path / "wal").rglob("*")) == before
