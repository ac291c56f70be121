# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Python files of the installed program, taken from those that this module was shipped with."""

from __future__ import annotations

import re
from collections.abc import Callable
from importlib.util import find_spec

# `from ..room.file import name, other as another`, also over several lines; what it stands in by its indentation.
_IMPORT = re.compile(
    r"^(?P<indent>[ \t]*)from (?P<dots>\.+)(?P<base>[\w.]*) import (?:\((?P<several>[^)]*)\)|(?P<one>[^\n#]+))",
    re.MULTILINE,
)
_COMMENT = re.compile(r"#[^\n]*")
# The package that holds _agent, _io and _core, wherever it was loaded from: a directory, or Ansible's zip file.
_PACKAGE = __name__.rsplit(".", 3)[0]
# The program is these with all they import.
_COMMANDS = ("main", "info", "backup", "verify", "expire", "copy", "prune", "pin", "unpin", "restore", "jobs", "serve")
ENTRY_POINTS = (*(f"_agent.{name}" for name in _COMMANDS), "_agent.wal.push", "_agent.wal.get")


def _shipped() -> None:
    """Never called: Ansible ships what is imported anywhere in a file, and to run all of it takes a second."""
    # pylint: disable=unused-import
    from ..._agent import (  # noqa: F401
        backup,
        copy,
        expire,
        info,
        jobs,
        main,
        pin,
        prune,
        restore,
        serve,
        unpin,
        verify,
    )
    from ..._agent.wal import get, push  # noqa: F401


def program_sources() -> dict[str, str]:
    """The text of each Python file of the program by its path there, such as ``_core/wal/lsn.py``."""
    sources: dict[str, str] = {}
    remaining = list(ENTRY_POINTS)
    while remaining:
        name = remaining.pop()
        path = name.replace(".", "/") + ".py"
        if path not in sources:
            sources[path] = _source(name)
            remaining += relative_imports(sources[path], module=name, is_package=_is_package)
    return dict(sorted(sources.items()))


def relative_imports(source: str, *, module: str, is_package: Callable[[str], bool], at_top: bool = False) -> list[str]:
    """The modules that a source of the program imports, at its top or also later, as names below the package.

    They are read from the text: to parse hundreds of files takes a second. A test compares both.

    >>> text = "from .._core.errors import Failed\\nfrom .._core.wal import lsn\\nfrom . import push"
    >>> relative_imports(text, module="_agent.main", is_package=lambda name: name in ("_agent", "_core.wal"))
    ['_core.errors', '_core.wal.lsn', '_agent.push']
    """
    found = []
    for match in _IMPORT.finditer(source):
        if at_top and match["indent"]:
            continue
        parts = module.split(".")[: -len(match["dots"])]
        base = ".".join((*parts, *([match["base"]] if match["base"] else ())))
        # What is imported from a folder are modules.
        found += [f"{base}.{name}" for name in _names(match)] if is_package(base) else [base]
    return found


def _names(match: re.Match[str]) -> list[str]:
    listed = _COMMENT.sub("", match["several"] or match["one"]).split(",")
    return [words[0] for words in (each.split() for each in listed) if words]


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


__all__ = ("ENTRY_POINTS", "program_sources", "relative_imports")
