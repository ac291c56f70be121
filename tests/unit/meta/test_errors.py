# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Errors have one exit, a stable code and a way out (STYLE rules 3, 14 and 15)."""

from __future__ import annotations

import ast
import re

import pytest
from sources import CHECKOUT, MODULES, UTILS, python_files, shown, tree_of

CODE_FORM = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def calls_of(tree: ast.AST, *, name: str) -> list[ast.Call]:
    """The calls of a function or method by its last name."""
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return [call for call in calls if getattr(call.func, "attr", getattr(call.func, "id", "")) == name]


def literal_codes(tree: ast.AST) -> list[tuple[int, str]]:
    """The texts given as `code=` anywhere, with their lines."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg == "code" and isinstance(node.value, ast.Constant):
            found.append((node.value.lineno, str(node.value.value)))
    return found


def swallowed(tree: ast.AST) -> list[int]:
    """The lines of handlers that catch everything and do nothing about it."""
    lines = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.ExceptHandler):
            continue
        broad = node.type is None or getattr(node.type, "id", "") in ("Exception", "BaseException")
        if broad and all(isinstance(one, (ast.Pass, ast.Continue)) for one in node.body):
            lines.append(node.lineno)
    return lines


def test_fail_json_stands_in_one_function():
    places = {
        shown(path): len(calls_of(tree_of(path), name="fail_json"))
        for path in (*python_files(UTILS), *python_files(MODULES))
    }

    assert {name: count for name, count in places.items() if count} == {
        "plugins/module_utils/_ansible/entry.py": places["plugins/module_utils/_ansible/entry.py"]
    }


def test_codes_are_words_joined_by_hyphens():
    wrong = [
        f"{shown(path)}:{line}: {code}"
        for path in python_files(UTILS)
        for line, code in literal_codes(tree_of(path))
        if not CODE_FORM.fullmatch(code)
    ]

    assert wrong == []


def test_every_code_comes_with_a_hint():
    wrong = []
    for path in python_files(UTILS):
        for node in ast.walk(tree_of(path)):
            # Classes of errors begin with a capital; a function that makes one may know the hint itself.
            is_class = isinstance(node, ast.Call) and getattr(node.func, "id", "_")[0].isupper()
            given = {one.arg for one in node.keywords} if is_class else set()
            if "code" in given and "hint" not in given and None not in given:
                wrong.append(f"{shown(path)}:{node.lineno}")

    assert wrong == []


def test_nothing_catches_everything_and_goes_on():
    wrong = [
        f"{shown(path)}:{line}" for path in python_files(CHECKOUT / "plugins") for line in swallowed(tree_of(path))
    ]

    assert wrong == []


@pytest.mark.parametrize("handler", ["except Exception:", "except BaseException:", "except:"])
def test_a_swallowed_exception_is_noticed(handler):
    assert swallowed(ast.parse(f"try:\n    f()\n{handler}\n    pass")) == [3]


def test_a_code_is_found_wherever_it_stands():
    assert literal_codes(ast.parse("raise Refused('x', code='Bad_Code', hint='y')")) == [(1, "Bad_Code")]


def named_codes(tree: ast.AST) -> set[str]:
    """The codes that errors are raised with, choices between two included."""
    keywords = [node for node in ast.walk(tree) if isinstance(node, ast.keyword) and node.arg == "code"]
    constants = [node.value for keyword in keywords for node in ast.walk(keyword) if isinstance(node, ast.Constant)]
    return {value for value in constants if isinstance(value, str) and CODE_FORM.fullmatch(value) and "-" in value}


def test_documentation_lists_every_code():
    text = (CHECKOUT / "docs" / "errors.md").read_text(encoding="utf-8")
    documented = set(re.findall(r"^\| `([a-z0-9-]+)` \|", text, flags=re.MULTILINE))
    raised = {code for path in python_files(UTILS) for code in named_codes(tree_of(path))}

    assert raised - documented == set()


def test_documentation_lists_no_code_that_is_gone():
    text = (CHECKOUT / "docs" / "errors.md").read_text(encoding="utf-8")
    sources = "\n".join(path.read_text(encoding="utf-8") for path in python_files(UTILS))
    composed = {"server-start-timeout", "server-stop-timeout"}
    documented = set(re.findall(r"^\| `([a-z0-9-]+)` \|", text, flags=re.MULTILINE))

    assert {code for code in documented - composed if f'"{code}"' not in sources} == set()
