# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each file that decides something has a file of unit tests in the mirrored place (STYLE rule 29)."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from sources import CHECKOUT, UTILS, python_files, tree_of
from untested import UNTESTED

UNIT_TESTS = CHECKOUT / "tests" / "unit" / "plugins" / "module_utils"
DECIDING = (ast.If, ast.IfExp, ast.BoolOp, ast.Compare, ast.While, ast.For, ast.ExceptHandler, ast.comprehension)


def decides(tree: ast.AST) -> bool:
    """Whether a file has a branch, a loop or a comparison; one without only declares or passes on."""
    return any(isinstance(node, DECIDING) for node in ast.walk(tree))


def has_tests(path: Path, tests: frozenset[Path]) -> bool:
    """Whether `test_<file>.py` is among the tests, or `test_<file>_<subject>.py` where a file has several."""
    folder = UNIT_TESTS / path.relative_to(UTILS).parent
    return any(each.parent == folder and f"{each.stem}_".startswith(f"test_{path.stem}_") for each in tests)


def untested() -> set[str]:
    """The files that decide something and have no tests of their own."""
    tests = frozenset(python_files(UNIT_TESTS))
    found = (path for path in python_files(UTILS) if decides(tree_of(path)) and not has_tests(path, tests))
    return {path.relative_to(UTILS).as_posix() for path in found}


def test_a_file_that_decides_has_tests_of_its_own_or_a_reason_to_have_none():
    named = {name for names in UNTESTED.values() for name in names}

    assert sorted(untested() - named) == [], "without tests, and not in untested.py"
    assert sorted(named - untested()) == [], "in untested.py, and tested, gone or without a decision"


def test_a_reason_is_given_once_for_each_file():
    names = [name for names in UNTESTED.values() for name in names]

    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        pytest.param("class Missing(Exception): pass", False, id="declares"),
        pytest.param("def f(x): return g(x)", False, id="passes on"),
        pytest.param("def f(x): return x == 1", True, id="compares"),
        pytest.param("def f(x): return [y for y in x]", True, id="loops"),
        pytest.param("def f(x): return 1 if x else 2", True, id="branches"),
    ],
)
def test_a_decision_is_noticed(source, expected):
    assert decides(ast.parse(source)) is expected


@pytest.mark.parametrize(
    ("tests", "expected"),
    [
        pytest.param(["_core/wal/test_lsn.py"], True, id="its own file"),
        pytest.param(["_core/wal/test_lsn_parsing.py"], True, id="one subject of several"),
        pytest.param(["_core/wal/test_lsns.py"], False, id="another file's"),
        pytest.param(["_core/test_lsn.py"], False, id="in another folder"),
        pytest.param([], False, id="none"),
    ],
)
def test_a_mirrored_file_is_noticed(tests, expected):
    assert has_tests(UTILS / "_core" / "wal" / "lsn.py", frozenset(UNIT_TESTS / name for name in tests)) is expected
