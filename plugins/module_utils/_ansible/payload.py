# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Imports the collection's files out of Ansible's payload, which is read once and kept in memory.

A module imports this before all else. Python's own importer of zip files compiles each source twice (``find_spec`` asks
for the file's name, and ``zipimporter.get_filename`` compiles to tell it), and opens the file for each source: the
login user's, which a module that works as the cluster's user cannot read any more. What is kept can be imported late
by anybody.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from importlib.machinery import ModuleSpec
from io import BytesIO
from types import CodeType, ModuleType
from typing import Any
from zipfile import ZipFile

# The package that holds _ansible, _operations, _io and _core.
_PACKAGE = __name__.rsplit(".", 2)[0]


class KeptPayload:
    """Finds and loads the modules below one package of a zip file."""

    def __init__(self, archive: str, *, package: str) -> None:
        with open(archive, "rb") as stream:
            self.content = stream.read()
        self._zip = ZipFile(BytesIO(self.content))
        self._archive = archive
        self._prefix = package + "."
        self._entries = frozenset(self._zip.namelist())

    def find_spec(self, name: str, *_hints: object) -> ModuleSpec | None:
        """Where a module lies; ``None``: not here."""
        if not name.startswith(self._prefix):
            return None
        entry, is_package = self._place(name)
        if entry not in self._entries:
            return None
        # A loader by its methods: the base class would cost an import.
        loader: Any = self
        spec = ModuleSpec(name, loader, origin=os.path.join(self._archive, entry), is_package=is_package)
        if is_package:
            spec.submodule_search_locations = [os.path.dirname(spec.origin or "")]
        return spec

    def create_module(self, _spec: ModuleSpec) -> None:
        """Return nothing: an ordinary module will do."""

    def exec_module(self, module: ModuleType) -> None:
        """Run a module's code."""
        exec(self.get_code(module.__name__), module.__dict__)  # noqa: S102  # pylint: disable=exec-used

    def get_code(self, name: str) -> CodeType:
        """The compiled module, with the path in tracebacks that Python's own importer gives it."""
        entry, _is_package = self._place(name)
        return compile(self._zip.read(entry), os.path.join(self._archive, entry), "exec", dont_inherit=True)

    def get_source(self, name: str) -> str:
        """The text of a module: for tracebacks, and for who installs it."""
        return self._zip.read(self._place(name)[0]).decode("utf-8")

    def _place(self, name: str) -> tuple[str, bool]:
        path = name.replace(".", "/")
        package = f"{path}/__init__.py"
        return (package, True) if package in self._entries else (f"{path}.py", False)


def keep_all() -> None:
    """Let the rest be imported by a user who may not read where Ansible has put it.

    What lies in a folder (Ansible's ``explode``) is imported at once; a zip file is kept anyway.
    """
    if not _is_kept():
        root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
        for folder, _folders, files in os.walk(root):
            for file in files:
                if file.endswith(".py") and file != "__init__.py":
                    path = os.path.relpath(os.path.join(folder, file), root)
                    import_module(f"{_PACKAGE}.{path[: -len('.py')].replace(os.sep, '.')}")


def kept_content() -> bytes | None:
    """Ansible's payload as a whole; ``None`` where it came as files."""
    return next((finder.content for finder in sys.meta_path if isinstance(finder, KeptPayload)), None)


def _is_kept() -> bool:
    return any(isinstance(finder, KeptPayload) for finder in sys.meta_path)


def _keep() -> None:
    archive = getattr(__spec__.loader, "archive", None) if __spec__ else None
    if archive is not None and not _is_kept():
        sys.meta_path.insert(0, KeptPayload(archive, package=_PACKAGE))


_keep()

__all__ = ("KeptPayload", "keep_all", "kept_content")
