# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each playbook leaves one result, made of what the roles register."""

from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.report.run_outcome import REGISTERED, SET
from role_files import ROLE_NAMES, load
from sources import PLAYBOOKS, ROLES, playbooks, shown, yaml_files
from test_roles import tasks_in

# What the role without a playbook registers.
NOT_PLAYED = {"pitr_cluster_info"}


# Those that look at all hosts in a play of its own, before another one changes anything.
LOOK_FIRST = {"restore", "rollback"}
PLAYS = [(book, play) for book in playbooks() for play in load(book) if "pitr_run_playbook" in play.get("vars", {})]


def test_each_playbook_has_its_plays():
    others = [play["name"] for book in playbooks() for play in load(book) if (book, play) not in PLAYS]

    books = [book for book, _play in PLAYS]
    assert {book.stem for book in books} == {book.stem for book in playbooks()}
    assert {book.stem for book in books if books.count(book) == 2} == LOOK_FIRST
    assert set(others) == {"Fail for what has failed"}


@pytest.mark.parametrize("name", sorted(LOOK_FIRST))
def test_no_batch_begins_before_all_hosts_are_looked_at(name):
    look, act, fail = load(PLAYBOOKS / f"{name}.yml")
    guards = [task["ansible.builtin.import_role"].get("tasks_from") for task in look["tasks"][1]["block"]]

    assert "serial" not in look and "serial" in act
    assert guards[0] == guards[-1] == "guard" and len(guards) == 3
    assert act["hosts"].startswith("{{ [] if ansible_check_mode")
    # A host that was rescued, so that others have their turn, fails here.
    assert fail["hosts"] == "{{ groups['pitr_run_failed'] | default([]) }}"


@pytest.mark.parametrize(("book", "play"), PLAYS, ids=lambda one: getattr(one, "stem", ""))
def test_a_playbook_begins_and_ends_its_result_whatever_fails(book, play):
    begin, block = play["tasks"]

    assert play["vars"]["pitr_run_playbook"] == book.stem and book.stem in REGISTERED
    # A host that is lost while facts are gathered would be lost before the result begins.
    assert play["gather_facts"] is False
    assert begin["ansible.builtin.import_tasks"] == "tasks/begin.yml"
    # A host that is rescued counts among those that are well, and what it failed with is told by nobody.
    assert "rescue" not in block
    assert block["always"][0]["ansible.builtin.import_tasks"] == "tasks/end.yml"
    assert [task.get("ansible.builtin.meta") for task in block["always"][1:]] in ([], ["end_play"])


def registered_by(path):
    """The variables that a file's tasks register, and those that they set for the result."""
    tasks = tasks_in(load(path))
    facts = {name for task in tasks for name in task.get("ansible.builtin.set_fact") or {}}
    return {task["register"] for task in tasks if "register" in task} | (facts & SET)


def test_results_of_a_run_are_those_that_roles_and_playbooks_register():
    roles = [path for role in ROLE_NAMES for path in yaml_files(ROLES / role / "tasks")]
    registered = set().union(*(registered_by(path) for path in (*roles, *playbooks())))

    assert {name for names in REGISTERED.values() for name in names} == registered - NOT_PLAYED


def can_fail(task):
    """Whether a task does more than show, choose or repeat a failure."""
    actions = {key.rpartition(".")[2] for key in task}
    return not actions & {"block", "debug", "fail", "set_fact", "import_tasks", "include_tasks", "include_role"}


@pytest.mark.parametrize("path", yaml_files(ROLES), ids=shown)
def test_task_that_can_fail_registers_why(path):
    tasks = tasks_in(load(path)) if "tasks" in path.parts else []
    unregistered = [task["name"] for task in tasks if can_fail(task) and "register" not in task]

    # Where that fails, the role goes on.
    assert set(unregistered) <= {"Install the library that computes checksums"}
