# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Retention on a real repository: running it, and what is left afterwards."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg2
from support.cluster import Cluster
from support.ports import PortLease
from support.restoring import Site
from support.workbench import Workbench


def retention_site(workbench: Workbench, make_cluster: Callable[..., Cluster], repository: Path) -> Site:
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


def fill(cluster: Cluster, number: int) -> str:
    """Finish a segment; its name."""
    cluster.sql("INSERT INTO t VALUES (%s) ON CONFLICT DO NOTHING", [number])
    return str(cluster.switch_segment())
