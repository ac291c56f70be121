# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Modules' documentation says what their argument specs do, and their examples are whole tasks (STYLE rule 28)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import yaml
from module_specs import MODULE_NAMES, argument_spec
from sources import CHECKOUT

TASK_KEYWORDS = {
    "name", "when", "register", "loop", "become", "become_user", "delegate_to", "run_once", "vars", "tags", "no_log",
    "check_mode", "diff", "changed_when", "failed_when", "until", "retries", "delay", "notify", "module_defaults",
    "ansible.builtin.debug", "ansible.builtin.assert",
}  # fmt: skip
# A path on a target is text to people: documentation writes `path`, as the spec does.
COMPARED_KEYS = ("type", "default", "choices", "elements", "required")


@cache
def documentation() -> Mapping[str, Any]:
    """What ansible-doc says about every module, fragments merged in."""
    with TemporaryDirectory() as folder:
        place = Path(folder) / "ansible_collections" / "pgfleet" / "pitr"
        place.parent.mkdir(parents=True)
        place.symlink_to(CHECKOUT)
        argv = [sys.executable, "-m", "ansible", "doc", "-t", "module", "--json"]
        environment = {**os.environ, "ANSIBLE_COLLECTIONS_PATH": folder, "ANSIBLE_HOME": folder, "LC_ALL": "C.UTF-8"}
        names = [f"pgfleet.pitr.{name}" for name in MODULE_NAMES]
        done = subprocess.run([*argv, *names], env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.fail(f"ansible-doc failed: {done.stderr}")
    return {name.rsplit(".", 1)[-1]: doc for name, doc in json.loads(done.stdout).items()}


def comparable(option: Mapping[str, Any]) -> dict[str, Any]:
    """The parts of an option that documentation and spec both state."""
    stated = {key: option.get(key) for key in COMPARED_KEYS}
    return {**stated, "type": stated["type"] or "str", "required": bool(stated["required"])}


def differences(documented: Mapping[str, Any], specified: Mapping[str, Any], *, prefix: str = "") -> list[str]:
    """The options, suboptions included, on which documentation and spec differ."""
    wrong = [f"{prefix}{name}: only documented" for name in documented.keys() - specified.keys()]
    wrong += [f"{prefix}{name}: not documented" for name in specified.keys() - documented.keys()]
    for name in sorted(documented.keys() & specified.keys()):
        doc, spec = comparable(documented[name]), comparable(specified[name])
        wrong += [f"{prefix}{name}: {doc} documented, {spec} specified"] if doc != spec else []
        inner_doc, inner_spec = documented[name].get("suboptions") or {}, specified[name].get("options") or {}
        wrong += differences(inner_doc, inner_spec, prefix=f"{prefix}{name}.")
    return wrong


def example_faults(examples: str, *, name: str, options: set[str]) -> list[str]:
    """What is wrong with a module's EXAMPLES."""
    tasks = yaml.safe_load(examples)
    if not isinstance(tasks, list) or not tasks:
        return ["EXAMPLES is not a list of tasks"]
    faults = []
    for task in tasks:
        label = task.get("name", "a task without a name")
        action = set(task) - TASK_KEYWORDS
        own = task.get(f"pgfleet.pitr.{name}")
        unknown = set(own or {}) - options if f"pgfleet.pitr.{name}" in task else set()
        faults += [f"{label}: unknown options {sorted(unknown)}"] if unknown else []
        faults += [] if "name" in task else ["a task without a name"]
        known = all(one.startswith("pgfleet.pitr.") for one in action)
        faults += [] if known else [f"{label}: {sorted(action)}"]
    if not any(f"pgfleet.pitr.{name}" in task for task in tasks):
        faults.append("no task uses the module")
    return faults


def test_there_is_a_module_to_hold_to_the_rules():
    assert MODULE_NAMES


@pytest.mark.parametrize("name", MODULE_NAMES)
def test_documentation_states_the_argument_spec(name, monkeypatch):
    spec, _check = argument_spec(name, monkeypatch)

    assert differences(documentation()[name]["doc"]["options"], spec) == []


@pytest.mark.parametrize("name", MODULE_NAMES)
def test_documentation_states_check_mode_as_it_is(name, monkeypatch):
    _spec, supports_check_mode = argument_spec(name, monkeypatch)
    support = documentation()[name]["doc"]["attributes"]["check_mode"]["support"]

    assert (support != "none") == supports_check_mode


@pytest.mark.parametrize("name", MODULE_NAMES)
def test_examples_are_whole_tasks_with_known_options(name):
    doc = documentation()[name]

    assert example_faults(doc["examples"], name=name, options=set(doc["doc"]["options"])) == []


@pytest.mark.parametrize("name", MODULE_NAMES)
def test_every_return_value_has_type_and_sample(name):
    values = documentation()[name]["return"] or {}

    wrong = [key for key, value in values.items() if not {"type", "returned", "description"} <= set(value)]

    assert values
    assert wrong == []


def test_a_difference_is_noticed():
    documented = {"a": {"type": "int", "default": 1}, "b": {"suboptions": {"c": {"type": "str"}}}}
    specified = {"a": {"type": "int", "default": 2}, "b": {"options": {}}}

    assert len(differences(documented, specified)) == 2


def test_a_faulty_example_is_noticed():
    task = [{"pgfleet.pitr.agent": {"nonsense": 1}, "shell": "true"}]

    assert len(example_faults(yaml.safe_dump(task), name="agent", options={"name"})) == 3
