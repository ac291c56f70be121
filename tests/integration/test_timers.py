# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What timers run, as far as it goes without systemd; the scenario `timers` on real hosts has the units."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import yaml
from support.archiving import install_agent
from support.cluster import Cluster
from support.module_run import ModuleRun
from support.places import CHECKOUT
from support.restoring import Site
from support.workbench import Workbench

KEEP = ("--keep-full", "1", "--keep-days", "0", "--summary")


@pytest.fixture
def site(workbench: Workbench, cluster: Cluster, repository: Path) -> Site:
    """A primary that archives."""
    return Site.make(workbench, cluster, repository)


def pgpitr(site: Site, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the installed program for the cluster as a timer does, without a terminal; its outcome is the caller's."""
    place = ["--cluster", "db1", "--config-directory", site.options["config_directory"]]
    return site.cluster.os_user.run([site.options["agent_path"], *words, *place], check=False)


def said(site: Site, *words: str) -> list[str]:
    """The lines of a run that succeeds and has nothing to complain about."""
    done = pgpitr(site, *words)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr
    return done.stdout.splitlines()


@pytest.mark.versions(18)
def test_a_run_says_what_it_did_in_a_few_lines(site: Site) -> None:
    why, first = said(site, "backup", "--type", "full", "--skip-standby")
    assert why.startswith("take a full backup: there is no usable backup")
    assert first.endswith("every file verified")
    why, second = said(site, "backup", "--skip-standby")
    assert why.startswith("take an incremental backup: it builds on") and "-incremental: " in second
    (verified,) = said(site, "verify", "--skip-standby")
    assert verified.startswith("db1: ok, read 2 backups")
    (kept,) = said(site, "expire", *KEEP, "--skip-standby")
    assert kept.startswith("db1: 2 backups kept, 0 backups and ") and "freed; retains the recovery window since" in kept

    said(site, "backup", "--type", "full")
    planned = said(site, "expire", *KEEP, "--dry-run")
    done = said(site, "expire", *KEEP)
    assert [line.split()[0] for line in done[:-1]] == ["remove", "remove"]
    assert planned[:-1] == done[:-1]
    assert done[-1].startswith("db1: 1 backup kept, 2 backups and ") and " freed; " in done[-1]

    site.cluster.stop()
    failed = pgpitr(site, "backup", "--skip-standby")
    assert failed.returncode == 1
    assert "[server-down]" in failed.stderr and len(failed.stderr.splitlines()) <= 4
    # Its primary may be elsewhere by now, with other rules.
    (skipped,) = said(site, "expire", *KEEP, "--skip-standby")
    assert skipped.startswith("db1: skipped: the server in ") and " does not run, " in skipped
    assert said(site, "expire", *KEEP)


@pytest.mark.versions(18)
def test_a_standby_leaves_its_turn_until_it_is_promoted(
    workbench: Workbench, site: Site, make_cluster: Callable[..., Cluster]
) -> None:
    primary, cluster = site.cluster, make_cluster(start=False).follow(site.cluster)
    standby = Site(workbench, cluster, site.repository, {**site.options, "data_directory": str(cluster.data)})
    install_agent(workbench, standby.options)
    workbench.run_module("wal_archive", {**standby.options, "archive_timeout_seconds": 1})

    assert "[server-is-standby]" in pgpitr(standby, "backup").stderr
    both = pgpitr(standby, "backup", "--skip-standby", "--allow-standby")
    assert (both.returncode, "[usage]" in both.stderr) == (1, True)
    for words in (["backup"], ["backup", "--type", "full"], ["verify"], ["expire", *KEEP]):
        (line,) = said(standby, *words, "--skip-standby")
        assert line.startswith("db1: skipped: the cluster is a standby"), words
    cluster.stop()
    (line,) = said(standby, "backup", "--skip-standby")
    assert "skipped" in line
    assert not list((site.repository / "db1" / "backups").glob("2*"))

    primary.stop()
    cluster.start()
    cluster.pg_ctl("promote", "-w")
    _why, taken = said(standby, "backup", "--skip-standby")
    assert taken.endswith("every file verified")


@pytest.fixture
def run_timers(workbench: Workbench) -> Callable[..., ModuleRun]:
    """Runs the module for a cluster that this host has no timers of."""

    def run(*, fails: bool = False, **options: object) -> ModuleRun:
        place = {"name": "no-cluster-of-this-host", "repository_path": str(workbench.directory)}
        return workbench.run_module("timers", {**place, **options}, check=True, expect_failure=fails)

    return run


def test_without_timers_there_is_nothing_to_remove(run_timers: Callable[..., ModuleRun]) -> None:
    done = run_timers(state="absent")

    assert (done.changed, done["steps"], done["timers"]) == (False, [], [])


@pytest.mark.parametrize(
    ("options", "code"),
    [
        pytest.param({"timer_full": "daily; reboot"}, "calendar-invalid", id="no calendar expression"),
        pytest.param({"keep_full": 0}, "option-out-of-range", id="keeps nothing"),
        pytest.param({"max_incrementals": -1}, "option-out-of-range", id="fewer than none"),
        pytest.param({"verify_jobs": 0}, "option-out-of-range", id="nobody verifies"),
        pytest.param({"timer_random_delay_seconds": -1}, "option-out-of-range", id="before the time"),
        pytest.param({"name": "db1 --force"}, "invalid-cluster-name", id="no name"),
    ],
)
def test_what_makes_no_sense_is_refused_first(
    run_timers: Callable[..., ModuleRun], options: dict[str, object], code: str
) -> None:
    assert run_timers(fails=True, **options).code == code


# Where clocks change at night, and when: at 01:00, 02:00, 03:00, midnight, by half an hour, and at 24:00 of a Saturday.
ZONES = (
    "Europe/London",
    "America/New_York",
    "Europe/Helsinki",
    "Africa/Cairo",
    "Australia/Lord_Howe",
    "America/Santiago",
)


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("job", ["full", "incremental", "verify", "expire"])
def test_default_times_exist_in_every_week(job: str, zone: str) -> None:
    defaults = yaml.safe_load((CHECKOUT / "roles" / "pitr_backup" / "defaults" / "main.yml").read_text())
    command = ["systemd-analyze", "calendar", "--base-time=2026-01-01", "--iterations=400"]
    shown = subprocess.run(
        [*command, defaults[f"pitr_backup_timer_{job}"]],
        check=True,
        capture_output=True,
        text=True,
        env={"TZ": zone, "LC_ALL": "C", "PATH": "/usr/bin:/bin"},
    ).stdout
    pattern = r"^ *\(in UTC\): \w+ ([-\d]+ [:\d]+) UTC$"
    moments = [datetime.fromisoformat(each) for each in re.findall(pattern, shown, re.MULTILINE)]
    assert len(moments) >= 400
    longest = max(after - before for before, after in zip(moments, moments[1:]))
    assert longest <= (timedelta(days=7) if job in ("full", "verify") else timedelta(days=2))
