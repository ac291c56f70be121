# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Retention on real repositories: what was promised is restored afterwards, and rows are counted."""

from __future__ import annotations

import os
import time
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from support.archiving import tree_digest
from support.restoring import Site
from support.retention import age, expire, labels, pgpitr, retention_site, rows_of_copy, step


@pytest.fixture
def site(workbench, make_cluster, repository) -> Site:
    return retention_site(workbench, make_cluster, repository)


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
    # To the second, rounded up.
    since = datetime.fromisoformat(window["from"].replace("Z", "+00:00")) + timedelta(microseconds=999_999)
    assert "besides 1 other backup to its end;" in line and f"recoverable {since:%Y-%m-%d %H:%M:%S}Z to " in line
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
    (expired,) = [task.result for task in taken.tasks if task.action.endswith("backup_expire") and task.status == "ok"]
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
