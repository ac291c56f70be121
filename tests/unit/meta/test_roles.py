# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Roles: defaults are documented and their specs agree; no logic, no shell, nothing ignored (STYLE rules 23 to 27)."""

from __future__ import annotations

import re
from typing import Any

import pytest
from role_files import ROLE_NAMES, defaults_of, load, options_of, task_files
from sources import CONTROLLER_PLAYBOOK, PLAYBOOKS, ROLES, playbooks, shown, text_of, yaml_files

FORBIDDEN_ACTIONS = {"shell", "command", "raw", "script", "expect", "pause"}
BLOCK_KEYS = ("block", "rescue", "always")
# They look, and then change what they saw: two at once for one host fail, or lose what the other has written.
NOT_AT_ONCE = {"user", "group", "lineinfile", "blockinfile", "package"}


def owners_of(name: str) -> set[str]:
    """The role that a variable is named after, if it has the variable; the others only read it."""
    return {role for role in ROLE_NAMES if name.startswith(f"{role}_") and name in options_of(role)}


def own_options(role: str) -> dict[str, Any]:
    """The options that must have a default here: not required, and not a description that several roles read."""
    return {
        name: option
        for name, option in options_of(role).items()
        if name.startswith(f"{role}_") and not option.get("required")
    }


def tasks_in(document: Any) -> list[dict[str, Any]]:
    """Every task of a task file or playbook, those in blocks included."""
    found: list[dict[str, Any]] = []
    for entry in document or []:
        found.append(entry)
        for key in (*BLOCK_KEYS, "pre_tasks", "tasks", "post_tasks", "handlers"):
            found += tasks_in(entry.get(key))
    return found


def forbidden_in(task: dict[str, Any]) -> list[str]:
    """What a task must not do."""
    wrong = [name for name in task if name.rsplit(".", 1)[-1] in FORBIDDEN_ACTIONS]
    if task.get("ignore_errors", False) is not False:
        wrong.append("ignore_errors")
    if task.get("failed_when", True) in (False, [False], "false"):
        wrong.append("failed_when without a condition")
    if "vars_prompt" in task:
        wrong.append("vars_prompt")
    return wrong


def at_once_in(tasks: list[dict[str, Any]], *, delegated: bool = False) -> list[str]:
    """The tasks that many hosts do for one other host, at the same time, with a module that does not bear it."""
    wrong: list[str] = []
    for task in tasks:
        elsewhere = delegated or "delegate_to" in task
        for key in BLOCK_KEYS:
            wrong += at_once_in(task.get(key, []), delegated=elsewhere)
        if elsewhere and {name.rsplit(".", 1)[-1] for name in task} & NOT_AT_ONCE and task.get("throttle") != 1:
            wrong.append(task["name"])
    return wrong


def undocumented(text: str) -> list[str]:
    """The defaults without a comment right above them."""
    lines = text.splitlines()
    names = [(number, found.group(1)) for number, line in enumerate(lines) if (found := re.match(r"(\w+):", line))]
    return [name for number, name in names if number == 0 or not lines[number - 1].startswith("# ")]


@pytest.mark.parametrize("role", ROLE_NAMES)
def test_defaults_and_specs_name_the_same_variables(role):
    assert set(defaults_of(role)) == set(own_options(role))


@pytest.mark.parametrize("role", ROLE_NAMES)
def test_defaults_and_specs_have_the_same_values(role):
    assert defaults_of(role) == {name: option.get("default") for name, option in own_options(role).items()}


@pytest.mark.parametrize("role", ROLE_NAMES)
def test_what_several_roles_read_has_no_default_of_its_own(role):
    wrong = [name for name, option in options_of(role).items() if name not in own_options(role) and "default" in option]

    assert wrong == []


@pytest.mark.parametrize("role", ROLE_NAMES)
def test_options_of_other_roles_are_described_as_there(role):
    def form(option: dict[str, Any]) -> tuple[Any, Any]:
        return option["type"], option.get("choices")

    shared = {name: option for name, option in options_of(role).items() if not name.startswith(f"{role}_")}

    wrong = [
        f"{name}: {form(option)} here, {form(options_of(owner)[name])} in {owner}"
        for name, option in shared.items()
        for owner in owners_of(name)
        if form(option) != form(options_of(owner)[name])
    ]
    assert wrong == []
    assert [name for name, option in shared.items() if "default" in option] == []


@pytest.mark.parametrize("role", ROLE_NAMES)
def test_every_default_says_what_it_means(role):
    path = ROLES / role / "defaults" / "main.yml"

    assert undocumented(text_of(path) if path.exists() else "") == []


@pytest.mark.parametrize("role", ROLE_NAMES)
def test_every_option_is_described_and_typed(role):
    wrong = [name for name, spec in options_of(role).items() if not (spec.get("description") and spec.get("type"))]

    assert wrong == []


@pytest.mark.parametrize("role", ROLE_NAMES)
def test_every_variable_of_users_begins_with_pitr(role):
    assert [name for name in options_of(role) if not name.startswith("pitr_")] == []


def test_no_task_runs_a_shell_or_hides_a_failure():
    wrong = {
        f"{shown(path)}: {task.get('name', '?')}": forbidden_in(task)
        for path in task_files()
        for task in tasks_in(load(path))
        if forbidden_in(task)
    }

    assert wrong == {}


@pytest.mark.parametrize("path", task_files(), ids=shown)
def test_what_many_hosts_change_on_another_one_they_change_in_turn(path):
    assert at_once_in(load(path)) == []


def test_there_is_a_role_and_a_playbook_to_hold_to_the_rules():
    assert ROLE_NAMES
    assert yaml_files(PLAYBOOKS)


@pytest.mark.parametrize("book", [*playbooks(), CONTROLLER_PLAYBOOK], ids=lambda path: path.name)
def test_a_playbook_opens_with_what_it_does_and_how_to_rehearse_it(book):
    opening = text_of(book).split("- name:", 1)[0]

    assert "--check" in opening
    assert len([line for line in opening.splitlines() if line.startswith("#")]) >= 5


@pytest.mark.parametrize(
    "task",
    [
        {"ansible.builtin.shell": "true"},
        {"command": "true"},
        {"ansible.builtin.pause": {}},
        {"ansible.builtin.debug": {}, "ignore_errors": True},
        {"ansible.builtin.debug": {}, "failed_when": False},
        {"hosts": "all", "vars_prompt": []},
    ],
)
def test_a_forbidden_task_is_noticed(task):
    assert forbidden_in(task)


@pytest.mark.parametrize(
    "task",
    [
        {"name": "x", "ansible.builtin.user": {}, "delegate_to": "keeper"},
        {"delegate_to": "keeper", "block": [{"name": "x", "ansible.builtin.lineinfile": {}}]},
    ],
)
def test_a_task_that_many_hosts_do_at_once_is_noticed(task):
    assert at_once_in([task]) == ["x"]


def test_a_task_inside_a_block_is_found():
    assert {"name": "x"} in tasks_in([{"block": [{"block": [], "rescue": [{"name": "x"}]}]}])


def test_a_default_without_a_comment_is_noticed():
    assert undocumented("# meaning\na: 1\n\nb: 2\n# meaning\nc:\n  - 1\n") == ["b"]
