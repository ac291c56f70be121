# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What waits, why, since when, what would be lost, and what else fills the disk: told by the host, in words of use."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.cluster import Cluster
from support.restoring import Site
from support.workbench import Workbench

MIB = 1 << 20
ROWS = ("because", "at risk", "rate", "pg_wal", "kept")
STATE = ("name", "repository_path", "data_directory", "bin_directory", "login_user")


@pytest.fixture
def site(workbench: Workbench, make_cluster: Callable[..., Cluster], repository: Path) -> Site:
    """A cluster with segments of 1 MB that archives, and whose pg_wal is a link."""
    cluster = make_cluster(start=False, segment_size_mb=1)
    wal = cluster.base / "wal elsewhere"
    (cluster.data / "pg_wal").rename(wal)
    (cluster.data / "pg_wal").symlink_to(wal)
    return Site.make(workbench, cluster.start(), repository)


def state_of(site: Site, **more: Any) -> Any:
    """The module's result."""
    return site.workbench.run_module("wal_archive_info", {**{key: site.options[key] for key in STATE}, **more})


def info(site: Site, *arguments: str, check: bool = True) -> Any:
    """The program's own answer."""
    argv = [site.options["agent_path"], "info", "--config-directory", site.options["config_directory"], *arguments]
    return site.cluster.os_user.run(argv, check=check)


def fill(cluster: Cluster, *, count: int) -> list[str]:
    """Finish so many segments with changes in them."""
    return [cluster.switch_segment() for _each in range(count)]


def wait_for_failure(site: Site) -> None:
    path = site.cluster.data / "pg_wal" / "pgpitr_push_failure"
    site.cluster.wait_until(path.exists, what="archive-push has left why it failed")


@pytest.mark.versions(18)
def test_repository_that_refuses_is_told_in_the_words_of_the_push(site: Site) -> None:
    cluster = site.cluster
    last = fill(cluster, count=3)[-1]
    cluster.wait_until(
        lambda: cluster.value("SELECT last_archived_wal FROM pg_stat_archiver") == last, what="all is archived"
    )
    well = state_of(site, queue_max_bytes=2 * MIB)
    assert well["attention"] == []
    assert well["archiver"]["failure"] is None and not (cluster.data / "pg_wal" / "pgpitr_push_failure").exists()
    assert 0 <= well["archiver"]["loss"]["bytes"] < MIB and well["archiver"]["loss"]["seconds"] is not None
    assert well["archiver"]["rate"]["archived_per_second"] > 0

    folder = site.repository / "db1" / "wal" / "00000001" / "00000000"
    folder.chmod(0o500)
    try:
        waiting = fill(cluster, count=3)
        wait_for_failure(site)
        cluster.value("SELECT pg_stat_reset_shared('archiver')")
        cluster.sql("SELECT pg_create_physical_replication_slot('mine', true)")

        run = state_of(site, queue_max_bytes=2 * MIB)
        archiver = run["archiver"]
        # The server's own counters have begun anew, and go on.
        failed_count = cluster.value("SELECT failed_count FROM pg_stat_archiver")
        assert run["failed_count"] <= failed_count and archiver["failing_on"] == waiting[0]
        assert archiver["failure"]["code"] == "repository-not-writable"
        failing, queue = run["attention"]
        assert failing.startswith(f"archiving fails on {waiting[0]}: ") and "[repository-not-writable]" in failing
        assert queue.startswith("3.00 MiB of WAL wait to be archived, more than pitr_archiving_queue_max_bytes")
        assert (archiver["ready_count"], archiver["ready_bytes"]) == (3, 3 * MIB)
        assert 3 * MIB <= archiver["loss"]["bytes"] < 4 * MIB and 0 < archiver["loss"]["seconds"] < 600
        assert archiver["kept_wal"][0]["name"] == "mine"
        assert archiver["pg_wal_bytes"] >= 4 * MIB and archiver["pg_wal_free_bytes"] > 0
        text = info(site, "--cluster", "db1").stdout
        assert f"FAILING on {waiting[0]}" in text and "because " in text and "at risk " in text
        assert max(len(line) for line in text.splitlines() if line[2:11].strip() in ROWS) <= 100
        metrics = info(site, "--metrics").stdout
        assert 'pgpitr_archive_ready_files{cluster="db1"} 3\n' in metrics
        assert 'pgpitr_archive_failing{cluster="db1"} 1\n' in metrics
    finally:
        folder.chmod(0o700)
    cluster.wait_until(
        lambda: not state_of(site)["archiver"]["ready_count"], what="all is archived again", timeout_seconds=90
    )
    after = state_of(site)
    # The failure counts for the file that waited, and no success had to remove it.
    assert after["attention"] == [] and after["archiver"]["failure"] is None


@pytest.mark.versions(18)
def test_repository_that_is_away_and_server_that_is_down_hide_nothing_of_the_host(site: Site) -> None:
    cluster, away = site.cluster, site.repository.with_name("away")
    site.repository.rename(away)
    try:
        waiting = fill(cluster, count=2)
        wait_for_failure(site)
        told = info(site, "--cluster", "db1", check=False)
        assert told.returncode == 1 and "[repository-missing]" in told.stderr
        assert "its repository could not be read" in told.stdout and f"FAILING on {waiting[0]}" in told.stdout
        assert "ATTENTION archiving fails on" in told.stdout
        assert json.loads(info(site, "--json", check=False).stdout) == []
        assert 'pgpitr_repository_readable{cluster="db1"} 0\n' in info(site, "--metrics", check=False).stdout
        elsewhere = state_of(site, repository_host="127.0.0.1", repository_ssh_port=1)
        assert elsewhere["archiver"]["repository_error"] and elsewhere["stored"] is None
        assert any(each.startswith("the repository cannot be read") for each in elsewhere["attention"])
    finally:
        away.rename(site.repository)
    cluster.stop()
    down = state_of(site)["archiver"]
    assert down["server_error"] == "the server does not run"
    # A clean stop archives what there is: nothing but the record of the last checkpoint is left.
    assert down["loss"]["bytes"] < 200


@pytest.mark.versions(18)
def test_server_that_cannot_run_its_command_or_archives_no_more(site: Site) -> None:
    cluster = site.cluster
    cluster.configure(archive_mode="off")
    cluster.restart()
    assert state_of(site)["attention"] == ["the server does not archive: run the playbook 'archive'"]
    assert "ATTENTION the server does not archive" in info(site).stdout

    cluster.configure(archive_mode="on", archive_command="/nowhere/pgpitr %p", archive_timeout="0")
    cluster.restart()
    waiting = fill(cluster, count=2)
    status = cluster.data / "pg_wal" / "archive_status"
    old, ahead = time.time() - 4000, time.time() + 4000
    cluster.wait_until((status / f"{waiting[1]}.ready").exists, what="two segments wait")
    os.utime(status / f"{waiting[0]}.ready", (old, old))
    os.utime(status / f"{waiting[1]}.ready", (ahead, ahead))
    # Exit code 127 is never counted, and archive-push is not called: the age tells.
    waits, clock = state_of(site)["attention"]
    assert "the oldest for 1 h 6 min" in waits
    assert clock.startswith("the host's clock was or is wrong") and waiting[1] in clock


@pytest.mark.versions(15)
def test_promotion_and_slots_that_are_lost(site: Site) -> None:
    cluster = site.cluster
    cluster.sql("SELECT pg_create_physical_replication_slot('lost', true)")
    cluster.configure(max_slot_wal_keep_size="2MB", wal_keep_size="1MB", max_wal_size="4MB")
    cluster.reload()
    fill(cluster, count=8)
    cluster.sql("CHECKPOINT")
    run = state_of(site)
    assert any(each.startswith("replication slot 'lost' is lost") for each in run["attention"])
    kept = {each["by"]: each for each in run["archiver"]["kept_wal"]}
    assert kept["slot"]["state"] == "lost" and kept["wal_keep_size"]["bytes"] == MIB
    cluster.sql("SELECT pg_drop_replication_slot('lost')")

    # The cluster becomes a standby of nobody, and is promoted: the new timeline has nothing in the repository yet.
    cluster.configure(archive_command="/bin/false")
    cluster.stop()
    cluster.start_as_standby()
    standby = state_of(site)
    assert standby["archiver"]["loss"] == {"bytes": None, "seconds": None}
    cluster.pg_ctl("promote", "-w")
    cluster.sql("CREATE TABLE after_it AS SELECT 1 AS i")
    promoted = state_of(site)
    assert promoted["cluster"]["timeline"] in (1, 2)
    assert 0 <= promoted["archiver"]["loss"]["bytes"] < 2 * MIB
    assert promoted["archiver"]["stored_until"] is not None
