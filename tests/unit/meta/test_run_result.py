# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each playbook leaves one result, made of what the roles register."""

from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.report.run_outcome import REGISTERED
from role_files import ROLE_NAMES, load
from sources import ROLES, playbooks, shown, yaml_files
from test_roles import tasks_in

# The role without a playbook.
NOT_PLAYED = "pitr_cluster"


@pytest.mark.parametrize("book", playbooks(), ids=lambda path: path.name)
def test_a_playbook_begins_and_ends_its_result_whatever_fails(book):
    (play,) = load(book)
    begin, block = play["tasks"]

    assert play["vars"] == {"pitr_run_playbook": book.stem} and book.stem in REGISTERED
    # A host that is lost while facts are gathered would be lost before the result begins.
    assert play["gather_facts"] is False
    assert begin["ansible.builtin.import_tasks"] == "tasks/begin.yml"
    # A host that is rescued counts among those that are well, and what it failed with is told by nobody.
    assert "rescue" not in block
    assert [task["ansible.builtin.import_tasks"] for task in block["always"]] == ["tasks/end.yml"]


def registered_by(path):
    """The variables that a file's tasks register."""
    return {task["register"] for task in tasks_in(load(path)) if "register" in task}


def test_results_of_a_run_are_those_that_roles_and_playbooks_register():
    roles = [path for role in ROLE_NAMES if role != NOT_PLAYED for path in yaml_files(ROLES / role / "tasks")]
    registered = set().union(*(registered_by(path) for path in (*roles, *playbooks())))

    assert {name for names in REGISTERED.values() for name in names} == registered


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
