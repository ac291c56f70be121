# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands still and holds back WAL is named, with the remedy, and no backup waits for it."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from support.archiving import cluster_options
from support.cluster import Cluster
from support.restoring import Site
from support.workbench import Workbench
from test_restore_received import Receiver


@pytest.fixture
def stopped_summarizer(workbench: Workbench, cluster: Cluster, repository: Path) -> Iterator[Site]:
    """A site with a backup, whose summarizer stands still since before the last checkpoint, a minute ago."""
    site = Site.make(workbench, cluster, repository)
    site.back_up(type="full")
    (pid,) = cluster.column("SELECT summarizer_pid FROM pg_get_wal_summarizer_state()")
    os.kill(pid, signal.SIGSTOP)
    try:
        cluster.sql("CREATE TABLE t AS SELECT 1 AS i")
        cluster.switch_segment()
        cluster.sql("CHECKPOINT")
        cluster.wait_until(
            lambda: cluster.value("SELECT clock_timestamp() - checkpoint_time > '46s' FROM pg_control_checkpoint()"),
            what="the checkpoint is old",
        )
        yield site
    finally:
        os.kill(pid, signal.SIGCONT)


def attention(site: Site) -> str:
    options = {**cluster_options(site.cluster), "name": "db1", "repository_path": str(site.repository)}
    return "; ".join(site.workbench.run_module("wal_archive_info", options)["attention"])


@pytest.mark.versions(18)
def test_summarizer_that_is_stuck_is_named_and_not_waited_for(stopped_summarizer: Site) -> None:
    site = stopped_summarizer
    assert "the WAL summarizer is stuck at" in attention(site)
    assert "summarize_wal to off" in attention(site)
    info = site.cluster.os_user.run(
        [site.options["agent_path"], "info", "--config-directory", site.options["config_directory"]]
    )
    assert "the WAL summarizer is stuck at" in info.stdout

    refused = site.workbench.run_module("base_backup", {**site.options, "type": "incremental"}, expect_failure=True)
    assert refused.code == "wal-summarizer-stuck"
    taken = site.workbench.run_module("base_backup", site.options)
    assert taken["type"] == "full"
    assert "is stuck at" in taken["reason"]


@pytest.mark.versions(18)
def test_remedy_frees_it(stopped_summarizer: Site) -> None:
    site = stopped_summarizer
    (pid,) = site.cluster.column("SELECT summarizer_pid FROM pg_get_wal_summarizer_state()")
    os.kill(pid, signal.SIGCONT)
    site.cluster.wait_until(lambda: "stuck" not in attention(site), what="the summarizer moves")
    assert site.workbench.run_module("base_backup", site.options)["type"] == "incremental"


@pytest.mark.versions(15, 18)
def test_slot_that_nobody_uses_is_named(
    workbench: Workbench, make_cluster: Callable[..., Cluster], repository: Path
) -> None:
    cluster = make_cluster(segment_size_mb=1)
    site = Site.make(workbench, cluster, repository)
    cluster.sql("SELECT pg_create_physical_replication_slot('gone', true)")
    assert "'gone'" not in attention(site)
    for _each in range(66):
        cluster.sql("SELECT pg_create_restore_point('x')")
        cluster.sql("SELECT pg_switch_wal()")
    said = attention(site)
    assert "replication slot 'gone' is not in use and holds back 6" in said
    cluster.sql("SELECT pg_drop_replication_slot('gone')")
    assert "'gone'" not in attention(site)


@pytest.mark.versions(18)
def test_receiver_that_is_connected_and_takes_nothing_is_named(
    workbench: Workbench, make_cluster: Callable[..., Cluster], repository: Path
) -> None:
    """As one whose disk hangs: the slot counts as in use, and holds WAL back without end."""
    cluster = make_cluster(segment_size_mb=1, settings={"wal_sender_timeout": 0})
    site = Site.make(workbench, cluster, repository)
    receiver = Receiver(cluster, workbench.make_directory("received"))
    try:
        receiver.wait()
        receiver.process.send_signal(signal.SIGSTOP)
        cluster.sql("CREATE TABLE filled (n int, text text)")
        for _each in range(70):
            # The connection's buffers hold a few megabytes.
            cluster.sql("INSERT INTO filled SELECT n, repeat('x', 1000) FROM generate_series(1, 1100) AS n")
        said = attention(site)
        assert "'receiver' is connected and takes nothing more" in said
        receiver.process.send_signal(signal.SIGCONT)
        cluster.wait_until(lambda: "'receiver'" not in attention(site), what="the receiver goes on")
    finally:
        receiver.process.send_signal(signal.SIGCONT)
        receiver.stop()


@pytest.mark.versions(18)
def test_transaction_that_is_not_ended_is_named_where_the_receiver_has_everything(
    workbench: Workbench, make_cluster: Callable[..., Cluster], repository: Path
) -> None:
    """Logical decoding would need the WAL again from where it began, although all is sent and confirmed."""
    cluster = make_cluster(segment_size_mb=1, settings={"wal_level": "logical", "max_prepared_transactions": 2})
    site = Site.make(workbench, cluster, repository)
    cluster.sql("CREATE TABLE t (i int)")
    cluster.sql("CREATE PUBLICATION p FOR TABLE t")
    receiver = logical_receiver(cluster)
    session = cluster.connect()
    session.autocommit = False
    try:
        session.cursor().execute("INSERT INTO t VALUES (1)")
        cluster.sql("BEGIN; INSERT INTO t VALUES (2); PREPARE TRANSACTION 'it''s left'")
        for _each in range(70):
            cluster.sql("SELECT pg_create_restore_point('x')")
            cluster.sql("SELECT pg_switch_wal()")
        pid = session.get_backend_pid()
        said = f"its receiver has everything: logical decoding waits for the end of the transaction of process {pid} ("
        wait_until(cluster, lambda: said in attention(site), what="the transaction is named")
        where = ["--config-directory", site.options["config_directory"]]
        info, metrics = (
            cluster.os_user.run([site.options["agent_path"], "info", *where, *more]).stdout
            for more in ([], ["--metrics"])
        )
        assert said in " ".join(info.split())
        assert 'pgpitr_wal_holder_seconds{cluster="db1",name="sub",transaction="session"} ' in metrics
        session.rollback()
        said = "COMMIT PREPARED 'it''s left'"
        wait_until(cluster, lambda: said in attention(site), what="the prepared transaction is named")
        cluster.sql("ROLLBACK PREPARED 'it''s left'")

        def goes_on() -> bool:
            # Which notes the transactions that run.
            cluster.sql("CHECKPOINT")
            return "'sub'" not in attention(site)

        wait_until(cluster, goes_on, what="the slot goes on")
    finally:
        session.close()
        receiver.terminate()
        receiver.wait(timeout=30)


def logical_receiver(cluster: Cluster) -> subprocess.Popen[bytes]:
    """`pg_recvlogical` with the slot `sub`, which confirms what it has."""
    where = ["-h", str(cluster.socket_directory), "-p", str(cluster.port), "-U", cluster.superuser, "-d", "postgres"]
    program = [str(cluster.program("pg_recvlogical")), "-S", "sub", *where]
    cluster.os_user.run([*program, "--create-slot", "-P", "pgoutput"])
    decoding = ["-o", "proto_version=1", "-o", "publication_names=p"]
    argv = [*program, "--start", *decoding, "-f", "/dev/null", "--fsync-interval=1", "--status-interval=1"]
    options: dict[str, Any] = {"env": cluster.os_user.environment(), **cluster.os_user.popen_options()}
    return subprocess.Popen(argv, **options)


def wait_until(cluster: Cluster, condition: Callable[[], bool], *, what: str) -> None:
    cluster.wait_until(condition, what=what, timeout_seconds=180, pause_seconds=1)
