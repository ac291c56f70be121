# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module `agent`: the program, its configuration and the repository's directory on a host."""

from __future__ import annotations

import hashlib
import os
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.archive import Archive
from support.cluster import Cluster
from support.module_run import ModuleRun
from support.workbench import Workbench

pytestmark = pytest.mark.versions(15)


@pytest.fixture
def archive(make_cluster: Callable[..., Cluster], workbench: Workbench) -> Archive:
    """A stopped cluster, and paths for what the module installs."""
    return Archive(workbench, make_cluster(start=False, directory_name="it's data"))


@pytest.fixture
def run_agent(archive: Archive, workbench: Workbench) -> Callable[..., ModuleRun]:
    """Runs the module for that cluster: `run_agent(check=True, compression="none")`."""

    def run(*, check: bool = False, expect_failure: bool = False, as_root: bool = False, **changes: Any) -> ModuleRun:
        arguments = {**archive.agent_arguments(), **changes}
        return workbench.run_module("agent", arguments, check=check, expect_failure=expect_failure, as_root=as_root)

    return run


def give_to_root(archive: Archive, disk: Path) -> None:
    """Let program and configuration lie where root alone can change them."""
    os.chown(disk, 0, 0)
    archive.program, archive.config_directory = disk / "it's bin" / "pgpitr", disk / "it's 100% etc"


def tree(directory: Path) -> dict[str, Any]:
    """Everything below a directory: kind, mode, owner, time and content."""
    found: dict[str, Any] = {}
    for path in sorted(directory.rglob("*")):
        facts = path.lstat()
        content = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
        found[str(path)] = (facts.st_mode, facts.st_uid, facts.st_gid, facts.st_mtime_ns, content)
    return found


def assert_same_tree(before: dict[str, Any], after: dict[str, Any]) -> None:
    """Say which paths differ, and not the thousand that do not."""
    differing = sorted(path for path in before.keys() | after.keys() if before.get(path) != after.get(path))
    assert differing == []


def test_first_run_installs_and_second_changes_nothing(
    archive: Archive, run_agent: Callable[..., ModuleRun], workbench: Workbench
) -> None:
    before = tree(workbench.directory)
    planned = run_agent(check=True)
    assert_same_tree(before, tree(workbench.directory))
    done = run_agent()
    assert planned.changed and done.changed
    assert planned["steps"] == done["steps"]
    assert planned["diff"] == done["diff"]
    assert "repository_path = " in done["diff"]["after"]
    installed = tree(workbench.directory)
    assert not run_agent().changed
    assert not run_agent(check=True).changed
    assert_same_tree(installed, tree(workbench.directory))
    assert stat.S_IMODE(archive.repository.stat().st_mode) == 0o700
    assert stat.S_IMODE(archive.program.stat().st_mode) == 0o755
    assert stat.S_IMODE((archive.config_directory / "db1.conf").stat().st_mode) == 0o640


def test_installed_program_runs_without_the_collection(archive: Archive, run_agent: Callable[..., ModuleRun]) -> None:
    done = run_agent()
    said = archive.os_user.run([archive.program, "version"]).stdout
    assert said == f"pgpitr {done['version']}\n"
    assert archive.program.read_bytes().startswith(b"#!" + done["python"].encode() + b" -IS")


def test_changed_configuration_and_older_program_are_replaced(
    archive: Archive, run_agent: Callable[..., ModuleRun]
) -> None:
    run_agent()
    assert [step.split(" (")[0] for step in run_agent(compression="none")["steps"]] == [
        f"write {archive.config_directory}/db1.conf"
    ]
    assert "compression = none" in (archive.config_directory / "db1.conf").read_text(encoding="utf-8")
    archive.program.write_bytes(archive.program.read_bytes()[:-5000])
    archive.program.chmod(0o700)
    upgraded = run_agent(compression="none")
    assert [step.split(" (")[0] for step in upgraded["steps"]] == [f"write {archive.program}"]
    assert archive.os_user.run([archive.program, "version"]).returncode == 0
    assert not run_agent(compression="none").changed


def test_removal_leaves_the_repository_and_other_clusters(
    archive: Archive, run_agent: Callable[..., ModuleRun]
) -> None:
    run_agent()
    run_agent(name="db2")
    planned = run_agent(check=True, state="absent")
    removed = run_agent(state="absent")
    assert planned["steps"] == removed["steps"] == [f"remove {archive.config_directory}/db1.conf"]
    assert archive.program.exists()
    last = run_agent(state="absent", name="db2")
    assert [step.split("/")[-1] for step in last["steps"]] == ["db2.conf", "pgpitr"]
    assert archive.repository.is_dir()
    assert not archive.program.exists()
    assert not run_agent(state="absent", name="db2").changed


@pytest.mark.needs_root
def test_root_installs_for_the_clusters_user(
    disk: Path, archive: Archive, run_agent: Callable[..., ModuleRun], workbench: Workbench
) -> None:
    give_to_root(archive, disk)
    done = run_agent(as_root=True)
    config, user = archive.config_directory / "db1.conf", archive.os_user
    assert done.changed
    assert not run_agent(as_root=True).changed
    assert (archive.program.stat().st_uid, archive.repository.stat().st_uid) == (0, user.uid)
    assert (config.stat().st_uid, config.stat().st_gid, stat.S_IMODE(config.stat().st_mode)) == (0, user.gid, 0o640)
    # Readable for the cluster's user, and changed by root alone.
    assert archive.os_user.run(["cat", config]).stdout.count("repository_path")
    assert archive.os_user.run(["sh", "-c", f'echo >> "{config}"'], check=False).returncode != 0
    workbench.os_user.run([archive.program, "version"])


@pytest.mark.needs_root
def test_repository_of_another_user_is_refused(
    disk: Path, archive: Archive, run_agent: Callable[..., ModuleRun]
) -> None:
    give_to_root(archive, disk)
    archive.repository.mkdir()
    for mode, code in ((0o755, "repository-not-writable"), (0o700, "repository-not-readable")):
        archive.repository.chmod(mode)
        assert run_agent(as_root=True, expect_failure=True).code == code
    assert not archive.program.exists()


BAD_INPUT: tuple[tuple[dict[str, str], str], ...] = (
    ({"repository_path": "{data}/repository"}, "repository-inside-data-directory"),
    ({"repository_path": "{data}"}, "repository-inside-data-directory"),
    ({"repository_path": "{base}/link/x"}, "repository-inside-data-directory"),
    ({"repository_path": "{base}/space/x"}, "repository-inside-tablespace"),
    ({"repository_path": "relative"}, "path-not-absolute"),
    ({"repository_mount_point": "{base}"}, "repository-not-mounted"),
    ({"repository_host": "no.such.host.invalid"}, "repository-unreachable"),
    ({"name": "a/b"}, "invalid-cluster-name"),
    ({"name": ""}, "invalid-cluster-name"),
    ({"data_directory": "{base}/none"}, "data-directory-missing"),
    ({"data_directory": "{base}"}, "data-directory-invalid"),
    ({"agent_path": "{data}/PG_VERSION/x"}, "write-failed"),
)


def test_bad_input_is_refused_before_anything_changes(
    archive: Archive, run_agent: Callable[..., ModuleRun], workbench: Workbench
) -> None:
    base = archive.cluster.base
    (base / "link").symlink_to(archive.cluster.data)
    (base / "space").mkdir()
    (base / "space").chmod(0o755)
    (archive.cluster.data / "pg_tblspc" / "16400").symlink_to(base / "space")
    before = tree(workbench.directory)
    for changes, code in BAD_INPUT:
        filled = {key: text.format(data=archive.cluster.data, base=base) for key, text in changes.items()}
        failed = run_agent(expect_failure=True, **filled)
        assert failed.code == code, failed.describe()
        assert failed["msg"] and failed["hint"], failed.describe()
        assert_same_tree(before, tree(workbench.directory))


def test_program_is_the_same_through_ansible_playbook(
    archive: Archive, run_agent: Callable[..., ModuleRun], workbench: Workbench
) -> None:
    run_agent()
    again = workbench.run_module_by_playbook("agent", archive.agent_arguments())
    assert again["steps"] == []
    assert again["changed"] is False


def test_interpreter_that_is_gone_stops_a_recovery(archive: Archive, run_agent: Callable[..., ModuleRun]) -> None:
    run_agent()
    content = archive.program.read_bytes()
    archive.program.write_bytes(content.replace(b"#!/", b"#!/none/", 1))
    done = subprocess.run(["sh", "-c", f'"{archive.program}" archive-get'], check=False, capture_output=True)
    assert done.returncode > 125
