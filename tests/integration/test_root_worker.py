# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Modules that root runs: the work is the account's for good, and nobody else's files and programs are followed."""

from __future__ import annotations

import json
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Damaged
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.privilege.account import Account
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.privilege.door import RootDoor
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.privilege.root import (
    START_SERVER,
    TELL,
    ask_root,
    has_root,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.privilege.worker import WorkerCrashed, work_as
from support.root_door import own

pytestmark = [pytest.mark.needs_root, pytest.mark.versions(15)]

# Tries to become root again in every way that a process has, and prints what it is.
BACK = """
import ctypes, os, sys
for way in (lambda: os.setuid(0), lambda: os.seteuid(0), lambda: os.setreuid(0, 0), lambda: os.setresuid(0, 0, 0),
            lambda: os.setgid(0), lambda: os.setegid(0), lambda: os.setgroups([0])):
    try:
        way()
    except OSError:
        continue
    sys.exit("became root")
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
print(status["Uid"].split(), status["Gid"].split(), status["CapEff"].strip(), status["CapPrm"].strip(),
      status["NoNewPrivs"].strip())
"""


@pytest.fixture
def strangers() -> Iterator[Path]:
    """A directory of another local user in /tmp."""
    directory = Path(tempfile.mkdtemp(prefix="pitr-strange-"))
    somebody = pwd.getpwnam("nobody")
    os.chown(directory, somebody.pw_uid, somebody.pw_gid)
    directory.chmod(0o755)
    yield directory
    shutil.rmtree(directory)


def status_of_child() -> str:
    done = subprocess.run([sys.executable, "-IS", "-c", BACK], capture_output=True, text=True, check=False)
    return done.stdout.strip() or done.stderr


def test_worker_and_its_children_never_become_root_again(account: Account) -> None:
    uids, gids = [str(account.uid)] * 4, [str(account.gid)] * 4
    expected = f"{uids} {gids} {'0' * 16} {'0' * 16} 1"
    assert work_as(account, status_of_child, door=RootDoor(account)) == expected

    def within() -> list[Any]:
        refused = []
        for way in (os.setuid, os.seteuid, os.setgid, os.setegid):
            try:
                way(0)
            except PermissionError:
                refused.append(way.__name__)
        return [
            refused,
            os.getresuid(),
            os.getresgid(),
            os.getgroups(),
            os.environ["USER"],
            os.access("/etc/shadow", 4),
        ]

    refused, uid, gid, groups, user, may_read = work_as(account, within, door=RootDoor(account))
    assert refused == ["setuid", "seteuid", "setgid", "setegid"]
    assert (uid, gid) == ([account.uid] * 3, [account.gid] * 3)
    assert groups == os.getgrouplist(account.name, account.gid)
    assert (user, may_read) == ("nobody", False)
    assert os.geteuid() == 0 and not has_root()


def test_setuid_program_gives_the_worker_nothing(account: Account, tmp_path: Path) -> None:
    os.chmod(tmp_path, 0o755)
    program = Path(tempfile.mkdtemp(prefix="pitr-suid-"))
    try:
        program.chmod(0o755)
        shutil.copy("/usr/bin/id", program / "id")
        (program / "id").chmod(0o4755)

        def effective_uid() -> str:
            return subprocess.run([program / "id", "-u"], capture_output=True, text=True, check=True).stdout.strip()

        assert work_as(account, effective_uid, door=RootDoor(account)) == str(account.uid)
    finally:
        shutil.rmtree(program)


def test_secrets_of_roots_environment_stay_with_root(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    """As root's shell has them: whatever the account starts, and reads of its processes, could tell them."""
    for name in ("VAULT_TOKEN", "TMPDIR", "PGPASSWORD", "LC_ALL"):
        monkeypatch.setenv(name, "canary")

    def environment() -> dict[str, str]:
        told = subprocess.run(["/usr/bin/env", "-0"], capture_output=True, text=True, check=True).stdout
        return dict(line.split("=", 1) for line in told.split("\0") if line)

    found = work_as(account, environment, door=RootDoor(account))
    assert {name for name, value in found.items() if value == "canary"} == {"PGPASSWORD", "LC_ALL"}
    assert (found["PATH"], found["HOME"], found["USER"]) == (os.environ["PATH"], account.home, account.name)


@pytest.mark.parametrize("is_open", [True, False])
def test_directory_for_temporary_files_is_kept_where_the_account_may_write(
    is_open: bool, account: Account, roots: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a refusal advises for a host whose /tmp is small; root's own may be closed to all others."""
    place = roots / "temporary"
    if is_open:
        own(place, account)
    else:
        place.mkdir(mode=0o700)
    monkeypatch.setenv("TMPDIR", str(place))
    found = work_as(account, lambda: os.environ.get("TMPDIR", ""), door=RootDoor(account))
    assert found == (str(place) if is_open else "")


def test_server_is_started_as_the_account_and_may_use_sudo(account: Account) -> None:
    def start() -> str:
        answer = ask_root(START_SERVER, argv=[sys.executable, "-IS", "-c", BACK], environment={}, timeout_seconds=30)
        return str(answer[2]).strip() or str(answer[3])

    uids, gids = [str(account.uid)] * 4, [str(account.gid)] * 4
    assert work_as(account, start, door=RootDoor(account)) == f"{uids} {gids} {'0' * 16} {'0' * 16} 0"


def test_worker_says_what_it_found_and_why_it_failed(account: Account) -> None:
    told: list[str] = []

    def act() -> dict[str, Any]:
        ask_root(TELL, line="half way")
        return {"name": "\udcff", "count": 3}

    assert work_as(account, act, door=RootDoor(account, tell=told.append)) == {"name": "\udcff", "count": 3}
    assert told == ["half way"]

    def fail() -> None:
        error = Damaged("it is damaged", code="backup-damaged", hint="Take another.")
        error.values = {"findings": [1]}  # type: ignore[attr-defined]
        raise error

    with pytest.raises(Damaged) as caught:
        work_as(account, fail, door=RootDoor(account))
    assert (caught.value.code, caught.value.hint, caught.value.values) == (  # type: ignore[attr-defined]
        "backup-damaged", "Take another.", {"findings": [1]},
    )  # fmt: skip


@pytest.mark.parametrize("way", ["bug", "killed", "nonsense"])
def test_worker_that_comes_to_a_bad_end_is_told(account: Account, way: str) -> None:
    def act() -> object:
        if way == "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        if way == "nonsense":
            return object()
        return 1 / 0

    with pytest.raises(WorkerCrashed) as caught:
        work_as(account, act, door=RootDoor(account))
    assert {"bug": "ZeroDivisionError", "killed": "killed", "nonsense": "TypeError"}[way] in str(caught.value)


def fake_cluster(directory: Path, canary: Path) -> Path:
    """What looks like a data directory, with programs of its owner that say as whom they were started."""
    data, programs = directory / "data", directory / "bin"
    (data / "global").mkdir(parents=True)
    (data / "pg_tblspc").mkdir()
    programs.mkdir()
    (data / "PG_VERSION").write_text("15\n", encoding="ascii")
    (data / "global" / "pg_control").write_bytes(bytes(8192))
    (data / "postgresql.conf").touch()
    (data / "postmaster.opts").write_text(f'{programs}/postgres "-D" "{data}"\n', encoding="ascii")
    for name in ("postgres", "pg_controldata", "pg_ctl"):
        (programs / name).write_text(
            f'#!/bin/sh\nid -u >> "{canary}"\necho "postgres (PostgreSQL) 15.1"\n', encoding="ascii"
        )
        (programs / name).chmod(0o755)
    somebody = pwd.getpwnam("nobody")
    for path in (directory, *directory.rglob("*")):
        os.chown(path, somebody.pw_uid, somebody.pw_gid)
    return data


def test_programs_beside_a_strangers_data_directory_are_never_roots(strangers: Path, run_module) -> None:
    canary = strangers / "canary"
    data = fake_cluster(strangers, canary)
    shutil.copy("/usr/bin/sleep", strangers / "postgres")
    runs = subprocess.Popen(
        [strangers / "postgres", "300"], cwd=data, user="nobody", group="nogroup", stdout=subprocess.DEVNULL
    )
    (data / "postmaster.pid").write_text(f"{runs.pid}\n{data}\n1\n5499\n/tmp\n*\n0\nready\n", encoding="ascii")
    try:
        found = run_module("cluster_info", {}, as_root=True)
        assert str(data) not in json.dumps(found["clusters"])
        # One process of each user is named, which may be one in a container of this machine.
        assert any(f"of user id {pwd.getpwnam('nobody').pw_uid} is called" in problem for problem in found["problems"])
        assert not canary.exists()
    finally:
        runs.kill()
        runs.wait()


def test_programs_of_a_named_data_directory_get_its_owners_rights(strangers: Path, run_module) -> None:
    canary = strangers / "canary"
    data = fake_cluster(strangers, canary)
    run_module("cluster_info", {"data_directory": str(data)}, as_root=True, expect_failure=True)
    assert set(canary.read_text(encoding="ascii").split()) == {str(pwd.getpwnam("nobody").pw_uid)}


@pytest.mark.parametrize("options", [{}, {"os_user": "root"}], ids=["found", "named"])
def test_data_directory_of_roots_gives_nobody_roots_rights(
    strangers: Path, run_module, options: dict[str, str]
) -> None:
    canary = strangers / "canary"
    data = fake_cluster(strangers, canary)
    for path in (data, *data.rglob("*")):
        os.chown(path, 0, 0)
    done = run_module("cluster_info", {"data_directory": str(data), **options}, as_root=True, expect_failure=True)
    assert done.code in ("os-user-mismatch", "os-user-is-root")
    assert not canary.exists()


def test_configuration_that_others_can_change_makes_root_nobody(strangers: Path, run_module, repository) -> None:
    config = strangers / "db1.conf"
    config.write_text(f"repository_path = {repository}\nos_user = postgres\ndata_directory = /x\n", encoding="ascii")
    os.chown(config, pwd.getpwnam("nobody").pw_uid, 0)
    options = {"name": "db1", "repository_path": str(repository), "config_directory": str(strangers), "confirm": "x"}
    done = run_module("restore", {**options, "target_latest": True}, as_root=True, expect_failure=True)
    assert done.code == "config-not-trusted"


def test_program_is_installed_only_where_root_alone_can_change_it(
    strangers: Path, cluster, run_module, repository
) -> None:
    options = {
        "name": "db1",
        "repository_path": str(repository),
        "data_directory": str(cluster.data),
        "agent_path": str(strangers / "pgpitr"),
        "config_directory": str(strangers / "etc"),
    }
    done = run_module("agent", options, as_root=True, expect_failure=True)
    assert done.code == "place-not-trusted"
    assert not (strangers / "pgpitr").exists()
