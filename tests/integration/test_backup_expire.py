# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Retention on real repositories: what was promised is restored afterwards, and rows are counted."""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from support.archiving import tree_digest
from support.cluster import Cluster
from support.ports import PortLease
from support.restoring import Site

# Dies before its change of the repository with this number, as if by SIGKILL.
KILLED = """
import os, sys
program, point, *arguments = sys.argv[1:]
sys.path.insert(0, program)
from pgpitr._agent.main import main
count = 0
def dies(event, _arguments):
    global count
    if event in ("os.remove", "os.rename", "os.rmdir"):
        count += 1
        if count == int(point):
            os._exit(99)
sys.addaudithook(dies)
os._exit(main(arguments))
"""


@pytest.fixture
def site(workbench, make_cluster, repository) -> Site:
    """An archived cluster with segments of 1 MiB and a table; no backup yet."""
    site = Site.make(workbench, make_cluster(segment_size_mb=1), repository)
    site.cluster.sql("CREATE TABLE t (i int PRIMARY KEY)")
    return site


def expire(site: Site, *, check: bool = False, fails: bool = False, **rules: int) -> Any:
    """Run the module."""
    names = ("name", "repository_path")
    options = {**{name: site.options[name] for name in names}, "keep_full": 1, "keep_days": 0, **rules}
    return site.workbench.run_module("backup_expire", options, check=check, expect_failure=fails)


def pgpitr(site: Site, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the installed program; a failure is the caller's to judge."""
    argv = [site.options["agent_path"], *arguments, "--config-directory", site.options["config_directory"]]
    return site.cluster.os_user.run(argv, check=False)


def labels(site: Site) -> list[str]:
    """The backups that are told of, oldest first."""
    (cluster,) = json.loads(pgpitr(site, "info", "--cluster", "db1", "--json").stdout)
    assert all(backup["usable"] for backup in cluster["backups"])
    assert cluster["gaps"] == []
    return [backup["label"] for backup in cluster["backups"]]


def segments(site: Site) -> list[str]:
    """The names of the stored segments, in order."""
    names = (path.name[:24] for path in (site.repository / "db1" / "wal").rglob("*") if path.is_file())
    return sorted({name for name in names if re.fullmatch("[0-9A-F]{24}", name)})


def age(site: Site, label: str, *, days: int) -> None:
    """Let a backup have been taken so many days earlier, as far as its record tells."""
    record = site.repository / "db1" / "backups" / label / "backup.json"
    content = json.loads(record.read_text())
    for key in ("start_time", "stop_time"):
        moment = datetime.strptime(content[key], "%Y-%m-%dT%H:%M:%S.%f%z") - timedelta(days=days)
        content[key] = moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    record.write_text(json.dumps(content))


def rows_of_copy(site: Site, **target: Any) -> list[int]:
    """Restore side by side, count the rows, and throw the copy away."""
    lease = PortLease.take()
    directory = site.cluster.base / f"copy-{lease.port}"
    beside = {"restore_data_directory": str(directory), "restore_port": lease.port}
    site.workbench.run_module("restore", {**site.options, **target, **beside})
    assert site.recover(**beside)["state"] == "promoted"
    connection = psycopg2.connect(
        host=str(site.cluster.socket_directory), port=lease.port, dbname="postgres", user=site.cluster.superuser
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT i FROM t ORDER BY i")
        found = [row[0] for row in cursor.fetchall()]
    connection.close()
    site.cluster.os_user.run([site.cluster.program("pg_ctl"), "-D", directory, "-m", "immediate", "-w", "stop"])
    shutil.rmtree(directory)
    lease.release()
    return found


def step(site: Site, number: int) -> str:
    """Commit a row, and archive it; a moment after it."""
    site.insert(number)
    moment = site.moment()
    site.insert(number + 1)
    site.archive_all()
    return moment


@pytest.mark.versions(15, 18)
@pytest.mark.timeout(300)
def test_what_was_promised_is_restored(site: Site) -> None:
    site.insert(0)
    oldest = site.back_up(type="full")
    before_second = step(site, 1)
    second = site.back_up(type="full")
    after_second = step(site, 3)
    third = site.back_up(type="full")
    step(site, 5)
    age(site, oldest, days=40)
    rules = {"keep_full": 2, "keep_monthly": 2}

    before = tree_digest(site.repository)
    planned = expire(site, check=True, **rules)
    assert tree_digest(site.repository) == before
    done = expire(site, **rules)
    assert planned.changed and done.changed
    told = {key: value for key, value in done.result.items() if key not in ("invocation", "text")}
    assert told == {key: value for key, value in planned.result.items() if key not in ("invocation", "text")}
    assert done["wal_removed"] and not expire(site, **rules).changed

    # The month's backup has kept what makes it consistent, the window everything.
    assert labels(site) == [oldest, second, third]
    assert [each["rules"] for each in done["kept"]] == [
        ["monthly"],
        ["full", "window"],
        ["newest", "full", "window", "monthly"],
    ]
    check_what_is_told_of_the_hole(site, before_second, oldest=oldest, second=second, third=third)
    assert rows_of_copy(site, target_immediate=True, backup=oldest) == [0]
    assert rows_of_copy(site, target_time=after_second) == [0, 1, 2, 3]

    # A copy may still be recovering, so its restore has pinned the backup for a while.
    for label in (oldest, second):
        assert "released" in pgpitr(site, "unpin", label, "--cluster", "db1").stdout
    removed = expire(site)
    assert [each["label"] for each in removed["removed"]] == [oldest, second]
    assert removed["freed_bytes"] > sum(each["freed_bytes"] for each in removed["removed"]) > 0
    assert labels(site) == [third]
    site.restore(target_latest=True)
    assert site.rows() == [0, 1, 2, 3, 4, 5, 6]


def check_what_is_told_of_the_hole(site: Site, in_hole: str, *, oldest: str, second: str, third: str) -> None:
    """Between the month's backup and the window nothing can be recovered, and nobody is sent to look for its WAL."""
    refused = site.plan(target_time=in_hole, fails=True)
    assert refused.code == "segment-expired"
    assert f"the end of backup {oldest}" in refused["msg"] and f"the end of backup {second}" in refused["msg"]
    assert f"'pitr_restore_backup: {oldest}' with 'pitr_restore_target_immediate: true'" in refused["hint"]
    hidden = site.plan(target_latest=True, backup=oldest, fails=True)
    assert hidden.code == "segment-expired" and f"the end of backup {second}" in hidden["msg"]
    assert f"from backup '{third}'" in hidden["hint"]

    asked = {key: site.options[key] for key in ("name", "repository_path", "bin_directory")}
    told = site.workbench.run_module("backup_info", asked)
    (cluster,), (line,) = told["clusters"], told["lines"]
    archive, window = cluster["windows"]
    assert cluster["summary"]["newest_window"]["from"] == window["from"] != archive["from"]
    assert "besides 1 other backup to its own end;" in line and window["from"][11:16] in line
    assert archive["from"][:10] not in line


@pytest.mark.versions(18)
@pytest.mark.timeout(300)
def test_after_a_recovery_both_pasts_are_kept_as_long_as_they_matter(site: Site) -> None:
    site.insert(0)
    first = site.back_up(type="full")
    expire(site)
    kept_moment = step(site, 1)
    left_moment = step(site, 3)
    assert site.restore(target_time=kept_moment)["new_timeline"] == 2
    step(site, 10)
    second = site.back_up(type="full")

    # The restore has pinned the backup, and with it the WAL of both timelines.
    found = expire(site)
    assert not found["removed"] and not found["wal_removed"]
    assert "restored to" in found["kept"][0]["reason"] and "pinned" in found["kept"][0]["rules"]
    released = pgpitr(site, "unpin", first, "--cluster", "db1")
    assert released.returncode == 0 and "released" in released.stdout

    # Every moment of the last days: the timeline that was left an instant ago is among them.
    assert not expire(site, keep_days=3).changed
    assert rows_of_copy(site, target_time=left_moment, target_timeline="1") == [0, 1, 2, 3]

    for path in (site.repository / "db1" / "wal" / "00000001").rglob("*"):
        os.utime(path, (time.time() - 7200,) * 2)
    assert pgpitr(site, "unpin", first, "--cluster", "db1").returncode == 0
    assert pgpitr(site, "pin", first, "--cluster", "db1", "--reason", "audit").returncode == 0
    assert not expire(site).changed
    assert pgpitr(site, "unpin", first, "--cluster", "db1", "--reason", "audit").returncode == 0
    assert [each["label"] for each in expire(site)["removed"]] == [first]
    assert labels(site) == [second]
    assert list((site.repository / "db1" / "wal").rglob("00000002.history"))
    site.restore(target_latest=True)
    assert site.rows() == [0, 1, 10, 11]


@pytest.mark.versions(18)
@pytest.mark.timeout(300)
def test_killed_in_the_middle_it_leaves_the_truth_and_the_next_run_cleans_up(site: Site) -> None:
    site.insert(0)
    old = [site.back_up(type="full")]
    step(site, 1)
    old.append(site.back_up())
    step(site, 3)
    kept = site.back_up(type="full")
    step(site, 5)
    folder = site.repository / "db1"
    whole = site.cluster.base / "whole"
    shutil.copytree(folder, whole, copy_function=shutil.copy2)
    rules = ["--keep-full", "1", "--keep-days", "0", "--cluster", "db1"]
    program, config = site.options["agent_path"], site.options["config_directory"]

    clean: list[str] = []
    for point in (1, 3, 8, 12, 1000):
        argv = [
            sys.executable,
            "-IS",
            "-c",
            KILLED,
            program,
            str(point),
            "expire",
            *rules,
            "--config-directory",
            config,
        ]
        died = site.cluster.os_user.run(argv, check=False)
        assert died.returncode == (0 if point == 1000 else 99), died.stderr
        present = labels(site)
        assert present[-1] == kept and set(present) <= {*old, kept}
        assert pgpitr(site, "verify", "--cluster", "db1").returncode == 0

        assert pgpitr(site, "expire", *rules).returncode == 0
        again = pgpitr(site, "expire", *rules)
        assert "nothing to remove" in again.stdout
        assert labels(site) == [kept]
        left = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.name != "verify.json")
        assert not clean or left == clean
        clean = left
        if point == 1000:
            break
        shutil.rmtree(folder)
        shutil.copytree(whole, folder, copy_function=shutil.copy2)
        for path in (folder, *folder.rglob("*")):
            site.cluster.os_user.own(path)
    site.restore(target_latest=True)
    assert site.rows() == [0, 1, 2, 3, 4, 5, 6]


@pytest.mark.versions(18)
@pytest.mark.timeout(300)
def test_beside_a_backup_a_restore_another_retention_and_the_archiver(site: Site) -> None:
    old, new = site.back_up(type="full"), site.back_up(type="full")
    lock = site.repository / "db1" / "backups" / ".lock"
    holder = {"what": "backup", "pid": 4711, "host": "db9", "since": "2026-11-22T12:00:00.000000Z"}
    with open(lock, "r+", encoding="ascii") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        stream.truncate()
        stream.write(json.dumps(holder))
        stream.flush()
        for check in (True, False):
            refused = expire(site, fails=True, check=check)
            assert refused.code == "backup-running"
            assert "process 4711 on host 'db9', since 2026-11-22T12:00:00" in refused["msg"]

    with open(site.repository / "db1" / "backups" / old / "backup.json", encoding="ascii") as stream:
        fcntl.flock(stream, fcntl.LOCK_SH)
        found = expire(site)
        assert not found["removed"] and found["kept"][0]["rules"] == ["held"]

    # Two controllers at once while segments arrive: one does it, the other waits and finds nothing left to do.
    results: list[Any] = []
    both = [threading.Thread(target=lambda: results.append(expire(site, wait_seconds=60))) for _each in range(2)]
    for thread in both:
        thread.start()
    names = [fill(site.cluster, number) for number in range(30)]
    for thread in both:
        thread.join()
    assert sorted(result.changed for result in results) == [False, True]
    assert labels(site) == [new]
    for _again in range(3):
        site.back_up(type="full")
        names += [fill(site.cluster, number) for number in range(10)]
        expire(site)
    site.cluster.wait_until(lambda: names[-1] in segments(site), what="the last segment is archived")
    assert site.cluster.value("SELECT failed_count FROM pg_stat_archiver") == 0
    assert len(labels(site)) == 1


def fill(cluster: Cluster, number: int) -> str:
    """Finish a segment; its name."""
    cluster.sql("INSERT INTO t VALUES (%s) ON CONFLICT DO NOTHING", [number])
    return str(cluster.switch_segment())


@pytest.mark.versions(18)
@pytest.mark.timeout(300)
def test_playbooks(site: Site) -> None:
    variables = {
        "ansible_become": False,
        "pitr_cluster_data_directory": str(site.cluster.data),
        "pitr_cluster_bin_directory": str(site.cluster.installation.bin_directory),
        "pitr_repository_path": str(site.repository),
        "pitr_agent_path": site.options["agent_path"],
        "pitr_agent_config_directory": site.options["config_directory"],
        "pitr_backup_keep_full": 1,
        "pitr_backup_keep_days": "0",
        "pitr_backup_keep_monthly": "",
    }
    inventory = site.workbench.write_inventory({"db1": variables})
    first = site.back_up(type="full")
    site.insert(1)
    site.archive_all()
    taken = site.workbench.run_playbook("backup", inventory=inventory, extra_vars={"pitr_backup_type": "full"})
    (expired,) = [task.result for task in taken.tasks if task.action.endswith("backup_expire")]
    assert [each["label"] for each in expired["removed"]] == [first]
    second = site.back_up(type="full")

    before = tree_digest(Path(site.repository))
    planned = site.workbench.run_playbook("expire", inventory=inventory, check=True)
    assert tree_digest(Path(site.repository)) == before
    assert "keep    " + second in planned.stdout
    assert site.workbench.run_playbook("expire", inventory=inventory).recap["db1"]["changed"] == 1
    assert site.workbench.run_playbook("expire", inventory=inventory).recap["db1"]["changed"] == 0
    assert labels(site) == [second]


@pytest.mark.versions(18)
@pytest.mark.timeout(300)
def test_chains_stay_whole(site: Site) -> None:
    site.insert(0)
    full = site.back_up(type="full")
    step(site, 1)
    pinned = site.back_up(type="incremental")
    step(site, 3)
    useless = site.back_up(type="incremental")
    newer = site.back_up(type="full")
    moment = step(site, 5)
    newest = site.back_up(type="incremental")
    assert pgpitr(site, "pin", pinned, "--cluster", "db1", "--reason", "audit").returncode == 0

    removed = expire(site)["removed"]
    assert [each["label"] for each in removed] == [useless]
    assert labels(site) == [full, pinned, newer, newest]
    assert rows_of_copy(site, target_immediate=True, backup=pinned) == [0, 1, 2]
    assert rows_of_copy(site, target_time=moment) == [0, 1, 2, 3, 4, 5]

    for label in (pinned, newer):
        pgpitr(site, "unpin", label, "--cluster", "db1")
    assert [each["label"] for each in expire(site)["removed"]] == [full, pinned]
    site.restore(target_latest=True)
    assert site.rows() == [0, 1, 2, 3, 4, 5, 6]
