# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts that were taken over answer with facts that have the names of our variables: Ansible believes them first."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml
from support.places import CHECKOUT
from support.workbench import Workbench

LIE = """#!/usr/bin/python
import json
print(json.dumps({"changed": False, "ansible_facts": {"pitr_repository_path": "/etc"}}))
"""
PREPARE = CHECKOUT / "roles" / "pitr_repository" / "tasks" / "prepare_host.yml"
READ = {"name": "Read", "pgfleet.pitr.backup_info": {"from_variables": ["repository"], "name": "db1"}}


def run(workbench: Workbench, *tasks: Any, hosts: dict[str, Any]) -> Any:
    """The run in which these tasks follow one another for the host db1, and the last fails."""
    play = [{"name": "Believe", "hosts": "db1", "gather_facts": False, "tasks": [*tasks]}]
    book = workbench.directory / "believe.yml"
    book.write_text(json.dumps(play), encoding="utf-8")
    return workbench.run_playbook(str(book), inventory=hosts, expect_failure=True)


@pytest.mark.parametrize("lying", [{}, {"delegate_to": "keeper"}], ids=["database's host", "repository's host"])
@pytest.mark.parametrize("delegate", [{}, {"delegate_to": "keeper"}], ids=["for itself", "for the other host"])
def test_no_variable_of_ours_is_taken_from_a_host(
    workbench: Workbench, lying: dict[str, str], delegate: dict[str, str]
) -> None:
    library = workbench.make_directory("library")
    (library / "lie.py").write_text(LIE, encoding="utf-8")
    tasks = ({"name": "Ask a host", "lie": {}, **lying}, {**READ, **delegate})
    done = run(workbench, *tasks, hosts={"db1": {"pitr_repository_path": "/srv/inventory"}, "keeper": {}})
    result = done.tasks[-1].result
    assert (result.get("code"), "pitr_repository_path" in result["msg"]) == ("variable-is-a-fact", True), result


def test_answer_to_a_task_of_ours_sets_no_variable_of_ours(workbench: Workbench) -> None:
    """The answer of the database's host, which has made its key, comes before the first change on the repository's."""
    answer = {"changed": False, "public_key": "ssh-ed25519 AAAA", "ansible_facts": {"pitr_repository_path": "/etc"}}
    liar = workbench.directory / "python"
    liar.write_text(f"#!/bin/sh\necho '{json.dumps(answer)}'\n", encoding="utf-8")
    liar.chmod(0o755)
    first = yaml.safe_load(PREPARE.read_text(encoding="utf-8"))[0]
    own = {"ansible_python_interpreter": str(liar), "pitr_repository_key_comment": "x"}
    done = run(workbench, first, hosts={"db1": {"pitr_repository_path": "/srv/inventory", **own}})
    result = done.tasks[-1].result
    assert (result.get("code"), "pitr_repository_path" in result["msg"]) == ("variable-is-a-fact", True), result


def test_variable_that_a_play_sets_is_one(workbench: Workbench) -> None:
    mine = {"name": "Set", "ansible.builtin.set_fact": {"pitr_repository_path": "/srv/set"}}
    done = run(workbench, mine, READ, hosts={"db1": {"pitr_repository_path": "/srv/inventory"}})
    result = done.tasks[-1].result
    assert (result["code"], "/srv/set" in result["msg"]) == ("repository-missing", True), result
