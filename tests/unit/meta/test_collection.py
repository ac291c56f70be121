# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The collection's own files agree with what is in it, and its checks are not weakened."""

from __future__ import annotations

import ast
from typing import Any

import yaml
from sources import CHECKOUT, MODULES, all_files, python_files, shown, text_of, tree_of


def load(name: str) -> Any:
    """A YAML file of the checkout."""
    return yaml.safe_load(text_of(CHECKOUT / name))


def test_action_group_names_every_module():
    group = load("meta/runtime.yml")["action_groups"]["pitr"]

    assert sorted(group) == sorted(path.stem for path in python_files(MODULES))


def test_every_module_goes_through_the_action_plugin():
    routes = load("meta/runtime.yml")["plugin_routing"]["modules"]

    assert routes == {path.stem: {"action_plugin": "pgfleet.pitr.cluster_info"} for path in python_files(MODULES)}


def test_ansible_lint_runs_its_strictest_profile_and_skips_nothing():
    settings = load(".ansible-lint")

    assert settings["profile"] == "production"
    assert not {"skip_list", "warn_list", "enable_list", "mock_modules", "mock_roles"} & set(settings)


def test_no_line_asks_a_linter_to_look_away_without_a_name():
    bare = [
        f"{shown(path)}:{number}"
        for path in (one for one in all_files() if one.suffix in (".py", ".yml", ".yaml"))
        for number, line in enumerate(text_of(path).splitlines(), start=1)
        if line.rstrip().endswith(("# no" + "qa", "# type: " + "ignore"))
    ]

    assert bare == []


def test_no_sanity_test_is_ignored():
    ignored = [path for path in all_files() if path.parent.name == "sanity" and path.name.startswith("ignore-")]

    assert [line for path in ignored for line in text_of(path).splitlines() if line.strip()] == []


def test_every_change_since_the_start_is_told_by_a_well_formed_fragment():
    sections = {section for section, _title in load("changelogs/config.yaml")["sections"]} | {
        "release_summary",
        "trivial",
    }
    fragments = [path for path in all_files() if path.parent == CHECKOUT / "changelogs" / "fragments"]

    read = {shown(path): yaml.safe_load(text_of(path)) for path in fragments if path.suffix == ".yml"}

    assert {name: set(found) - sections for name, found in read.items() if set(found) - sections} == {}
    # A colon and a space within an entry make a mapping of it.
    entries = [(name, entry) for name, found in read.items() for told in found.values() for entry in told]
    told_wrongly = [(name, entry) for name, entry in entries if not isinstance(entry, str)]
    assert told_wrongly == []
    assert [shown(path) for path in fragments if path.suffix not in (".yml", "")] == []


def test_changelog_tells_of_the_version_that_is_built():
    version = load("galaxy.yml")["version"]

    assert version in load("changelogs/changelog.yaml")["releases"]
    assert f"\nv{version}\n=" in text_of(CHECKOUT / "CHANGELOG.rst"), "`make changelog` writes it"


def test_fragments_are_kept_so_that_a_release_can_be_written_anew():
    assert load("changelogs/config.yaml")["keep_fragments"] is True


def test_doc_fragments_hold_documentation_only():
    wrong = {}
    for path in python_files(CHECKOUT / "plugins" / "doc_fragments"):
        functions = [node for node in ast.walk(tree_of(path)) if isinstance(node, ast.FunctionDef)]
        if functions:
            wrong[shown(path)] = len(functions)

    assert wrong == {}
