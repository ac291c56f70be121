# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Retention that is killed in the middle, and retention beside whatever else uses the repository."""

from __future__ import annotations

import fcntl
import json
import shutil
import sys
import threading
from typing import Any

import pytest
from support.restoring import Site
from support.retention import expire, fill, labels, pgpitr, retention_site, segments, step

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
    return retention_site(workbench, make_cluster, repository)


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
