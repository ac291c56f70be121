# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One concept a file, short functions, named arguments (STYLE rules 5, 6 and 13)."""

from __future__ import annotations

import ast
import statistics

import pytest
from role_options import BLOCK
from sources import CHECKOUT, MODULES, UTILS, functions_of, python_files, shown, text_of, tree_of, yaml_files

PLUGINS = CHECKOUT / "plugins"
FILE_LINES = 300
FUNCTION_LINES = 40
MEDIAN_FUNCTION_LINES = 12
MEDIAN_FILE_LINES = 150
DOCUMENTATION_NAMES = {"DOCUMENTATION", "EXAMPLES", "RETURN"}
# Written as a whole by `make changelog`.
GENERATED = {"changelogs/changelog.yaml"}


def line_count(tree: ast.Module, text: str) -> int:
    """A file's lines, a module's documentation left out."""
    documentation = sum(
        (node.end_lineno or node.lineno) - node.lineno + 1
        for node in tree.body
        if isinstance(node, ast.Assign) and {getattr(one, "id", "") for one in node.targets} & DOCUMENTATION_NAMES
    )
    return len(text.splitlines()) - documentation


def yaml_line_count(text: str) -> int:
    """A YAML file's lines without those between the marks of `make generate`.

    `meta/argument_specs.yml` is one file to ansible-core, which knows no include there, and YAML's anchors end with the
    file: what roles share can only be repeated. People write and read it in `plugins/doc_fragments`; a test compares.
    """
    return len(BLOCK.sub("", text).splitlines())


def function_length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """A function's lines from `def` to its last, docstring included."""
    return (function.end_lineno or function.lineno) - function.lineno + 1


def closes_with_all(tree: ast.Module) -> bool:
    """Whether the last statement is `__all__ = …`."""
    last = tree.body[-1]
    return isinstance(last, ast.Assign) and any(getattr(target, "id", "") == "__all__" for target in last.targets)


def positional_extras(function: ast.FunctionDef | ast.AsyncFunctionDef) -> list[str]:
    """The arguments that a caller could give without a name, beyond a pair whose order nobody mistakes."""
    names = [argument.arg for argument in (*function.args.posonlyargs, *function.args.args)]
    own = [name for name in names if name not in ("self", "cls")]
    return own[2:] if not function.name.startswith("__") else []


def test_no_file_is_longer_than_the_limit():
    counted = {shown(path): len(text_of(path).splitlines()) for path in python_files()}

    assert {name: lines for name, lines in counted.items() if lines > FILE_LINES} == {}


def test_no_yaml_file_is_longer_than_the_limit_but_for_what_is_generated():
    counted = {shown(path): yaml_line_count(text_of(path)) for path in yaml_files(CHECKOUT)}

    assert {name for name, lines in counted.items() if lines > FILE_LINES} - GENERATED == set()


def test_no_function_is_longer_than_the_limit():
    lengths = {
        f"{shown(path)}:{function.name}": function_length(function)
        for path in python_files(PLUGINS)
        for function in functions_of(tree_of(path))
    }

    assert {name: lines for name, lines in lengths.items() if lines > FUNCTION_LINES} == {}


def test_medians_stay_small():
    functions = [function_length(one) for path in python_files(PLUGINS) for one in functions_of(tree_of(path))]
    files = [line_count(tree_of(path), text_of(path)) for path in python_files(PLUGINS)]

    assert statistics.median(functions) <= MEDIAN_FUNCTION_LINES
    assert statistics.median(files) <= MEDIAN_FILE_LINES


def test_every_utility_file_says_what_it_offers_at_its_end():
    wrong = [shown(path) for path in python_files(UTILS) if not closes_with_all(tree_of(path))]

    assert wrong == []


def test_no_more_than_a_pair_of_arguments_goes_without_names():
    wrong = {
        f"{shown(path)}:{function.name}": positional_extras(function)
        for path in python_files(UTILS)
        for function in functions_of(tree_of(path))
        if not function.name.startswith("_") and positional_extras(function)
    }

    assert wrong == {}


def test_a_module_file_holds_no_logic():
    code = {shown(path): line_count(tree_of(path), text_of(path)) for path in python_files(MODULES)}

    assert {name: lines for name, lines in code.items() if lines > 90} == {}


def test_module_utils_have_no_package_files():
    assert [shown(path) for path in python_files(UTILS) if path.name == "__init__.py"] == []


@pytest.mark.parametrize(
    ("source", "expected"),
    [("def f(a, *, b): pass", []), ("def f(self, a, b, c): pass", ["c"]), ("def __lt__(self, a, b, c): pass", [])],
)
def test_positional_arguments_are_noticed(source, expected):
    (function,) = functions_of(ast.parse(source))

    assert positional_extras(function) == expected


def test_what_stands_outside_of_the_marks_counts():
    marked = "a:\n  # From plugins/doc_fragments, by `make generate`:\n  b: 1\n  c: 1\n  # Until here.\nd: 1\n"

    assert yaml_line_count(marked) == 2
    assert yaml_line_count(marked.replace("generate", "hand")) == 6


def test_a_missing_all_is_noticed():
    assert not closes_with_all(ast.parse("__all__ = ()\nx = 1"))
    assert closes_with_all(ast.parse("x = 1\n__all__ = ('x',)"))
