# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`pgpitr archive-get` in real recoveries: every row comes back, or the server does not open."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import time
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from support.archive import Archive
from support.cluster import Cluster
from support.workbench import Workbench

pytestmark = pytest.mark.versions(15, 18)

METHODS = ("none", "zstd", "lz4", "gzip")
ROWS = [1, 2, 3, 4]


class Recovery:
    """A base backup of an archived cluster, to be recovered as often as a test wants.

    Four rows came after it, each in a segment of its own, and each segment is stored in another compression.
    """

    def __init__(self, archive: Archive) -> None:
        self.archive = archive
        self.cluster = archive.cluster
        self.backup = self.cluster.base / "backup"
        self.segments: dict[str, str] = {}

    def prepare(self) -> Recovery:
        """Back up, write the rows, and stop the cluster."""
        cluster = self.cluster
        cluster.sql("CREATE TABLE rows (number int)")
        where = ["-h", cluster.socket_directory, "-p", str(cluster.port), "-U", cluster.superuser]
        cluster.os_user.run([cluster.program("pg_basebackup"), *where, "-D", self.backup, "-X", "none", "-c", "fast"])
        for number, method in zip(ROWS, METHODS):
            self.archive.set_compression(method)
            cluster.sql("INSERT INTO rows VALUES (%s)", [number])
            self.segments[method] = cluster.switch_segment()
            self.archive.wait_for([self.segments[method]])
        cluster.stop()
        return self

    def stored(self, method: str) -> Path:
        """The file in the repository of the segment that is stored by this method."""
        (path,) = self.archive.stored(self.segments[method])
        return path

    def put_back(self) -> None:
        """Put the backup in the place of the cluster; its start begins the recovery."""
        cluster = self.cluster
        # What was fetched ahead is removed by a process that ends a moment after the server.
        while cluster.data.exists():
            shutil.rmtree(cluster.data, ignore_errors=True)
        cluster.os_user.run(["cp", "-a", self.backup, cluster.data])
        (cluster.data / "recovery.signal").touch()
        cluster.os_user.own(cluster.data / "recovery.signal")
        cluster.configure(archive_mode="off", restore_command=self.archive.command("archive-get"))

    def begin(self) -> None:
        """Put the backup in the place of the cluster, and start; the server may end by itself."""
        self.put_back()
        self.go_on()

    def go_on(self) -> None:
        """Start the recovery that was begun, again."""
        self.cluster.pg_ctl("start", "-l", self.cluster.log, "-w", "-t", "30", check=False)

    def assert_complete(self) -> None:
        """The server opens, with every row."""
        self.cluster.wait_until(
            lambda: not self.cluster.value("SELECT pg_is_in_recovery()"), what="the server left recovery"
        )
        assert self.cluster.column("SELECT number FROM rows ORDER BY number") == ROWS

    def assert_closed(self, *, told: str, case: str = "") -> None:
        """The server ended in recovery, for the reason in its log."""
        self.cluster.wait_until(lambda: not self.cluster.is_running(), what=f"the server gave up ({case})")
        # The server removes it when it leaves recovery.
        assert (self.cluster.data / "recovery.signal").exists(), case
        assert self.cluster.log_contains(told), f"{case}: {self.cluster.log_tail()}"
        self.cluster.log.unlink()


@pytest.fixture
def recover(make_cluster: Callable[..., Cluster], workbench: Workbench) -> Callable[..., Recovery]:
    """Makes a prepared recovery; options are the cluster's."""

    def make(**options: object) -> Recovery:
        return Recovery(Archive(workbench, make_cluster(**options)).install().turn_on()).prepare()

    return make


def flip_a_byte(path: Path) -> None:
    content = bytearray(path.read_bytes())
    # Near the beginning, where the records are: in the zeroes behind them another code may stand for the same, and a
    # segment with one row has little more than a hundred bytes in front of them.
    content[60] ^= 0x10
    path.write_bytes(content)


def put_in_a_segment_of_another_cluster(path: Path) -> None:
    """Change the system identifier in the segment's header, and the checksum beside to fit."""
    content = bytearray(path.read_bytes())
    content[24:32] = (42).to_bytes(8, sys.byteorder)
    path.write_bytes(content)
    path.with_name(path.name + ".crc32").write_text(f"{zlib.crc32(content):08x} {len(content)}\n")


DAMAGES: tuple[tuple[str, str, Callable[[Path], object], str], ...] = (
    *((f"a flipped byte in {method}", method, flip_a_byte, "[segment-damaged]") for method in METHODS),
    ("an empty file", "zstd", lambda path: os.truncate(path, 0), "[segment-damaged]"),
    ("a cut file", "gzip", lambda path: os.truncate(path, 100), "[segment-damaged]"),
    ("a missing file", "zstd", Path.unlink, "[segment-hole]"),
    ("another cluster's segment", "none", put_in_a_segment_of_another_cluster, "[segment-foreign]"),
)


def test_recovery_brings_back_every_row_from_odd_paths(recover: Callable[..., Recovery]) -> None:
    recovery = recover(directory_name="it's data", segment_size_mb=1)
    recovery.begin()
    recovery.assert_complete()
    assert not list((recovery.cluster.data / "pg_wal").glob("*.tmp"))


@pytest.mark.versions(18)
def test_damage_keeps_the_server_closed_until_it_is_put_right(recover: Callable[..., Recovery]) -> None:
    recovery = recover()
    for case, method, damage, told in DAMAGES:
        stored = recovery.stored(method)
        kept = {path: path.read_bytes() for path in stored.parent.iterdir() if path.name.startswith(stored.name)}
        damage(stored)
        recovery.begin()
        recovery.assert_closed(told=told, case=case)
        for path, content in kept.items():
            path.write_bytes(content)
            path.chmod(0o600)
            recovery.cluster.os_user.own(path)
    # No new copy of the backup: the recovery that was stopped goes on.
    recovery.go_on()
    recovery.assert_complete()


@pytest.mark.versions(18)
def test_repository_that_is_away_keeps_the_server_closed(recover: Callable[..., Recovery]) -> None:
    recovery = recover()
    for what in ("", "db1", "db1/cluster.json"):
        path = recovery.archive.repository / what
        away = recovery.archive.repository.parent / "away"
        path.rename(away)
        recovery.begin()
        recovery.assert_closed(told="[repository-missing]", case=str(path))
        away.rename(path)
    recovery.go_on()
    recovery.assert_complete()


def test_repository_that_goes_away_in_the_middle_keeps_the_server_closed(recover: Callable[..., Recovery]) -> None:
    recovery = recover()
    archive = recovery.archive
    away = archive.workbench.directory / "away"
    folder = archive.workbench.make_directory("bin")
    # The decompressor takes the repository away after the segment it reads.
    script = folder / "zstd"
    script.write_text(f'#!/bin/sh\n/usr/bin/zstd "$@" && mv "{archive.path}" {away}\n', encoding="utf-8")
    script.chmod(0o755)
    path = os.environ["PATH"]
    os.environ["PATH"] = f"{folder}:{path}"
    try:
        recovery.begin()
        recovery.assert_closed(told="[repository-missing]")
    finally:
        os.environ["PATH"] = path
    away.rename(archive.path)
    recovery.go_on()
    recovery.assert_complete()


@pytest.mark.versions(18)
def test_stop_while_fetching_is_quiet(recover: Callable[..., Recovery], workbench: Workbench) -> None:
    recovery = recover()
    script = workbench.make_directory("bin") / "zstd"
    script.write_text("#!/bin/sh\nexec sleep 250\n", encoding="utf-8")
    script.chmod(0o755)
    path = os.environ["PATH"]
    os.environ["PATH"] = f"{script.parent}:{path}"
    try:
        cluster = recovery.cluster
        recovery.put_back()
        cluster.start(wait=False)
        cluster.wait_until(lambda: bool(list(cluster.data.glob("pg_wal/*.tmp"))), what="a fetch is going on")
        began = time.monotonic()
        cluster.pg_ctl("stop", "-m", "fast", "-w", "-t", "60")
        assert time.monotonic() - began < 60
        assert not cluster.log_contains("FATAL:  could not restore file"), cluster.log_tail()
    finally:
        os.environ["PATH"] = path


def test_signals_end_a_fetch_as_postgresql_expects(recover: Callable[..., Recovery], workbench: Workbench) -> None:
    recovery = recover()
    script = workbench.make_directory("bin") / "zstd"
    # The fetch stands still until the signal, and the program ends once nobody takes its output.
    script.write_text("#!/bin/sh\nwhile sleep 0.1; do printf x || exit 1; done\n", encoding="utf-8")
    script.chmod(0o755)
    wal, path = recovery.cluster.data / "pg_wal", os.environ["PATH"]
    os.environ["PATH"] = f"{script.parent}:{path}"
    try:
        for number, code in ((signal.SIGTERM, -signal.SIGTERM), (signal.SIGINT, 200)):
            fetch = recovery.archive.popen("archive-get", recovery.segments["zstd"], "pg_wal/RECOVERYXLOG")
            recovery.cluster.wait_until(lambda: bool(list(wal.glob(".RECOVERYXLOG.*.tmp"))), what="the fetch has begun")
            time.sleep(0.2)
            fetch.send_signal(number)
            assert fetch.wait(timeout=20) == code
            for left in wal.glob(".RECOVERYXLOG.*.tmp"):
                left.unlink()
    finally:
        os.environ["PATH"] = path
    assert recovery.archive.run("archive-get", recovery.segments["zstd"], "pg_wal/RECOVERYXLOG").returncode == 0
