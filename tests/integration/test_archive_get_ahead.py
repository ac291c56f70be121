# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A recovery's next segments are fetched ahead of its calls: it gets the same rows, and nothing is left behind."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from support.archive import Archive
from support.cluster import Cluster
from support.workbench import Workbench

pytestmark = pytest.mark.versions(15, 18)

SEGMENTS = 40


class Recovery:
    """A base backup of an archived cluster, and forty segments behind it."""

    def __init__(self, archive: Archive) -> None:
        self.archive = archive
        self.cluster = archive.cluster
        self.backup = self.cluster.base / "backup"

    def prepare(self) -> Recovery:
        """Back up, write the rows, and stop the cluster."""
        cluster = self.cluster
        where = ["-h", cluster.socket_directory, "-p", str(cluster.port), "-U", cluster.superuser]
        cluster.os_user.run([cluster.program("pg_basebackup"), *where, "-D", self.backup, "-X", "none", "-c", "fast"])
        self.archive.wait_for(self.archive.finish_segments(SEGMENTS))
        cluster.stop()
        shutil.rmtree(cluster.data)
        cluster.os_user.run(["cp", "-a", self.backup, cluster.data])
        cluster.configure(archive_mode="off", restore_command=self.archive.command("archive-get"))
        signal_file = cluster.data / "recovery.signal"
        signal_file.touch()
        cluster.os_user.own(signal_file)
        return self

    @property
    def spool(self) -> Path:
        """Where segments are fetched to."""
        return self.cluster.data / "pg_wal" / "pgpitr_fetched"

    def fetched(self) -> list[Path]:
        """The segments that lie there."""
        return sorted(self.spool.glob("0*"))

    def wrap(self, script: str) -> None:
        """Let a script of the shell call the command, which is its arguments."""
        path = self.cluster.base / "wrapped"
        path.write_text(f"#!/bin/bash\n{script}\n", encoding="utf-8")
        path.chmod(0o755)
        self.cluster.configure(restore_command=f"{shlex.quote(str(path))} {self.archive.command('archive-get')}")

    def assert_all_rows(self) -> None:
        """The recovery is over, and every batch is there."""
        self.cluster.wait_until(
            lambda: self.cluster.value("SELECT NOT pg_is_in_recovery()"), what="the server has opened"
        )
        assert self.cluster.value("SELECT count(DISTINCT batch) FROM filled") == SEGMENTS

    def wait_until_nothing_is_left(self) -> None:
        """Wait for the end of the process that fetched."""
        self.cluster.wait_until(lambda: not self.spool.exists(), what="nothing is left behind", timeout_seconds=10)


@pytest.fixture
def recovery(make_cluster: Callable[..., Cluster], workbench: Workbench) -> Recovery:
    cluster = make_cluster(segment_size_mb=1)
    return Recovery(Archive(workbench, cluster).install().turn_on()).prepare()


def test_every_row_comes_back_and_nothing_is_left(recovery: Recovery) -> None:
    count = recovery.cluster.base / "count"
    recovery.wrap(f'ls pg_wal/pgpitr_fetched 2>/dev/null | grep -c "^0" >> {shlex.quote(str(count))}\nexec "$@"')
    recovery.cluster.start()
    recovery.assert_all_rows()
    recovery.wait_until_nothing_is_left()
    # They were there before they were asked for.
    assert max(int(line) for line in count.read_text(encoding="ascii").split()) > 1


@pytest.mark.versions(18)
def test_what_was_fetched_is_used_and_no_more(recovery: Recovery) -> None:
    away = shlex.quote(f"{recovery.archive.path}.away")
    repository = shlex.quote(str(recovery.archive.path))
    # After ten segments the repository is away.
    recovery.wrap(
        f'[[ "$*" == *.history* ]] && exec "$@"\nn=$(cat n 2>/dev/null || echo 0); echo $((n + 1)) > n\n'
        f"if [ $n = 10 ]; then sleep 1; mv {repository} {away}; fi\n"
        'exec "$@"'
    )
    recovery.cluster.start(wait=False)
    cluster = recovery.cluster
    cluster.wait_until(lambda: cluster.log_contains("[cluster-unknown]"), what="the recovery has ended")
    cluster.wait_until(lambda: not cluster.is_running(), what="the server has ended")
    asked = int((cluster.data / "n").read_text(encoding="ascii"))
    assert 11 + 8 < asked <= 11 + 16 + 2
    recovery.wait_until_nothing_is_left()
    os.rename(f"{recovery.archive.path}.away", recovery.archive.path)
    cluster.start()
    recovery.assert_all_rows()


@pytest.mark.versions(15)
def test_process_that_is_killed_costs_nothing_but_time(recovery: Recovery) -> None:
    # Every fifth call kills what fetches ahead; nobody else's process has this spool open.
    recovery.wrap(
        "n=$(cat n 2>/dev/null || echo 0); echo $((n + 1)) > n\n"
        "if [ $((n % 5)) = 4 ]; then fuser -s -k -KILL pg_wal/pgpitr_fetched/.lock; fi\n"
        'exec "$@"'
    )
    recovery.cluster.start()
    recovery.assert_all_rows()


@pytest.mark.versions(18)
def test_spool_of_another_recovery_is_not_read(recovery: Recovery) -> None:
    recovery.spool.mkdir(mode=0o700)
    (recovery.spool / ".owner").write_text("another recovery", encoding="ascii")
    segment = sorted((recovery.archive.path / "wal").rglob("0*.zst"))[5].name[:24]
    (recovery.spool / segment).write_bytes(bytes(1 << 20))
    for path in (recovery.spool, *recovery.spool.iterdir()):
        recovery.cluster.os_user.own(path)
    recovery.cluster.start()
    recovery.assert_all_rows()
    recovery.wait_until_nothing_is_left()


@pytest.mark.versions(15)
def test_what_a_killed_process_left_is_removed_when_the_server_archives(recovery: Recovery) -> None:
    cluster = recovery.cluster
    cluster.configure(archive_mode="on", archive_command=recovery.archive.command("archive-push"))
    cluster.start()
    recovery.assert_all_rows()
    recovery.wait_until_nothing_is_left()
    recovery.spool.mkdir(mode=0o700)
    (recovery.spool / "000000010000000000000009").write_bytes(b"x")
    for path in (recovery.spool, *recovery.spool.iterdir()):
        cluster.os_user.own(path)
    cluster.switch_segment()
    cluster.wait_until(lambda: not recovery.spool.exists(), what="it is removed")


@pytest.mark.versions(18)
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGQUIT])
def test_nothing_is_left_of_a_recovery_that_is_stopped(number: signal.Signals, recovery: Recovery) -> None:
    recovery.wrap('[ -e pg_wal/pgpitr_fetched/.lock ] && sleep 1\nexec "$@"')
    cluster = recovery.cluster
    cluster.start(wait=False)
    cluster.wait_until(lambda: len(recovery.fetched()) > 2, what="something was fetched ahead", pause_seconds=0.02)
    os.kill(cluster.postmaster_pid(), number)
    cluster.wait_until(lambda: not cluster.is_running(), what="the server has ended")
    recovery.wait_until_nothing_is_left()
    assert recovery.fetched() == []
