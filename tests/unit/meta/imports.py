# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which files and packages of the collection import which others."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path

from sources import MODULES, UTILS, python_files, tree_of

COLLECTION = ("ansible_collections", "pgfleet", "pitr", "plugins", "module_utils")
# A module or a file of module_utils by its place, such as ("_core", "wal", "lsn").
Name = tuple[str, ...]


def name_of(path: Path) -> Name:
    """The name of a file below ``module_utils``, or of a module."""
    if MODULES in path.parents:
        return ("modules", path.stem)
    return path.relative_to(UTILS).with_suffix("").parts


def imported_files(tree: ast.AST, *, own: Name) -> Iterator[Name]:
    """Every file below ``module_utils`` that is imported, at the top or later, by a file of this name."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.ImportFrom):
            continue
        base = _base_of(node, own=own)
        if base is not None and UTILS.joinpath(*base).is_dir():
            # From a folder come files.
            yield from (((*base, alias.name)) for alias in node.names)
        elif base:
            yield base


def _base_of(node: ast.ImportFrom, *, own: Name) -> Name | None:
    named = tuple((node.module or "").split(".")) if node.module else ()
    if node.level == 0:
        return named[len(COLLECTION) :] if named[: len(COLLECTION)] == COLLECTION else None
    if own[0] == "modules":
        return named[1:] if named[:1] == ("module_utils",) else None
    return (*own[: -node.level], *named)


@cache
def file_imports() -> Mapping[Name, frozenset[Name]]:
    """What each file below ``module_utils``, and each module, imports of them."""
    files = [*python_files(UTILS), *python_files(MODULES)]
    return {name_of(path): frozenset(imported_files(tree_of(path), own=name_of(path))) for path in files}


def package_of(name: Name) -> str:
    """The package of a file: the folder that it lies in, such as ``_core.wal``, or the floor alone."""
    return ".".join(name[:-1])


def package_imports() -> Mapping[str, frozenset[str]]:
    """What each package imports besides itself."""
    found: dict[str, set[str]] = {}
    for name, imported in file_imports().items():
        found.setdefault(package_of(name), set()).update(package_of(each) for each in imported)
    return {package: frozenset(others - {package}) for package, others in found.items()}


def cycles(arrows: Mapping[Name, Iterable[Name]]) -> list[tuple[Name, ...]]:
    """The groups of files that reach each other."""
    reached = {start: _reachable(start, arrows) for start in arrows}
    groups = {tuple(sorted(other for other in reached[one] if one in reached.get(other, ()))) for one in arrows}
    return sorted(group for group in groups if group)


def _reachable(start: Name, arrows: Mapping[Name, Iterable[Name]]) -> set[Name]:
    found: set[Name] = set()
    remaining = [*arrows.get(start, ())]
    while remaining:
        name = remaining.pop()
        if name not in found:
            found.add(name)
            remaining += arrows.get(name, ())
    return found
