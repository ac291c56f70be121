# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook that sets up an AWX gives the modules of awx.awx what they take."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from role_files import load
from sources import CONTROLLER_PLAYBOOK, PLAYBOOKS, text_of, yaml_files

# The options of the modules that are used, of awx.awx 24.6.1.
OPTIONS = json.loads(text_of(Path(__file__).parent / "awx_awx_24.6.1.json"))
TASKS = [task for path in yaml_files(PLAYBOOKS / "tasks" / "awx") for task in load(path)]
KINDS = ("execution_environment", "project", "credential_type", "label", "notification_template", "job_template",
         "workflow_job_template", "schedule")  # fmt: skip


def called(task):
    """The module of awx.awx that a task runs, and its arguments."""
    ((name, arguments),) = [(key, value) for key, value in task.items() if key.startswith("awx.awx.")]
    return name.rpartition(".")[2], arguments


def test_everything_is_made_before_it_is_referred_to():
    assert [called(task)[0] for task in TASKS] == list(KINDS)
    included = [task["ansible.builtin.include_tasks"] for task in load(CONTROLLER_PLAYBOOK)[0]["tasks"][1:]]
    assert included == ["tasks/awx/resources.yml", "tasks/awx/templates.yml"]


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task["name"])
def test_module_has_every_option_that_it_is_given(task):
    name, arguments = called(task)

    assert set(arguments) <= set(OPTIONS[name])


def test_nodes_of_workflows_have_what_the_module_takes():
    nodes = [node for one in load_kit("workflows") for node in one["nodes"]]

    assert {key for node in nodes for key in node} <= set(OPTIONS["workflow_nodes"])


def load_kit(name):
    """A list of the kit that has no mark which plain YAML does not know."""
    return load(PLAYBOOKS.parent / "extensions" / "awx" / f"{name}.yml")[f"pitr_awx_{name}"]


def test_every_setting_that_the_playbook_reads_is_one_of_the_kit():
    texts = "".join(text_of(path) for path in (CONTROLLER_PLAYBOOK, *yaml_files(PLAYBOOKS / "tasks" / "awx")))
    files = load(CONTROLLER_PLAYBOOK)[0]["vars_files"]
    set_by_kit = "".join(text_of((PLAYBOOKS / name).resolve()) for name in files)
    read = set(re.findall(r"pitr_awx_\w+", texts))

    assert {name for name in read if f"\n{name}:" not in set_by_kit} == set()
