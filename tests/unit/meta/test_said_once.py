# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What several rooms need stands in one of them, which the others call."""

from __future__ import annotations

import ast

import pytest
from sources import UTILS, python_files, tree_of

SHARED = {
    "postgres is asked for a setting": ("-C", {"_io/postgres/setting_answer.py"}),
    "root writes a file beside a data directory": ("WRITE_FILE", {"_operations/restore/sibling_file.py"}),
}
# They name it for other reasons: the comment of an SSH key, and the operations themselves.
NAMED_ELSEWHERE = {"_io/remote/key_pair.py", "_io/privilege/root.py", "_io/privilege/door.py"}


def names_and_words(tree: ast.AST) -> set[str]:
    """The names that a file uses, and its strings as a whole."""
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    return names | {str(node.value) for node in ast.walk(tree) if isinstance(node, ast.Constant)}


@pytest.mark.parametrize("act", SHARED)
def test_what_is_done_in_several_rooms_is_written_in_one(act: str) -> None:
    word, expected = SHARED[act]
    users = {
        path.relative_to(UTILS).as_posix() for path in python_files(UTILS) if word in names_and_words(tree_of(path))
    }

    assert users - NAMED_ELSEWHERE == expected


@pytest.mark.parametrize("source", ['run([program, "-C", name])', "ask_root(WRITE_FILE, path=path)"])
def test_a_second_place_is_noticed(source: str) -> None:
    assert names_and_words(ast.parse(source)) & {word for word, _expected in SHARED.values()}
