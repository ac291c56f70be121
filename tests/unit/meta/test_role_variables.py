# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a cluster and its repository are is said once, and an empty variable means its default, whoever reads it."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import pytest
import role_options
import yaml
from ansible_collections.pgfleet.pitr.plugins.action import cluster_info as action
from module_specs import MODULE_NAMES, argument_spec
from role_files import ROLE_NAMES, defaults_of, load, options_of, task_files
from sources import CHECKOUT, ROLES, shown, text_of, yaml_files

PREFIX = "pgfleet.pitr."
WHOLE_VARIABLE = re.compile(r"\{\{ (pitr_\w+) \}\}")
IF_EMPTY = re.compile(r"\b(pitr_\w+) \| pgfleet\.pitr\.if_empty\((\w+)\)")


@pytest.fixture
def specs(monkeypatch: pytest.MonkeyPatch) -> dict[str, dict[str, Any]]:
    """The argument spec of every module."""
    return {name: argument_spec(name, monkeypatch)[0] for name in MODULE_NAMES}


@cache
def shared_variables() -> Mapping[str, str]:
    """The variables that say where a cluster and its repository are, with the options that they fill."""
    named = action.variables_named_by(list(action.GROUPS))
    return {variable: option for option, variable in named.items()}


def calls_in(document: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """The modules of the collection that a document runs or gives defaults to, with the options."""
    if isinstance(document, list):
        for entry in document:
            yield from calls_in(entry)
    if isinstance(document, dict):
        for key, value in document.items():
            if isinstance(value, dict) and str(key).startswith(PREFIX):
                yield str(key)[len(PREFIX) :], value
            else:
                yield from calls_in(value)


def calls_of(role: str) -> list[tuple[str, dict[str, Any]]]:
    """The same for every task file of a role."""
    return [call for path in yaml_files(ROLES / role) for call in calls_in(load(path))]


def same_default(variable: Any, option: Any) -> bool:
    """Whether the defaults of a role and of a module mean the same: 0 and false are values, an unset switch is off."""
    if variable == "":
        return option is None or option is False
    return type(variable) is type(option) and bool(variable == option)


def without_comments(text: str) -> str:
    """A YAML text without its comments."""
    return re.sub(r"^ *#.*$", "", text, flags=re.MULTILINE)


def shared_names_in(text: str) -> list[str]:
    """The shared variables that a text names outside its comments."""
    return sorted(set(re.findall(r"\w+", without_comments(text))) & shared_variables().keys())


def spelled_out_emptiness(text: str) -> list[str]:
    """The ways of Jinja to tell an empty answer, each of which treats some value as what it is not."""
    return re.findall(r"ternary\([^)]*omit\)|default\([^)]*, *true\)|\| *string *\| *ternary", without_comments(text))


def test_no_task_names_a_variable_that_says_where_a_cluster_or_its_repository_is():
    wrong = {shown(path): shared_names_in(text_of(path)) for path in task_files() if shared_names_in(text_of(path))}

    assert wrong == {}


def test_no_task_of_a_role_spells_out_what_empty_means():
    files = [path for path in task_files() if ROLES in path.parents]

    wrong = {shown(path): spelled_out_emptiness(text_of(path)) for path in files}

    assert {name: found for name, found in wrong.items() if found} == {}


@pytest.mark.parametrize("role", ROLE_NAMES)
def test_a_task_takes_every_group_of_variables_that_its_module_can(role, specs):
    defaults = {name: given for name, given in calls_of(role) if "from_variables" in given}

    wrong = [
        f"{name}: {given.get('from_variables')}"
        for name, given in calls_of(role)
        if given.get("from_variables", defaults.get(name, {}).get("from_variables"))
        != specs[name]["from_variables"]["choices"]
    ]
    assert wrong == []


@pytest.mark.parametrize("name", MODULE_NAMES)
def test_a_module_offers_the_groups_whose_options_it_has(name, specs):
    offered = specs[name]["from_variables"]["choices"]

    assert offered == [group for group, options in action.GROUPS.items() if set(options) <= specs[name].keys()]


@pytest.mark.parametrize("role", ROLE_NAMES)
def test_the_spec_of_a_role_has_every_shared_variable_that_its_modules_take(role, specs):
    taken = {option for name, _given in calls_of(role) for option in specs[name]}
    expected = {variable for variable, option in shared_variables().items() if option in taken}

    entry_points = load(ROLES / role / "meta" / "argument_specs.yml")["argument_specs"]

    assert {name: expected - spec["options"].keys() for name, spec in entry_points.items()} == {
        name: set() for name in entry_points
    }


def test_what_modules_keep_out_of_logs_the_roles_keep_out_too(specs):
    secrets = {option for spec in specs.values() for option, form in spec.items() if form.get("no_log")}

    wrong = [
        f"{role}: {variable}"
        for role in ROLE_NAMES
        for variable, form in options_of(role).items()
        if shared_variables().get(variable) in secrets and not form.get("no_log")
    ]
    assert wrong == []


def test_generated_variables_are_as_they_would_be_generated():
    stale = [shown(path) for path, text in role_options.written_files() if text_of(path) != text]

    assert stale == [], "run `make generate`"


def test_every_spec_of_a_role_has_the_marks_between_which_they_are_written():
    marked = {path.parts[-3] for path, _text in role_options.written_files() if ROLES in path.parents}

    assert marked == set(ROLE_NAMES)


def test_the_generated_names_are_those_that_the_action_plugin_reads():
    generated = [one.name for group in role_options.GROUPS for one in role_options.variables_of(group)]

    assert generated == list(shared_variables())


def test_a_new_option_is_a_variable_of_every_role_that_takes_its_group(tmp_path):
    for folder in ("roles", "plugins/doc_fragments", "plugins/module_utils"):
        shutil.copytree(CHECKOUT / folder, tmp_path / folder)
    fragment = tmp_path / "plugins" / "doc_fragments" / "repository.py"
    option = "  repository_s3_key:\n    description: Opens O(repository_path).\n    type: int\n"
    secrets = '    SECRETS = ("repository_s3_key",)\n'
    fragment.write_text(fragment.read_text().removesuffix('"""\n') + option + f'"""\n{secrets}')

    written = dict(role_options.written_files(tmp_path))

    (spec,) = [text for path, text in written.items() if path.name == "spec.py"]
    assert '    "repository_s3_key": {"type": "int", "no_log": True},\n}\n' in spec
    for role in set(ROLE_NAMES) - {"pitr_cluster", "pitr_streaming"}:
        found = yaml.safe_load(written[tmp_path / "roles" / role / "meta" / "argument_specs.yml"])["argument_specs"]
        options = found["main"]["options"]
        assert options["pitr_repository_s3_key"]["description"] == ["Opens O(pitr_repository_path)."]
        assert options["pitr_repository_s3_key"]["type"] == "raw"
        assert options["pitr_repository_s3_key"]["no_log"] is True
    defaults = written[tmp_path / "roles" / "pitr_repository" / "defaults" / "main.yml"]
    assert '# Opens pitr_repository_path.\npitr_repository_s3_key: ""\n' in defaults
    assert "s3_key" not in written[tmp_path / "roles" / "pitr_cluster" / "meta" / "argument_specs.yml"]


@pytest.mark.parametrize("role", ROLE_NAMES)
def test_the_default_of_a_variable_is_that_of_the_option_it_is_given_to(role, specs):
    """An empty variable is not given to the module, whose default counts then."""
    defaults = defaults_of(role)

    wrong = [
        f"{name}.{option}: {specs[name][option].get('default')!r}, {found[1]}: {defaults[found[1]]!r}"
        for name, given in calls_of(role)
        for option, value in given.items()
        if (found := WHOLE_VARIABLE.fullmatch(str(value))) and found[1] in defaults
        if not same_default(defaults[found[1]], specs[name][option].get("default"))
    ]
    assert wrong == []


@pytest.mark.parametrize("role", ROLE_NAMES)
def test_where_a_task_says_what_empty_means_it_says_the_default(role):
    found = {
        (name, value) for path in yaml_files(ROLES / role / "tasks") for name, value in IF_EMPTY.findall(text_of(path))
    }

    assert [
        f"{name}: {value}" for name, value in sorted(found) if defaults_of(role)[name] != yaml.safe_load(value)
    ] == []


def test_the_action_plugin_leaves_to_each_module_what_it_requires(specs):
    required = {option for spec in specs.values() for option, form in spec.items() if form.get("required")}

    assert required == action.REQUIRED


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('port: "{{ pitr_cluster_port }}"', ["pitr_cluster_port"]),
        ("# pitr_cluster_port says which", []),
        ("register: pitr_cluster_info", []),
        ("when: pitr_repository_path | length > 0", ["pitr_repository_path"]),
    ],
)
def test_a_shared_variable_is_noticed(text, expected):
    assert shared_names_in(text) == expected


@pytest.mark.parametrize(
    "text",
    ["{{ a | default(omit, true) }}", "{{ a | string | ternary(a, omit) }}", "when: a | string | ternary(a, true)"],
)
def test_spelled_out_emptiness_is_noticed(text):
    assert spelled_out_emptiness(text)
