# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every test can fail (STYLE rule 28)."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

import pytest
from sources import CHECKOUT, functions_of, python_files, shown, tree_of

TESTS = CHECKOUT / "tests"
# Functions of these names return nothing, and raise when something is wrong.
RAISING = ("assert", "check")


def called_names(node: ast.AST) -> Iterator[str]:
    """The names of all functions and methods that are called."""
    for call in (each for each in ast.walk(node) if isinstance(each, ast.Call)):
        yield call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def can_fail(test: ast.FunctionDef | ast.AsyncFunctionDef, helpers: Mapping[str, ast.AST]) -> bool:
    """Whether the test, or a function of its file that it calls, asserts something or expects an exception."""
    waiting: list[ast.AST] = [test]
    seen: set[str] = set()
    while waiting:
        node = waiting.pop()
        if any(isinstance(each, ast.Assert) for each in ast.walk(node)):
            return True
        names = set(called_names(node))
        if names & {"raises", "fail"} or any(name.startswith(RAISING) for name in names):
            return True
        waiting += [helpers[name] for name in names & helpers.keys() - seen]
        seen |= names
    return False


def unable_to_fail(tree: ast.Module) -> list[str]:
    """The names of the tests of a file that assert nothing."""
    helpers = {each.name: each for each in functions_of(tree)}
    return [name for name, each in helpers.items() if name.startswith("test_") and not can_fail(each, helpers)]


def is_always_true(condition: ast.expr) -> bool:
    """Whether an asserted condition holds whatever the tested code does."""
    if isinstance(condition, ast.BoolOp) and isinstance(condition.op, ast.Or):
        return any(map(is_always_true, condition.values))
    if isinstance(condition, ast.Compare) and isinstance(condition.ops[0], (ast.Eq, ast.LtE, ast.GtE, ast.Is)):
        return ast.dump(condition.left) == ast.dump(condition.comparators[0])
    if isinstance(condition, ast.Tuple):
        return bool(condition.elts)
    return isinstance(condition, ast.Constant) and bool(condition.value)


def empty_assertions(tree: ast.Module) -> list[int]:
    """The lines of assertions that hold whatever the tested code does."""
    return [each.lineno for each in ast.walk(tree) if isinstance(each, ast.Assert) and is_always_true(each.test)]


def test_every_test_can_fail():
    found = {shown(path): unable_to_fail(tree_of(path)) for path in python_files(TESTS)}

    assert {name: tests for name, tests in found.items() if tests} == {}


def test_no_assertion_holds_by_itself():
    found = {shown(path): empty_assertions(tree_of(path)) for path in python_files(TESTS)}

    assert {name: lines for name, lines in found.items() if lines} == {}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        pytest.param("def test_a(): run()", ["test_a"], id="nothing is asserted"),
        pytest.param("def test_a(): assert run()", [], id="an assertion"),
        pytest.param("def test_a():\n with pytest.raises(ValueError): run()", [], id="an exception"),
        pytest.param("def look(): assert run()\ndef test_a(): look()", [], id="a helper that asserts"),
        pytest.param("def look(): look()\ndef test_a(): look()", ["test_a"], id="a helper that does not"),
        pytest.param("def test_a(): check_name('x')", [], id="a check that raises"),
    ],
)
def test_a_test_without_an_assertion_is_noticed(source, expected):
    assert unable_to_fail(ast.parse(source)) == expected


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        pytest.param("True", True, id="a constant"),
        pytest.param("x or True", True, id="or a constant"),
        pytest.param("x == x", True, id="a comparison with itself"),
        pytest.param("(x == 1, 'why')", True, id="a tuple"),
        pytest.param("x != x", False, id="a contradiction"),
        pytest.param("x or y == 2", False, id="a condition"),
        pytest.param("x == 1", False, id="a comparison"),
    ],
)
def test_an_assertion_that_holds_by_itself_is_noticed(condition, expected):
    assert bool(empty_assertions(ast.parse(f"assert {condition}"))) is expected
