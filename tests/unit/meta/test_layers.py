# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Imports only go down, from floor to floor and from room to room (STYLE rules 1 and 2)."""

from __future__ import annotations

import ast
import sys

import pytest
from imports import cycles, file_imports, imported_files, package_imports
from sources import MODULES, UTILS, python_files, shown, tree_of

# From the ground. A package imports from floors below its own, and on its own floor from packages of an earlier line.
FLOORS = ("_core", "_io", "_operations", "_agent", "_ansible", "modules")
ROOMS = {
    "_core": (
        ("_core",),
        ("_core.wal",),
        ("_core.wal.records",),
        ("_core.postgres", "_core.host", "_core.encryption"),
        ("_core.repository",),
        ("_core.catalogue",),
        ("_core.target", "_core.retention"),
        ("_core.archiving", "_core.recovery"),
        ("_core.absent",),
        ("_core.restore.swap",),
        ("_core.backup", "_core.restore", "_core.report"),
        ("_core.restore.preconditions", "_core.restore.presentation"),
        ("_core.restore.fleet",),
        ("_core.verify",),
        ("_core.schedule",),
        ("_core.streaming",),
    ),
    "_io": (
        ("_io.privilege",),
        ("_io.host",),
        ("_io.stream", "_io.storage", "_io.postgres", "_io.sql"),
        ("_io.remote", "_io.s3", "_io.postgres.service", "_io.encryption"),
        ("_io.wal",),
        ("_io.repository",),
        ("_io.catalogue",),
    ),
    "_agent": (("_agent.console",), ("_agent.wal",), ("_agent",)),
    "_ansible": (
        ("_ansible.bundle", "_ansible.worker"),
        ("_ansible",),
        ("_ansible.archiving", "_ansible.installation"),
    ),
    "modules": (("modules",),),
}
# An operation knows no other one, but for these.
OPERATIONS = {
    "_operations.archiving": set(),
    "_operations.backup": set(),
    "_operations.copying": set(),
    "_operations.extract": set(),
    "_operations.target": set(),
    "_operations.retention": set(),
    "_operations.verify": set(),
    "_operations.healing": {"_operations.copying", "_operations.verify"},
    "_operations.report": {"_operations.target"},
    "_operations.absent": set(),
    "_operations.restore.configuration": set(),
    "_operations.restore.wal": set(),
    "_operations.restore": {
        "_operations.absent",
        "_operations.extract",
        "_operations.target",
        "_operations.restore.configuration",
        "_operations.restore.wal",
    },
    "_operations.recovery": {"_operations.restore", "_operations.restore.configuration"},
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


def floor_of(package: str) -> str:
    """The floor that a package is on."""
    return package.split(".", maxsplit=1)[0]


def allowed_imports() -> dict[str, set[str]]:
    """What each package may import."""
    allowed: dict[str, set[str]] = {}
    below: set[str] = set()
    for floor in FLOORS:
        lines = ROOMS.get(floor, ())
        earlier: set[str] = set()
        for line in lines:
            allowed.update(dict.fromkeys(line, below | earlier))
            earlier |= {*line}
        if floor == "_operations":
            allowed.update({package: below | others for package, others in OPERATIONS.items()})
            earlier = {*OPERATIONS}
        below |= earlier
    return allowed


def drawing(arrows: dict[str, list[str]]) -> str:
    """The packages of each floor with what they import, as a failing test prints them."""
    return "".join(f"{package:24} -> {' '.join(arrows[package]) or 'nothing'}\n" for package in sorted(arrows))


def imported_names(tree: ast.AST) -> set[str]:
    """The top-level packages that are imported absolutely."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names.add((node.module or "").split(".")[0])
    return names


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


def test_packages_import_only_what_lies_below_them():
    arrows = {package: sorted(others) for package, others in package_imports().items()}
    allowed = allowed_imports()
    sys.stdout.write(drawing(arrows))

    wrong = {package: sorted(set(others) - allowed.get(package, set())) for package, others in arrows.items()}
    assert {package: others for package, others in wrong.items() if others} == {}


def test_every_package_has_its_place_in_the_order():
    assert sorted(set(package_imports()) ^ set(allowed_imports())) == []


def test_no_files_import_each_other_in_a_circle():
    assert cycles(file_imports()) == []


def test_no_file_stands_beside_a_folder_of_its_name():
    assert [shown(path) for path in python_files(UTILS) if path.with_suffix("").is_dir()] == []


def test_a_folder_holds_no_more_than_its_subject():
    folders: dict[str, int] = {}
    for path in python_files(UTILS):
        folders[shown(path.parent)] = folders.get(shown(path.parent), 0) + 1

    assert {name: count for name, count in folders.items() if count > 24} == {}


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
    ("source", "own", "expected"),
    [
        ("from ..._io.host.files import write", "_core.wal.lsn", {"_io.host.files"}),
        ("from .lsn import Lsn", "_core.wal.segment", {"_core.wal.lsn"}),
        ("def f():\n    from ..wal import lsn, segment", "_core.target.x", {"_core.wal.lsn", "_core.wal.segment"}),
        ("from ..module_utils._ansible.entry import run", "modules.agent", {"_ansible.entry"}),
        ("from .. import errors", "_core.wal.lsn", {"_core.errors"}),
        (
            "from ansible_collections.pgfleet.pitr.plugins.module_utils._agent import push",
            "_core.wal.lsn",
            {"_agent.push"},
        ),
        ("import json\nfrom os import path", "_core.wal.lsn", set()),
    ],
)
def test_every_form_of_import_is_read(source, own, expected):
    found = imported_files(ast.parse(source), own=tuple(own.split(".")))

    assert {".".join(name) for name in found} == expected


def test_a_circle_is_noticed():
    arrows = {("a",): [("b",)], ("b",): [("c",)], ("c",): [("b",)], ("d",): [("a",)]}

    assert cycles(arrows) == [(("b",), ("c",))]


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
