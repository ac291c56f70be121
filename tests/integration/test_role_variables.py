# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Variables of the roles, and what the modules make of them: empty answers, 0 and false, and tasks of users' own."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from support.cluster import Cluster
from support.playbook_run import PlaybookRun
from support.workbench import Workbench

ROLES = Path(__file__).resolve().parents[2] / "roles"
# Without these the tests' own places would be left for the usual ones of a host.
PLACES = {
    "pitr_cluster_data_directory",
    "pitr_cluster_bin_directory",
    "pitr_repository_path",
    "pitr_repository_install_packages",
    "pitr_agent_path",
    "pitr_agent_config_directory",
}
# Without `rollback`: there is nothing to roll back where nothing was restored.
PLAYBOOKS = ("archive", "backup", "expire", "verify", "timers", "report", "restore_point", "restore")
STRICT = {
    "ANSIBLE_DEPRECATION_WARNINGS": "true",
    "ANSIBLE_SYSTEM_WARNINGS": "true",
    # From 2.21 on, results say what a module was given only where that is asked for.
    "ANSIBLE_INJECT_INVOCATION": "true",
}


class Host:
    """One cluster with the variables that describe it, and the playbooks run on it."""

    def __init__(self, workbench: Workbench, cluster: Cluster) -> None:
        self.workbench = workbench
        self.variables = {
            "ansible_become": False,
            "ansible_async_dir": str(workbench.directory / "async"),
            "pitr_cluster_data_directory": str(cluster.data),
            "pitr_cluster_bin_directory": str(cluster.installation.bin_directory),
            "pitr_repository_path": str(workbench.directory / "repository"),
            "pitr_repository_install_packages": False,
            "pitr_agent_path": str(workbench.directory / "pgpitr"),
            "pitr_agent_config_directory": str(workbench.directory / "etc"),
        }

    def play(self, name: str, **more: Any) -> PlaybookRun:
        """A playbook of the collection; any warning of Ansible fails the test."""
        done = self.workbench.run_playbook(name, inventory={"db1": self.variables}, environment=STRICT, **more)
        assert "WARNING" not in done.stdout + done.stderr, done.describe()
        return done

    def play_tasks(self, *tasks: Mapping[str, Any], **more: Any) -> PlaybookRun:
        """A playbook of a user's own."""
        book = self.workbench.directory / f"own-{os.urandom(4).hex()}.yml"
        play = {"name": "Do something of our own", "hosts": "all", "gather_facts": False, "tasks": list(tasks)}
        book.write_text(json.dumps([play]), encoding="utf-8")
        return self.play(str(book), **more)


@pytest.fixture
def host(workbench: Workbench, cluster: Cluster) -> Host:
    return Host(workbench, cluster)


@pytest.fixture
def archived(host: Host) -> Host:
    """A host with archiving on and one backup."""
    host.play("archive", extra_vars={"pitr_archiving_allow_restart": True})
    host.play("backup")
    return host


def every_variable() -> set[str]:
    """The variables of all roles, those left out without which a test would leave its places."""
    specs = [yaml.safe_load(path.read_text()) for path in ROLES.glob("*/meta/argument_specs.yml")]
    entry_points = [point for spec in specs for point in spec["argument_specs"].values()]
    names = {name: option for point in entry_points for name, option in point["options"].items()}
    return {name for name, option in names.items() if not option.get("required")} - PLACES


def module_arguments(done: PlaybookRun) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every task that ran a module of the collection, with the options that the module took."""
    for task in done.tasks:
        if task.action.startswith("pgfleet.pitr.") and task.status == "ok":
            yield task.task, task.result["invocation"]["module_args"]


def role_of(task: str) -> str:
    """The role in the name of a task, such as `pgfleet.pitr.pitr_backup : Take the backup`."""
    return task.split(" : ", maxsplit=1)[0].rsplit(".", 1)[-1]


def only_arguments(done: PlaybookRun) -> Mapping[str, Any]:
    """The options of the one task."""
    ((_task, arguments),) = module_arguments(done)
    return arguments


@pytest.mark.versions(18)
def test_every_variable_of_every_role_may_be_empty(archived: Host) -> None:
    """In one run of all playbooks, rehearsed, against the same run in which the variables are not there."""
    wanted = {"pitr_restore_target_latest": True, "pitr_restore_point_name": "before it"}
    discover = {"name": "Discover", "hosts": "all", "gather_facts": False, "roles": ["pgfleet.pitr.pitr_cluster"]}
    imports = [{"ansible.builtin.import_playbook": f"pgfleet.pitr.{name}"} for name in PLAYBOOKS]
    book = archived.workbench.directory / "everything.yml"
    book.write_text(json.dumps([discover, *imports]), encoding="utf-8")

    unset = archived.play(str(book), extra_vars=wanted, check=True)
    emptied = archived.play(str(book), extra_vars={**dict.fromkeys(every_variable(), ""), **wanted}, check=True)

    # The playbook stream needs a unit of systemd, or a user's own supervisor: test_wal_streaming.py.
    played = {path.name for path in ROLES.iterdir()} - {"pitr_streaming"}
    assert {role_of(task) for task, _arguments in module_arguments(unset)} == played
    assert list(module_arguments(emptied)) == list(module_arguments(unset))


@pytest.mark.versions(18)
def test_null_and_omit_mean_unset_too(archived: Host) -> None:
    unset = archived.play("expire", check=True)
    null = archived.play("expire", check=True, extra_vars={"pitr_cluster_port": None, "pitr_backup_keep_days": None})
    omitted = archived.play("expire", check=True, extra_vars={"pitr_cluster_service": "{{ omit }}"})

    assert only_arguments(null) == only_arguments(omitted) == only_arguments(unset)


@pytest.mark.versions(18)
@pytest.mark.parametrize(("number", "switch"), [(0, False), ("0", "false")], ids=["typed", "as text"])
def test_zero_and_false_are_values(archived: Host, number: Any, switch: Any) -> None:
    done = archived.play(
        "backup",
        check=True,
        extra_vars={
            "pitr_cluster_port": str(archived.workbench.clusters[0].port),
            "pitr_backup_full_every_days": number,
            "pitr_backup_keep_full": "3",
            "pitr_backup_keep_days": number,
            "pitr_backup_expire_wait_seconds": number,
            "pitr_backup_expire": True,
            "pitr_backup_timers": switch,
        },
    )
    arguments = dict(module_arguments(done))

    taken = arguments["pgfleet.pitr.pitr_backup : Take a base backup into the repository and verify it"]
    assert taken["full_every_days"] == 0
    assert taken["port"] == archived.workbench.clusters[0].port
    expired = arguments["pgfleet.pitr.pitr_backup : Remove the backups and the WAL that no rule keeps"]
    assert (expired["keep_full"], expired["keep_days"], expired["wait_seconds"]) == (3, 0, 0)
    timers = arguments["pgfleet.pitr.pitr_backup : Install the timers, or remove those that were installed"]
    assert timers["state"] == "absent"
    assert not archived.play("backup", check=True, extra_vars={"pitr_backup_expire": switch}).results_of(
        "backup_expire"
    )


@pytest.mark.versions(18)
def test_module_without_from_variables_reads_none(archived: Host) -> None:
    path = archived.variables["pitr_repository_path"]
    own = {"name": "Read", "pgfleet.pitr.backup_info": {"name": "db1", "repository_path": path, "port": ""}}

    arguments = only_arguments(archived.play_tasks(own, extra_vars={"pitr_cluster_port": 1}))

    assert {name: value for name, value in arguments.items() if value} == {
        "name": "db1",
        "repository_path": path,
        "max_age_seconds": 691200,
    }


@pytest.mark.versions(18)
def test_option_of_the_task_comes_before_the_variable(archived: Host) -> None:
    own = {"from_variables": ["cluster", "repository"], "data_directory": "", "repository_mount_point": "/"}

    arguments = only_arguments(
        archived.play_tasks(
            {"name": "Read", "pgfleet.pitr.backup_info": own},
            extra_vars={"pitr_repository_mount_point": "/nowhere", "pitr_cluster_os_user": "{{ pitr_agent_path }}"},
        )
    )

    assert arguments["repository_mount_point"] == "/"
    assert arguments["data_directory"] == archived.variables["pitr_cluster_data_directory"]
    assert arguments["repository_path"] == archived.variables["pitr_repository_path"]
    assert arguments["os_user"] == archived.variables["pitr_agent_path"]
    assert arguments["name"] == "db1"


@pytest.mark.versions(18)
def test_unset_repository_is_refused_with_the_name_of_the_variable(host: Host) -> None:
    done = host.play("report", extra_vars={"pitr_repository_path": ""}, expect_failure=True)

    failure = done.failures()[0].result
    assert failure["code"] == "option-missing"
    assert "pitr_repository_path" in failure["hint"]


@pytest.mark.versions(18)
def test_unknown_group_of_variables_is_refused(host: Host) -> None:
    done = host.play_tasks(
        {"name": "Find", "pgfleet.pitr.cluster_info": {"from_variables": ["agent"]}}, expect_failure=True
    )

    assert "from_variables must be one or more of: cluster" in done.failures()[0].result["msg"]


@pytest.mark.versions(18)
def test_keywords_of_tasks_work_as_for_any_module(archived: Host) -> None:
    groups = {"from_variables": ["cluster", "repository"]}
    agent = {"from_variables": ["cluster", "repository", "agent"], "compression": "lz4"}
    done = archived.play_tasks(
        {"name": "Wait for it", "pgfleet.pitr.backup_info": groups, "async": 60, "poll": 1},
        {"name": "Read elsewhere", "pgfleet.pitr.backup_info": groups, "delegate_to": "localhost"},
        {"name": "Read twice", "pgfleet.pitr.backup_info": groups, "loop": [1, 2]},
        {"name": "Rehearse", "pgfleet.pitr.agent": agent, "check_mode": True, "diff": True},
        {
            "name": "Take defaults of a group",
            "pgfleet.pitr.backup_info": groups,
            "module_defaults": {"group/pgfleet.pitr.pitr": {"repository_mount_point": "/", "port": ""}},
        },
    )
    results = [task.result for task in done.tasks]

    assert [result["clusters"][0]["name"] for result in results[:2]] == ["db1", "db1"]
    assert [one["clusters"][0]["name"] for one in results[2]["results"]] == ["db1", "db1"]
    assert results[3]["changed"] and "lz4" in json.dumps(results[3]["diff"])
    assert "lz4" not in (archived.workbench.directory / "etc" / "db1.conf").read_text()
    assert results[4]["invocation"]["module_args"]["repository_mount_point"] == "/"
