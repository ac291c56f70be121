# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The names of files in a repository stand in one place (HOUSE: one layout)."""

from __future__ import annotations

import ast
import re

import pytest
from sources import CHECKOUT, UTILS, python_files, shown, tree_of

LAYOUT = UTILS / "_core" / "repository" / "layout.py"
# Wherever one of these stands in a text, the text is about that file.
NAMES = (
    "cluster.json", "expired_wal.json", "verify.json", "backup.json", "backup_manifest", "pinned.json", ".running.json",
    ".hold.lock", ".verify.lock", ".crc32", ".zst", ".lz4", ".gz", ".tmp-", ".expired-",
)  # fmt: skip
# These are words too; as parts of a path they are the repository's folders, locks and archives.
PARTS = re.compile(r"(^|/)(backups|wal)/|/(backups|wal)$|/\.lock$|\.tar(?![a-z])")
# What a path is made with, and what texts stand there.
JOINED = re.compile(r"backups|wal")
# Which texts are documentation: users read these names there.
DOCUMENTATION = {"DOCUMENTATION", "EXAMPLES", "RETURN"}


def documentation(tree: ast.AST) -> set[ast.AST]:
    """The texts that are read by people, not by the program: docstrings and the documentation of modules."""
    found: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            found.add(node.value)
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") in DOCUMENTATION:
            found |= set(ast.walk(node.value))
    return found


def spelled_names(tree: ast.AST) -> list[tuple[int, str]]:
    """Where a program spells the name of a file in a repository: line and text."""
    texts = documentation(tree)
    joined = {
        argument
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ("join", "joinpath")
        for argument in node.args
    }
    return [
        (node.lineno, node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and node not in texts
        and (
            any(name in node.value for name in NAMES)
            or PARTS.search(node.value)
            or (node in joined and JOINED.fullmatch(node.value))
        )
    ]


def test_only_the_layout_spells_names_of_the_repository() -> None:
    # Documentation fragments are documentation as a whole.
    files = [
        path for path in python_files(CHECKOUT / "plugins") if path != LAYOUT and "doc_fragments" not in path.parts
    ]

    wrong = [f"{shown(path)}:{line}: {text!r}" for path in files for line, text in spelled_names(tree_of(path))]

    assert wrong == []


def test_every_name_of_the_rule_stands_in_the_layout() -> None:
    text = LAYOUT.read_text(encoding="utf-8")

    assert [name for name in NAMES if name not in text] == []


@pytest.mark.parametrize(
    "source",
    [
        'path = f"{folder.path}/cluster.json"',
        'path = folder + "/backups"',
        'path = os.path.join(folder, "wal", name)',
        'key = f"wal/{timeline}"',
        'lock = f"{path}/.lock"',
        'SUFFIXES = {"zstd": ".tar.zst"}',
    ],
)
def test_a_spelled_name_is_noticed(source: str) -> None:
    assert spelled_names(ast.parse(source))


@pytest.mark.parametrize(
    "source",
    [
        '"""The file ``backup.json``."""',
        'DOCUMENTATION = "the file backup.json"',
        'form["backups"] = {"wal": 1}',
        'lock = f"{directory}/.s.PGSQL.{port}.lock"',
        'path = f"{data_directory}/pg_wal/archive_status"',
    ],
)
def test_other_texts_are_left_alone(source: str) -> None:
    assert spelled_names(ast.parse(source)) == []
