# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Python files of the installed program, taken from those that this module was shipped with."""

from __future__ import annotations

import ast
from collections.abc import Callable
from importlib.util import find_spec

from ..._agent import backup, copy, expire, info, jobs, main, pin, prune, restore, serve, unpin, verify
from ..._agent.wal import get, push

# Ansible ships what is imported: these with all they import are the program.
_ENTRY_POINTS = (main, push, get, info, backup, verify, expire, copy, prune, pin, unpin, restore, jobs, serve)
# The package that holds _agent, _io and _core, wherever it was loaded from: a directory, or Ansible's zip file.
_PACKAGE = main.__name__.rsplit(".", 2)[0]


def program_sources() -> dict[str, str]:
    """The text of each Python file of the program by its path there, such as ``_core/wal/lsn.py``."""
    sources: dict[str, str] = {}
    remaining = [module.__name__[len(_PACKAGE) + 1 :] for module in _ENTRY_POINTS]
    while remaining:
        name = remaining.pop()
        path = name.replace(".", "/") + ".py"
        if path not in sources:
            sources[path] = _source(name)
            remaining += relative_imports(sources[path], module=name, is_package=_is_package)
    return dict(sorted(sources.items()))


def relative_imports(source: str, *, module: str, is_package: Callable[[str], bool], at_top: bool = False) -> list[str]:
    """The modules that a source of the program imports, at its top or also later, as names below the package.

    >>> text = "from .._core.errors import Failed\\nfrom .._core.wal import lsn\\nfrom . import push"
    >>> relative_imports(text, module="_agent.main", is_package=lambda name: name in ("_agent", "_core.wal"))
    ['_core.errors', '_core.wal.lsn', '_agent.push']
    """
    found = []
    tree = ast.parse(source)
    for node in tree.body if at_top else ast.walk(tree):
        if not isinstance(node, ast.ImportFrom) or not node.level:
            continue
        base = ".".join((*module.split(".")[: -node.level], *([node.module] if node.module else ())))
        # What is imported from a folder are modules.
        found += [f"{base}.{alias.name}" for alias in node.names] if is_package(base) else [base]
    return found


def _is_package(name: str) -> bool:
    spec = find_spec(f"{_PACKAGE}.{name}")
    return spec is not None and spec.submodule_search_locations is not None


def _source(name: str) -> str:
    spec = find_spec(f"{_PACKAGE}.{name}")
    get_source = getattr(spec.loader, "get_source", None) if spec else None
    source = get_source(spec.name) if spec and get_source else None
    if source is None:
        raise RuntimeError(f"the source of {_PACKAGE}.{name} can't be read")
    return str(source)


__all__ = ("program_sources", "relative_imports")
