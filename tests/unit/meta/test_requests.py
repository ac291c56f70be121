# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests are values from the edge inwards: a module's options are known to the layer that knows Ansible alone."""

from __future__ import annotations

import ast

import pytest
from sources import UTILS, functions_of, python_files, shown, tree_of

OPTION_NAMES = {"options", "params"}
MAPPINGS = ("Mapping[", "dict[", "MutableMapping[")


def option_mappings(tree: ast.AST) -> list[str]:
    """The functions that take a module's options as a mapping."""
    found = []
    for function in functions_of(tree):
        arguments = (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs)
        for argument in arguments:
            annotation = ast.unparse(argument.annotation) if argument.annotation else "Mapping[unknown]"
            if argument.arg in OPTION_NAMES and annotation.startswith(MAPPINGS):
                found.append(f"{function.name}({argument.arg})")
    return found


def option_look_ups(tree: ast.AST) -> list[int]:
    """The lines that look an option up by its name."""
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Subscript)
        and isinstance(node.slice, ast.Constant)
        and isinstance(node.slice.value, str)
        and getattr(node.value, "attr", getattr(node.value, "id", "")) in OPTION_NAMES
    ]


def test_no_option_mapping_goes_below_the_ansible_layer():
    files = [path for path in python_files(UTILS) if "_ansible" not in path.parts]

    wrong = {shown(path): [*option_mappings(tree_of(path)), *option_look_ups(tree_of(path))] for path in files}

    assert {name: found for name, found in wrong.items() if found} == {}


@pytest.mark.parametrize(
    "source",
    [
        "def f(options: Mapping[str, Any]): pass",
        "def f(*, params: dict[str, Any]): pass",
        "def f(options): pass",
        "def f(request):\n    return request.options['name']",
        "def f(x):\n    options = x\n    return options['name']",
    ],
)
def test_an_option_mapping_is_noticed(source):
    tree = ast.parse(source)

    assert option_mappings(tree) or option_look_ups(tree)


@pytest.mark.parametrize(
    "source", ["def words(verb: str, options: list[str]): pass", "def f(o):\n    return o.options[0]", "x['options']"]
)
def test_other_options_are_not(source):
    tree = ast.parse(source)

    assert not option_mappings(tree) and not option_look_ups(tree)
