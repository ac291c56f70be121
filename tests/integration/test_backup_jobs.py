# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A backup that was begun comes to its end without whoever began it, and the next run ends with its result."""

from __future__ import annotations

import os
import signal
import subprocess
from typing import Any

import pytest
from support.backups_at_work import backups_in, running_pg_basebackup
from support.restoring import Site
from support.rollback import kill, start_module

pytestmark = pytest.mark.versions(15, 18)

# Some six seconds for an empty cluster.
SLOW = {"max_rate_kib": 8192, "compression": "none", "checkpoint": "fast"}


@pytest.fixture
def site(workbench, cluster, repository) -> Site:
    return Site.make(workbench, cluster, repository)


def options_of(site: Site, **more: Any) -> dict[str, Any]:
    return {**site.options, "type": "full", **more}


def begin(site: Site, **more: Any) -> subprocess.Popen[bytes]:
    """A slow backup, when its first archive is being written."""
    before = set(backups_in(site.repository))
    process = start_module(site, "base_backup", options_of(site, **SLOW, **more), stdout=subprocess.PIPE)
    begun = site.repository / "db1" / "backups"
    site.cluster.wait_until(
        lambda: any(path.parent.name not in before for path in begun.glob("*/base.tar")), what="it is being written"
    )
    return process


def test_run_that_is_killed_has_its_backup_and_the_next_one_ends_with_it(site: Site) -> None:
    before = backups_in(site.repository)
    kill(begin(site))
    told = site.workbench.run_module("base_backup", options_of(site))
    (label,) = set(backups_in(site.repository)) - set(before)
    assert (told["changed"], told["taken"], told["backup"]["label"], told["type"]) == (True, True, label, "full")
    assert "another run was taking it" in told["line"] and told["bytes"] > 0
    # Whose result was told is over: now one is taken.
    again = site.workbench.run_module("base_backup", options_of(site))
    assert again["backup"]["label"] != label and len(backups_in(site.repository)) == len(before) + 2


def test_signal_ends_who_follows_it(site: Site) -> None:
    before = backups_in(site.repository)
    process = begin(site)
    process.send_signal(signal.SIGTERM)
    output, _unused = process.communicate(timeout=30)
    assert b'"code": "job-goes-on"' in output
    site.cluster.wait_until(lambda: running_pg_basebackup(site.repository) is None, what="it has ended")
    site.cluster.wait_until(lambda: len(backups_in(site.repository)) == len(before) + 1, what="it is recorded")


def test_next_run_takes_its_own_where_the_one_that_it_followed_failed(site: Site) -> None:
    before = backups_in(site.repository)
    failing = begin(site)
    following = start_module(site, "base_backup", options_of(site), stdout=subprocess.PIPE)
    at_work = running_pg_basebackup(site.repository)
    assert at_work is not None
    os.kill(at_work[0], signal.SIGKILL)
    assert b'"code": "base-backup-killed"' in failing.communicate(timeout=60)[0]
    output, _unused = following.communicate(timeout=120)
    assert b'"taken": true' in output and b"another run was" not in output
    assert len(backups_in(site.repository)) == len(before) + 1


@pytest.mark.versions(18)
def test_run_that_asks_for_another_type_takes_it_behind_the_first(site: Site) -> None:
    site.workbench.run_module("base_backup", options_of(site))
    before = backups_in(site.repository)
    first = begin(site)
    told = site.workbench.run_module("base_backup", options_of(site, type="incremental"))
    first.communicate(timeout=60)
    assert told["type"] == "incremental" and len(backups_in(site.repository)) == len(before) + 2


def pgpitr_jobs(site: Site, *options: str) -> str:
    """What `pgpitr jobs` says."""
    argv = [
        site.options["agent_path"],
        "jobs",
        "--cluster",
        "db1",
        "--config-directory",
        site.options["config_directory"],
    ]
    user = site.workbench.os_user
    done = subprocess.run(
        [*argv, *options], env=user.environment({}), capture_output=True, text=True, check=True, **user.popen_options()
    )
    return done.stdout


def test_backup_is_shown_and_stopped_on_its_host(site: Site) -> None:
    before = backups_in(site.repository)
    process = begin(site)
    assert "-full: " in pgpitr_jobs(site) and "would be stopped" in pgpitr_jobs(site, "--stop", "--dry-run")
    told = pgpitr_jobs(site, "--stop", "--follow")
    assert "told to stop" in told and told.endswith("ended\n")
    output, _unused = process.communicate(timeout=60)
    assert b'"failed": true' in output and b"Traceback" not in output, output
    assert running_pg_basebackup(site.repository) is None and backups_in(site.repository) == before
    assert "no job is at work" in pgpitr_jobs(site)


def test_rehearsal_waits_for_nobody(site: Site) -> None:
    process = begin(site)
    refused = site.workbench.run_module("base_backup", options_of(site), check=True, expect_failure=True)
    assert refused.code == "backup-running"
    process.communicate(timeout=60)
