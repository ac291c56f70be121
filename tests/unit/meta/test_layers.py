# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Imports only go down: modules, _ansible, _agent, _io, _core (STYLE rules 1 and 2)."""

from __future__ import annotations

import ast

import pytest
from sources import MODULES, UTILS, python_files, shown, tree_of

BELOW = {
    "modules": {"_ansible", "_agent", "_io", "_core"},
    "_ansible": {"_ansible", "_agent", "_io", "_core"},
    "_agent": {"_agent", "_io", "_core"},
    "_io": {"_io", "_core"},
    "_core": {"_core"},
}
# Only the layer that knows Ansible may know these.
ADAPTERS_ONLY = {"ansible", "psycopg2"}
# Whatever reads or changes something outside a function's arguments.
IMPURE = {
    "fcntl", "getpass", "glob", "grp", "http", "io", "logging", "mmap", "os", "pathlib", "platform", "pwd", "random",
    "secrets", "select", "shutil", "signal", "socket", "ssl", "stat", "subprocess", "sys", "tempfile", "threading",
    "time", "urllib", "uuid",
}  # fmt: skip
IMPURE_CALLS = {"open", "print", "input", "exec", "eval"}
CLOCK_READS = {"now", "utcnow", "today"}


def imported_names(tree: ast.AST) -> set[str]:
    """The top-level packages imported absolutely, and the layers imported relatively."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names.add((node.module or "").split(".")[0])
    return names


def imported_layers(tree: ast.AST, *, own: str) -> set[str]:
    """The layers that a file imports from; its own for a plain relative import."""
    layers: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level > 0:
            parts = [part for part in (node.module or "").split(".") if part != "module_utils"]
            layers |= _layers_named(node, parts, own=own)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("ansible_collections.pgfleet.pitr"):
            layers |= {part for part in node.module.split(".") if part in BELOW}
    return layers


def _layers_named(node: ast.ImportFrom, parts: list[str], *, own: str) -> set[str]:
    if parts and parts[0] in BELOW:
        return {parts[0]}
    if node.level == 1:
        return {own}
    return {alias.name for alias in node.names if alias.name in BELOW}


def impurities(tree: ast.AST) -> list[str]:
    """What pure code may not do: import the outside world, open files, read the clock."""
    found = sorted(imported_names(tree) & IMPURE)
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        if isinstance(node.func, ast.Name) and node.func.id in IMPURE_CALLS:
            found.append(f"{node.func.id}() in line {node.lineno}")
        if isinstance(node.func, ast.Attribute) and node.func.attr in CLOCK_READS:
            found.append(f".{node.func.attr}() in line {node.lineno}")
    return found


@pytest.mark.parametrize("layer", [name for name in BELOW if name != "modules"])
def test_utility_files_import_no_higher_layer(layer):
    wrong = {
        shown(path): sorted(imported_layers(tree_of(path), own=layer) - BELOW[layer])
        for path in python_files(UTILS / layer)
        if imported_layers(tree_of(path), own=layer) - BELOW[layer]
    }

    assert wrong == {}


def test_modules_import_from_the_collection_by_layers():
    wrong = {
        shown(path): sorted(imported_layers(tree_of(path), own="modules") - BELOW["modules"])
        for path in python_files(MODULES)
        if imported_layers(tree_of(path), own="modules") - BELOW["modules"]
    }

    assert wrong == {}


def test_only_the_ansible_layer_knows_ansible_and_psycopg2():
    files = [path for path in python_files(UTILS) if "_ansible" not in path.parts]

    wrong = {shown(path): imported_names(tree_of(path)) & ADAPTERS_ONLY for path in files}

    assert {name: found for name, found in wrong.items() if found} == {}


def test_modules_know_neither_ansible_nor_psycopg2():
    wrong = {shown(path): imported_names(tree_of(path)) & ADAPTERS_ONLY for path in python_files(MODULES)}

    assert {name: found for name, found in wrong.items() if found} == {}


def test_core_is_pure():
    wrong = {shown(path): impurities(tree_of(path)) for path in python_files(UTILS / "_core")}

    assert {name: found for name, found in wrong.items() if found} == {}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("from .._io.files import write", {"_io"}),
        ("from .lsn import Lsn", {"_core"}),
        ("from ..module_utils._ansible.entry import run", {"_ansible"}),
        ("from .. import _io", {"_io"}),
        ("from ansible_collections.pgfleet.pitr.plugins.module_utils._agent import push", {"_agent"}),
        ("import json", set()),
    ],
)
def test_layers_are_read_from_every_form_of_import(source, expected):
    assert imported_layers(ast.parse(source), own="_core") == expected


@pytest.mark.parametrize(
    "source",
    [
        "import os.path",
        "from time import sleep",
        "def f():\n    return open('x')",
        "import datetime\ndatetime.datetime.now()",
    ],
)
def test_impure_code_is_noticed(source):
    assert impurities(ast.parse(source))
