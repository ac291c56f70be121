# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every role has a README with all of its variables, a play that fits them, and what it leaves behind."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import role_readme
import yaml
from sources import PLAYBOOKS, ROLES, text_of, yaml_files

ROLE_PATHS = sorted(path for path in ROLES.iterdir() if path.is_dir())
EXAMPLE = re.compile(r"```yaml\n(.*?)```", re.DOTALL)


def readme(role: Path) -> str:
    """A role's README."""
    return text_of(role / "README.md")


def first_cells(text: str, heading: str) -> set[str]:
    """The names in the first column of the table under a heading."""
    section = text.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    return set(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE))


def every_option() -> set[str]:
    """The variables of all roles."""
    return {name for role in ROLE_PATHS for name in role_readme.options_of(role)}


def results_of(role: Path) -> set[str]:
    """What a role's tasks register, or set as facts, under names of the role."""
    text = "\n".join(text_of(path) for path in yaml_files(role / "tasks"))
    facts = re.findall(r"set_fact:\n +(\w+):", text)
    return {*re.findall(r"^ +register: (\w+)$", text, re.MULTILINE), *facts}


def variables_in(node: Any) -> set[str]:
    """The keys of a play, however deep, that are variables of the collection."""
    if isinstance(node, dict):
        return {key for key in node if str(key).startswith("pitr_")}.union(*map(variables_in, node.values()))
    return set().union(*map(variables_in, node)) if isinstance(node, list) else set()


@pytest.mark.parametrize("role", ROLE_PATHS, ids=lambda path: path.name)
def test_table_of_variables_is_the_one_that_the_specs_make(role):
    assert readme(role) == role_readme.with_variables(readme(role), role=role), "`make generate` writes it"


@pytest.mark.parametrize("role", ROLE_PATHS, ids=lambda path: path.name)
def test_every_variable_is_in_the_table(role):
    assert first_cells(readme(role), "Variables") == set(role_readme.options_of(role))


@pytest.mark.parametrize("role", ROLE_PATHS, ids=lambda path: path.name)
def test_example_runs_the_role_with_variables_that_exist(role):
    (example,) = EXAMPLE.findall(readme(role))
    (play,) = yaml.safe_load(example)

    assert f"pgfleet.pitr.{role.name}" in [one["role"] for one in play["roles"]]
    assert variables_in(play) - every_option() == set()


@pytest.mark.parametrize("role", ROLE_PATHS, ids=lambda path: path.name)
def test_results_that_a_play_can_use_are_told(role):
    assert first_cells(readme(role), "What it leaves behind") == results_of(role)


def test_entry_points_that_playbooks_use_are_told():
    uses = re.compile(r"name: pgfleet\.pitr\.(\w+)\n +tasks_from: (\w+)")
    found = {use for book in yaml_files(PLAYBOOKS) for use in uses.findall(text_of(book))}

    assert found
    assert {(role, name) for role, name in found if name not in first_cells(readme(ROLES / role), "Use")} == set()


def test_a_missing_section_is_refused(tmp_path):
    with pytest.raises(ValueError, match="has 0 sections"):
        role_readme.with_variables("# a role\n", role=tmp_path)


@pytest.mark.parametrize(
    ("option", "row"),
    [
        ({"description": ["Why C(a|b)."], "default": False}, "| `x` | `false` | Why `a\\|b`. |"),
        ({"description": "B(Not) V({sql, expect}).", "default": ""}, "| `x` | | **Not** `{sql, expect}`. |"),
        ({"description": ["How."], "choices": ["", "fast", "slow"]}, "| `x` | | How. One of `fast`, `slow`. |"),
        ({"description": ["Where."], "required": True}, "| `x` | required | Where. |"),
    ],
    ids=["boolean default", "markup", "choices", "required"],
)
def test_row_of_a_variable(tmp_path, option, row):
    (tmp_path / "meta").mkdir()
    specs = {"argument_specs": {"main": {"options": {"x": option}}}}
    (tmp_path / "meta" / "argument_specs.yml").write_text(yaml.safe_dump(specs), encoding="utf-8")

    assert row in role_readme.variables(tmp_path).splitlines()
