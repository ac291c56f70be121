# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Temporary directories on hosts whose usual places cannot be written to, are full, or run no programs."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from support.cluster import Cluster
from support.places import build_folder
from support.restoring import Site, lay_out
from support.workbench import Workbench

pytestmark = pytest.mark.versions(18)

FULL = "size=256k"
READ_ONLY = "ro"
# The system's places, and what the account calls its own; all of them hide what is there, but for what the test uses,
# such as a checkout below /tmp.
_SANDBOX = """
set -e
mount --bind /tmp /mnt
mount -t tmpfs -o mode=1777 tmpfs /tmp
printf '%s' "$KEPT" | while read -r kept; do
  mkdir -p "$kept"
  mount --bind "/mnt/${kept#/tmp/}" "$kept"
done
mount -o remount,"$SYSTEM",mode=1777 /tmp
mount -t tmpfs -o "$SYSTEM",mode=1777 tmpfs /var/tmp
[ ! -d "$ACCOUNT_HOME" ] || mount -t tmpfs -o ro tmpfs "$ACCOUNT_HOME"
[ -z "$GIVEN_AS" ] || mount -t tmpfs -o "$GIVEN_AS",mode=1777 tmpfs "$TMPDIR"
exec setpriv --reuid="$ACCOUNT" --regid="$GROUP" --clear-groups "$@"
"""


@pytest.fixture
def site(workbench: Workbench, cluster: Cluster, repository: Path) -> Site:
    site = Site.make(workbench, cluster, repository)
    lay_out(site)
    return site


def run(site: Site, *arguments: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """The program, as the cluster's account."""
    argv = [site.options["agent_path"], *arguments, "--config-directory", site.options["config_directory"]]
    return site.cluster.os_user.run(argv, check=False, extra_environment=environment)


def run_on_a_host(
    site: Site, *arguments: str, system: str, given: Path | None = None, given_as: str = ""
) -> subprocess.CompletedProcess[str]:
    """The same where /tmp and /var/tmp are file systems with these options, and so is the directory ``given``."""
    user = site.cluster.os_user
    kept = [str(path) for path in (site.workbench.directory, build_folder()) if Path("/tmp") in path.parents]
    known = {"KEPT": "".join(f"{path}\n" for path in kept), "SYSTEM": system, "GIVEN_AS": given_as}
    account = {"ACCOUNT": str(user.uid), "GROUP": str(user.gid), "ACCOUNT_HOME": user.home}
    environment = {**user.environment(), **known, **account, "TMPDIR": str(given or "")}
    argv = [site.options["agent_path"], *arguments, "--config-directory", site.options["config_directory"]]
    sandbox = ["unshare", "--mount", "sh", "-c", _SANDBOX, "sh", *argv]
    return subprocess.run(sandbox, env=environment, cwd="/", capture_output=True, text=True, timeout=120, check=False)


# Whatever needs a temporary directory, and what each says when it is done.
COMMANDS = {
    ("info",): "db1",
    ("verify", "--cluster", "db1"): "no problems",
    ("restore", "--plan", "--cluster", "db1", "--latest"): "timeline",
}


def assert_all_work(attempt: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    for command in COMMANDS:
        done = attempt(*command)
        assert (done.returncode, "Traceback" in done.stderr) == (0, False), (command, done.stdout, done.stderr)


@contextmanager
def odd_places(site: Site) -> Iterator[dict[str, str]]:
    """What TMPDIR may be set to, by what is wrong with it."""
    here = site.workbench.make_directory("places")
    file, closed, others, gone = (here / name for name in ("a file", "closed", "another's", "gone"))
    file.touch()
    closed.mkdir(mode=0o500)
    site.cluster.os_user.own(closed)
    others.mkdir(mode=0o700)
    gone_link = here / "a link to nowhere"
    gone_link.symlink_to(gone)
    yield {
        "missing": str(gone),
        "a link to nowhere": str(gone_link),
        "relative": "tmp",
        "empty": "",
        "a file": str(file),
        "read-only to its owner": str(closed),
        "another user's": str(others) if os.geteuid() == 0 else str(closed),
        "a name with a line break": f"{here}/a\nb",
    }


def test_variable_that_leads_to_no_usable_place(site: Site) -> None:
    with odd_places(site) as places:
        for wrong, path in places.items():
            environment = {"TMPDIR": path, "TEMP": path, "TMP": path}
            planned = site.workbench.run_module(
                "restore", {**site.options, "state": "planned", "target_latest": True}, environment=environment
            )
            assert planned.changed, wrong
            told = run(site, "info", environment=environment)
            assert (told.returncode, told.stderr) == (0, ""), wrong


def test_server_that_was_started_with_such_a_variable_archives_and_recovers(site: Site) -> None:
    """What PostgreSQL starts has its environment."""
    with odd_places(site) as places:
        environment = {"TMPDIR": places["another user's"], "TEMP": places["missing"], "TMP": places["relative"]}
    cluster = site.cluster
    cluster.stop()
    start = [cluster.program("pg_ctl"), "-D", cluster.data, "start", "-l", cluster.log, "-w"]
    cluster.os_user.run(start, extra_environment=environment)
    site.insert(6)
    site.archive_all()
    assert cluster.value("SELECT failed_count FROM pg_stat_archiver") == 0
    given = {**site.options, "target_latest": True, "confirm": "db1@latest"}
    site.workbench.run_module("restore", given, environment=environment)
    site.workbench.run_module("recovery", site.recovery_options, environment=environment)
    assert site.rows() == [0, 1, 2, 3, 4, 5, 6]


@pytest.mark.needs_root
@pytest.mark.parametrize("system", [READ_ONLY, FULL, "noexec,nosuid,nodev"], ids=["read-only", "full", "noexec"])
def test_system_directories_that_are_of_no_use(site: Site, system: str) -> None:
    given = site.workbench.make_directory("room") if system != "noexec,nosuid,nodev" else None
    assert_all_work(lambda *command: run_on_a_host(site, *command, system=system, given=given))


@pytest.mark.needs_root
@pytest.mark.parametrize("given_as", [READ_ONLY, FULL, "size=4m"], ids=["read-only", "full", "small"])
def test_place_of_the_environment_that_is_of_no_use(site: Site, given_as: str) -> None:
    given = site.workbench.make_directory("given")
    assert_all_work(lambda *command: run_on_a_host(site, *command, system="size=1g", given=given, given_as=given_as))


@pytest.mark.needs_root
@pytest.mark.parametrize("system", [READ_ONLY, FULL], ids=["read-only", "full"])
def test_nowhere_is_told_with_what_to_set(site: Site, system: str) -> None:
    pid = site.cluster.postmaster_pid()
    for command in COMMANDS:
        done = run_on_a_host(site, *command, system=system)
        assert "Traceback" not in done.stderr, command
        if command == ("info",):
            continue
        assert done.returncode == 1, (command, done.stdout, done.stderr)
        assert "[scratch-missing]" in done.stderr and "HINT: Set TMPDIR" in done.stderr, command
    assert site.cluster.postmaster_pid() == pid
