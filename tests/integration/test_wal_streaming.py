# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the modules set up streams WAL, follows a failover, is pruned, and is recovered to the last commit."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.cluster import Cluster
from support.playbook_run import PlaybookRun
from support.restoring import Site, lay_out
from support.run_result import record_of
from support.site import ALLOW_RESTART
from support.site import Site as Inventory
from support.streaming import Stream, lose
from support.workbench import Workbench

ALL_ROWS = [0, 1, 2, 3, 4, 5]
SLOT = "pgpitr_db1"
PASSWORD = "a secret: with \\ and :"


@pytest.fixture
def site(workbench: Workbench, make_cluster: Callable[..., Cluster], repository: Path) -> Site:
    """A cluster with segments of 1 MB that archives, rows 0 to 5, and a backup."""
    settings = {"max_slot_wal_keep_size": "64MB", "wal_keep_size": "16MB"}
    site = Site.make(workbench, make_cluster(segment_size_mb=1, settings=settings), repository)
    lay_out(site)
    return site


@pytest.fixture
def stream(site: Site) -> Iterator[Stream]:
    made = Stream(site)
    yield made
    made.stop()


@pytest.mark.versions(15, 18)
def test_every_row_up_to_the_last_commit_comes_back(site: Site, stream: Stream) -> None:
    rehearsed = stream.slot(check=True)
    assert rehearsed.changed and not rehearsed["exists"]
    assert stream.receiver(check=True).changed
    assert not list(Path(site.options["config_directory"]).glob("*.pg_service"))
    stream.start()
    proven = stream.prove()
    assert (proven.changed, proven["streams"], proven["limit_bytes"]) == (False, True, 64 << 20)
    assert not stream.receiver().changed

    # What is archived goes, but for the newest; what is not stays.
    for number in (6, 7, 8):
        site.insert(number)
        site.archive_all()
    stream.prove()
    before = stream.whole()
    assert "would be removed" in stream.prune("--dry-run").stdout and stream.whole() == before
    stream.prune()
    assert stream.whole() == {max(before)}
    site.cluster.configure(archive_command="false")
    site.cluster.reload()
    for number in (9, 10):
        site.insert(number)
        site.cluster.switch_segment()
    site.insert(11)
    stream.prove()
    waiting = stream.whole() - {max(before)}
    assert "not archived yet" in stream.prune().stdout
    assert len(waiting) >= 2 and waiting <= stream.whole()
    lose(site.cluster)

    done = site.restore(target_latest=True, received_directory=str(stream.directory))
    assert done["state"] == "promoted"
    assert site.rows() == [*ALL_ROWS, 6, 7, 8, 9, 10, 11]
    # Where the slot is gone, as after a restore, the receiver makes it anew and follows the new timeline.
    site.insert(12)
    stream.prove()
    assert (stream.directory / "00000002.history").exists()


@pytest.mark.versions(18)
def test_failover_is_followed(site: Site, stream: Stream, make_cluster: Callable[..., Cluster]) -> None:
    primary, standby = site.cluster, make_cluster(start=False).follow(site.cluster)
    hosts = [str(each.socket_directory) for each in (standby, primary)]
    # Directories of sockets have no port of their own, and the two servers have different ones.
    (standby.socket_directory / f".s.PGSQL.{primary.port}").symlink_to(f".s.PGSQL.{standby.port}")
    stream.start(hosts=hosts)
    site.insert(6)
    stream.prove()
    standing_by = stream.slot(data_directory=str(standby.data))
    assert standing_by["standby"] and not standing_by["exists"] and not standing_by.changed
    on_standby = {"data_directory": str(standby.data)}
    # As a switchover leaves it on the former primary.
    standby.value(f"SELECT pg_create_physical_replication_slot('{SLOT}', true)::text")
    assert stream.slot(check=True, **on_standby)["steps"] == [f"drop replication slot {SLOT}"]
    assert stream.slot(**on_standby).changed and not stream.slot(**on_standby)["exists"]
    standby.sql("ALTER SYSTEM SET max_slot_wal_keep_size = -1")
    standby.reload()
    assert stream.slot(fails=True, **on_standby).code == "slot-unbounded"
    standby.sql("ALTER SYSTEM RESET max_slot_wal_keep_size")
    standby.reload()
    standby.wait_until(lambda: standby.column("SELECT i FROM t ORDER BY i")[-1:] == [6], what="the row is there")
    primary.crash()
    standby.pg_ctl("promote", "-w")
    standby.sql("INSERT INTO t VALUES (7)")

    there = {"data_directory": str(standby.data), "prove": True}
    # The slot is made by whoever comes first, the module or the receiver.
    assert stream.slot(**there)["streams"] and not stream.slot(**there).changed
    standby.sql("INSERT INTO t VALUES (8)")
    stream.slot(**there)
    # Both are lost, the former primary too.
    lose(standby)
    shutil.rmtree(primary.data)
    done = site.restore(target_latest=True, received_directory=str(stream.directory))
    assert done["state"] == "promoted"
    assert site.rows() == [*ALL_ROWS, 6, 7, 8]


@pytest.mark.versions(18)
def test_password_is_in_a_file_alone(site: Site, stream: Stream) -> None:
    cluster = site.cluster
    cluster.sql("CREATE ROLE pgreceive LOGIN REPLICATION PASSWORD %s", [PASSWORD])
    rules = cluster.data / "pg_hba.conf"
    rules.write_text("local replication pgreceive scram-sha-256\n" + rules.read_text())
    cluster.reload()
    made = stream.start(user="pgreceive", password=PASSWORD)
    assert stream.prove()["streams"]

    config = Path(site.options["config_directory"])
    for name in ("db1.pgpass", "db1.pg_service"):
        found = (config / name).stat()
        assert (oct(found.st_mode & 0o777), found.st_uid) == ("0o600", cluster.os_user.uid)
    assert PASSWORD not in made.describe() and "secret" not in (config / "db1.pg_service").read_text()
    assert stream.process is not None
    children = cluster.os_user.run(["ps", "-ww", "-o", "args=", "-g", str(stream.process.pid)])
    assert "pg_receivewal" in children.stdout and "secret" not in children.stdout
    # Another password is another file, and without one there is none.
    assert stream.receiver(user="pgreceive", password="other").changed
    assert stream.receiver(user="pgreceive")["steps"][0].startswith(("write", "remove"))
    assert not (config / "db1.pgpass").exists()


@pytest.mark.versions(18)
def test_slot_is_bounded_ours_and_dropped(site: Site, stream: Stream) -> None:
    cluster = site.cluster
    assert stream.slot(slot="standby1", fails=True).code == "slot-name-invalid"
    cluster.sql("ALTER SYSTEM SET max_slot_wal_keep_size = -1")
    cluster.reload()
    assert stream.slot(fails=True).code == "slot-unbounded"
    assert cluster.value("SELECT count(*) FROM pg_replication_slots") == 0
    assert stream.slot(unbounded="warn")["steps"] == [f"create replication slot {SLOT}"]
    cluster.sql("ALTER SYSTEM RESET max_slot_wal_keep_size")
    cluster.reload()
    assert not stream.slot().changed

    # Somebody else's receiver of the same name of a slot.
    program = [cluster.program("pg_receivewal"), "-S", SLOT, "-D", site.workbench.make_directory("foreign")]
    where = ["-h", cluster.socket_directory, "-p", str(cluster.port), "-U", cluster.superuser]
    foreign = subprocess.Popen(
        [*program, *where],
        stderr=subprocess.DEVNULL,
        env=cluster.os_user.environment(),
        **cluster.os_user.popen_options(),  # type: ignore[call-overload]
    )
    try:
        cluster.wait_until(lambda: cluster.value("SELECT active FROM pg_replication_slots"), what="it streams")
        assert stream.slot(fails=True).code == "slot-in-use"
        assert stream.slot(state="absent", fails=True).code == "slot-in-use"
    finally:
        foreign.terminate()
        foreign.wait(timeout=30)
    cluster.wait_until(lambda: not cluster.value("SELECT active FROM pg_replication_slots"), what="it has ended")

    stream.start()
    stream.prove()
    info = stream.info()
    assert f"streamed  by slot '{SLOT}'" in info["text"] and not any("streamed" in each for each in info["attention"])
    assert stream.slot(state="absent", check=True)["steps"] == [f"drop replication slot {SLOT}"]
    stream.stop()
    cluster.wait_until(lambda: not cluster.value("SELECT active FROM pg_replication_slots"), what="it has ended")
    info = stream.info()
    assert any(each.startswith("WAL is not streamed: ") for each in info["attention"])
    assert "NOBODY receives" in info["text"]
    assert stream.receiver(state="absent").changed
    assert not list(Path(site.options["config_directory"]).glob("db1.pg*"))
    assert stream.slot(state="absent").changed and not stream.slot(state="absent").changed
    assert stream.whole() or list(stream.directory.iterdir())
    assert stream.slot(prove=True, timeout_seconds=1, fails=True).code == "not-streaming"


@pytest.mark.versions(18)
def test_lost_slot_is_made_anew(site: Site, stream: Stream) -> None:
    cluster = site.cluster
    stream.slot()
    cluster.sql("ALTER SYSTEM SET max_slot_wal_keep_size = '1MB'")
    cluster.sql("ALTER SYSTEM SET wal_keep_size = 0")
    cluster.reload()
    for number in range(6, 60):
        site.insert(number)
        cluster.switch_segment()
    cluster.sql("CHECKPOINT")
    cluster.wait_until(
        lambda: cluster.value("SELECT wal_status FROM pg_replication_slots") == "lost", what="it is lost"
    )
    assert stream.slot()["steps"] == [f"drop replication slot {SLOT}", f"create replication slot {SLOT}"]
    assert stream.slot()["wal_status"] == "reserved"


@pytest.mark.versions(18)
def test_receiver_that_cannot_be_is_refused(site: Site, stream: Stream) -> None:
    for options, code in (
        ({"hosts": []}, "option-missing"),
        ({"hosts": ["db1:0"]}, "stream-host-invalid"),
        ({"user": "a\nb"}, "stream-value-invalid"),
        ({"directory": "received"}, "path-not-absolute"),
        ({"directory": "/usr"}, "received-directory-foreign"),
        ({"bin_directory": str(stream.directory)}, "receiver-missing"),
        ({"timer_prune": "daily; reboot"}, "calendar-invalid"),
        ({"agent_path": str(stream.directory / "gone")}, "agent-missing"),
        ({"slot": "other"}, "slot-name-invalid"),
    ):
        assert stream.receiver(fails=True, **options).code == code, options


def last_words(done: PlaybookRun) -> list[str]:
    """The names of the tasks that changed something, without that of their role."""
    return [name.rpartition(" : ")[2] for name in done.changed_tasks]


@pytest.mark.versions(18)
def test_playbook_on_the_host_and_on_a_third_one(workbench: Workbench, make_cluster: Callable[..., Cluster]) -> None:
    cluster = make_cluster(segment_size_mb=1, settings={"max_slot_wal_keep_size": "64MB"})
    inventory = Inventory(workbench, {"db1": cluster})
    workbench.make_directory("repository")
    inventory.play("archive", extra_vars=ALLOW_RESTART)
    directory = workbench.directory / "received" / "db1"
    given = {"pitr_streaming_service_manager": "none", "pitr_streaming_directory": str(directory)}

    rehearsed = inventory.play("stream", extra_vars=given, check=True, diff=True)
    assert last_words(rehearsed) == ["Make the replication slot", "Receive WAL"]
    assert not directory.exists()
    done = inventory.play("stream", extra_vars=given)
    assert last_words(done) == last_words(rehearsed)
    assert record_of(rehearsed, "db1")["done"] == f"would be streamed by slot '{SLOT}'"
    assert record_of(done, "db1")["done"].startswith(f"slot '{SLOT}' is there") and record_of(done, "db1")["changed"]
    (receiver,) = done.results_of("wal_receiver")
    assert receiver["commands"]["prune"][-2:] == ["--directory", str(directory)]
    assert str(cluster.socket_directory) in (inventory.config / "db1.pg_service").read_text()
    assert inventory.play("stream", extra_vars=given).changed_tasks == []
    gone = inventory.play("stream", extra_vars={**given, "pitr_streaming_state": "absent"})
    assert last_words(gone) == ["Stop receiving WAL", "Drop the replication slot"]
    assert record_of(gone, "db1")["done"] == "streamed no more"
    assert directory.is_dir()

    # A third host asks no repository, so nothing is pruned there; a role for it has to be named.
    inventory.inventory = workbench.write_inventory(
        {"db1": {**inventory.variables(cluster), "ansible_host": "192.0.2.1"}, "third": inventory.variables(cluster)}
    )
    third = {**given, "pitr_streaming_host": "third"}
    refused = inventory.play("stream", extra_vars=third, limit="db1", expect_failure=True)
    assert refused.failures()[0].result["code"] == "option-missing"
    done = inventory.play("stream", extra_vars={**third, "pitr_streaming_user": "pgreceive"}, limit="db1")
    (receiver,) = done.results_of("wal_receiver")
    assert receiver["commands"]["prune"] is None
    service = (inventory.config / "db1.pg_service").read_text()
    assert "host=192.0.2.1\n" in service and f"port={cluster.port}\n" in service and "user=pgreceive\n" in service
