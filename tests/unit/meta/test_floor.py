# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The code of modules and program runs under Python 3.9 (STYLE rule 20)."""

from __future__ import annotations

import ast

import pytest
from sources import CHECKOUT, python_files, shown, text_of

FLOOR = (3, 9)
PLUGINS = CHECKOUT / "plugins"
NEWER_DATACLASS_OPTIONS = {"slots", "kw_only"}
NEWER_NAMES = {"UTC": "datetime.UTC is of 3.11", "StrEnum": "enum.StrEnum is of 3.11", "pairwise": "3.10"}


def too_new(source: str) -> list[str]:
    """What a file uses that Python 3.9 does not have."""
    try:
        tree = ast.parse(source, feature_version=FLOOR)
    except SyntaxError as error:
        return [f"syntax in line {error.lineno}: {error.msg}"]
    found = []
    if tree.body and not _has_future_annotations(tree):
        found.append("no `from __future__ import annotations`")
    evaluated = _annotations(tree)
    for node in ast.walk(tree):
        found += _newer_things(node)
        if _is_union_of_types(node) and id(node) not in evaluated:
            found.append(f"`X | Y` evaluated at run time in line {node.lineno}")
    return found


def _has_future_annotations(tree: ast.Module) -> bool:
    return any(
        isinstance(node, ast.ImportFrom)
        and node.module == "__future__"
        and any(alias.name == "annotations" for alias in node.names)
        for node in tree.body
    )


def _newer_things(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Match):
        return [f"match statement in line {node.lineno}"]
    if isinstance(node, ast.keyword) and node.arg in NEWER_DATACLASS_OPTIONS:
        return [f"{node.arg}= in line {node.value.lineno}"]
    if isinstance(node, ast.ImportFrom):
        return [f"{NEWER_NAMES[alias.name]}" for alias in node.names if alias.name in NEWER_NAMES]
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "zip":
        return [f"zip(strict=) in line {node.lineno}" for one in node.keywords if one.arg == "strict"]
    return []


def _annotations(tree: ast.AST) -> set[int]:
    """The nodes that stand in annotations, which `from __future__ import annotations` leaves as text."""
    inside: set[int] = set()
    for node in ast.walk(tree):
        roots = [getattr(node, "annotation", None), getattr(node, "returns", None)]
        for root in roots:
            if isinstance(root, ast.AST):
                inside |= {id(one) for one in ast.walk(root)}
    return inside


def _is_union_of_types(node: ast.AST) -> bool:
    """Whether `X | Y` looks like types: one side is None or a type's name."""
    if not (isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr)):
        return False
    return any(_looks_like_a_type(side) for side in (node.left, node.right))


def _looks_like_a_type(side: ast.AST) -> bool:
    if isinstance(side, ast.Constant):
        return side.value is None
    return isinstance(side, ast.Name) and side.id in {"str", "int", "float", "bytes", "bool", "list", "dict", "tuple"}


def test_plugins_use_nothing_newer_than_the_floor():
    wrong = {shown(path): too_new(text_of(path)) for path in python_files(PLUGINS)}

    assert {name: found for name, found in wrong.items() if found} == {}


@pytest.mark.parametrize(
    "body",
    [
        "match x:\n    case 1: pass",
        "Name = str | None",
        "with (open('a') as a, open('b') as b):\n    pass\nmatch x:\n    case _: pass",
        "@dataclass(frozen=True, slots=True)\nclass A: pass",
        "from datetime import UTC",
        "zip(a, b, strict=True)",
    ],
)
def test_newer_python_is_noticed(body):
    assert too_new(f"from __future__ import annotations\n{body}")


def test_union_in_an_annotation_is_fine():
    assert (
        too_new("from __future__ import annotations\ndef f(x: int | None) -> str | None:\n    y: int | None = 1") == []
    )
