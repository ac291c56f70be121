# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The bytes of the installed program: a first line for the kernel, then a zip file of Python modules.

Python runs such a file by importing from it. Beside each source lies its compiled form for the interpreter of the
first line; another interpreter takes the source. Modules lie together in a few entries, the first of which is all that
most calls of PostgreSQL need, and so do their compiled forms: as a file of its own, each would be opened in the zip.
"""

from __future__ import annotations

import io
import json
import marshal
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import MAGIC_NUMBER, source_hash
from pathlib import PurePosixPath
from types import CodeType
from typing import Any

from .hot_path import hot_paths

_PACKAGE = "pgpitr"
# In the order in which they are asked for a module, until one has it.
_GROUPS = ("calls", "calls_elsewhere", "rest")
_MAIN = f"from {_PACKAGE}._agent.main import start\n\nstart()\n"
# The line must be shorter than the kernel's buffer: 256 bytes from Linux 5.1 on, 128 before.
_LINE_MAX = 250
# "-c" starts 2.4 ms sooner than "python file", which imports runpy and half of importlib. Should Python itself or the
# file be broken, the hook still keeps recovery from taking that for the end of the archive.
_QUICK_START = (
    "-IScimport sys,posix;"
    'sys.excepthook=lambda*a:(sys.__excepthook__(*a),posix._exit(1+199*("archive-get"in sys.argv)));'
    f"sys.path[:0]=sys.argv[1:2];from {_PACKAGE}._agent.main import start;start()"
)
# Finding each package by itself would cost every archived segment a tenth of a millisecond a folder; and looking for
# garbage, which a process of milliseconds does not leave, as much as all of them.
_INIT = """import gc
import sys

if {"archive-push", "archive-get"}.intersection(sys.argv[1:3]):
    gc.disable()
for _folder in {folders}:
    _package = type(sys)(__name__ + "." + _folder.replace("/", "."))
    _package.__package__ = _package.__name__
    _package.__path__ = [__path__[0] + "/" + _folder]
    sys.modules[_package.__name__] = _package


class _Modules:
    # As files of their own, each would be looked for and opened in the zip, and the zip's directory, which is read at
    # each start, be a hundred times as long.
    _found = {}
    _read = set()

    @classmethod
    def find_spec(cls, name, path=None, target=None):
        if not name.startswith(__name__ + "."):
            return None
        for group in {groups}:
            if name not in cls._found and group not in cls._read:
                cls._found.update(cls._codes(group))
                # At last: another thread may ask meanwhile.
                cls._read.add(group)
        return type(__spec__)(name, cls) if name in cls._found else None

    @staticmethod
    def create_module(spec):
        return None

    @classmethod
    def exec_module(cls, module):
        exec(cls.get_code(module.__name__), module.__dict__)

    @classmethod
    def get_code(cls, name):
        import marshal

        found = cls._found[name]
        return marshal.loads(found) if isinstance(found, bytes) else compile(found, name, "exec", dont_inherit=True)

    @classmethod
    def get_source(cls, name):
        return next(sources[name] for sources in map(cls._sources, {groups}) if name in sources)

    @classmethod
    def _codes(cls, group):
        import marshal

        from _frozen_importlib_external import MAGIC_NUMBER

        try:
            content = __loader__.get_data(__path__[0] + "/" + group + ".pyc")
        except OSError:
            content = b""
        return marshal.loads(content[4:]) if content[:4] == MAGIC_NUMBER else cls._sources(group)

    @staticmethod
    def _sources(group):
        import json

        return json.loads(__loader__.get_data(__path__[0] + "/" + group + ".json"))


# Before those that look for files.
sys.meta_path.insert(0, _Modules)
"""
# Any fixed moment: the same sources make the same file.
_TIMESTAMP = (2026, 1, 1, 0, 0, 0)
_UNCHECKED_HASH = (1).to_bytes(4, "little")


@dataclass(frozen=True)
class Interpreter:
    """The Python that runs the program: its path, and the magic number of its compiled files."""

    path: str
    magic_number: bytes

    @property
    def takes_our_code(self) -> bool:
        """Whether what this process compiles is for that interpreter."""
        return self.magic_number == MAGIC_NUMBER


def build_program(
    sources: Mapping[str, str], *, interpreter: Interpreter, long_first_line: bool, present: bytes | None = None
) -> bytes:
    """The program of these sources; ``long_first_line``: the kernel reads 256 bytes of it.

    It is ``present`` where that has the same first line and sources, compiled for the same interpreter or not at all:
    to compile all takes seconds, and compiled code itself may differ from run to run.
    """
    files = {"__main__.py": _MAIN, f"{_PACKAGE}/__init__.py": _init(sources)}
    groups = _grouped(sources)
    line = first_line(interpreter, long_first_line=long_first_line)
    if present is not None and _essence(present) == _essence_of(files, groups, line=line, interpreter=interpreter):
        return present
    archive = io.BytesIO()
    # Stored, not deflated: unpacking would take zlib and time at each start.
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as target:
        for path, source in files.items():
            _add(target, path, source.encode("utf-8"))
            if interpreter.takes_our_code:
                _add(target, path + "c", _pyc(source, path=path))
        for group, modules in groups.items():
            _add(target, f"{_PACKAGE}/{group}.json", _listed(modules))
            if interpreter.takes_our_code:
                codes = {name: marshal.dumps(_code(source, path=name)) for name, source in modules.items()}
                _add(target, f"{_PACKAGE}/{group}.pyc", MAGIC_NUMBER + marshal.dumps(codes))
    return line + archive.getvalue()


def _grouped(sources: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """The sources by group and module: what most calls of PostgreSQL need, what some need, and all others."""
    calls, every_call = hot_paths(sources, elsewhere=False), hot_paths(sources)
    groups: dict[str, dict[str, str]] = {name: {} for name in _GROUPS}
    for path, source in sorted(sources.items()):
        groups[_GROUPS[(path not in calls) + (path not in every_call)]][_module(path)] = source
    return groups


def first_line(interpreter: Interpreter, *, long_first_line: bool) -> bytes:
    """What makes the file executable."""
    quick = f"#!{interpreter.path} {_QUICK_START}\n".encode()
    if long_first_line and len(quick) <= _LINE_MAX:
        return quick
    return f"#!{interpreter.path} -IS\n".encode()


def _init(sources: Mapping[str, str]) -> str:
    """The ``__init__.py`` that makes every folder a package, and finds what is no file of its own."""
    folders = {str(folder) for path in sources for folder in PurePosixPath(path).parents if folder.name}
    return _INIT.replace("{folders}", repr(sorted(folders))).replace("{groups}", repr([*_GROUPS]))


def _module(path: str) -> str:
    return f"{_PACKAGE}.{path[: -len('.py')].replace('/', '.')}"


def _pyc(source: str, *, path: str) -> bytes:
    return (
        MAGIC_NUMBER + _UNCHECKED_HASH + source_hash(source.encode("utf-8")) + marshal.dumps(_code(source, path=path))
    )


def _code(source: str, *, path: str) -> CodeType:
    return compile(_without_annotations(source), path, "exec", dont_inherit=True, optimize=2)


def _without_annotations(source: str) -> Any:
    """The syntax tree without what only people and the type checker read: loading it would take time at each start.

    Annotations in classes stay, because those of dataclasses count.
    """
    # Imported late: mostly nothing has to be compiled.
    import ast

    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            node.returns = None
        elif isinstance(node, ast.arg):
            node.annotation = None
    return tree


def _add(target: zipfile.ZipFile, path: str, content: bytes) -> None:
    target.writestr(zipfile.ZipInfo(path, _TIMESTAMP), content)


def _listed(modules: Mapping[str, str]) -> bytes:
    return json.dumps(modules, indent=0).encode("utf-8")


def _essence_of(
    files: Mapping[str, str], groups: Mapping[str, Mapping[str, str]], *, line: bytes, interpreter: Interpreter
) -> tuple[bytes, dict[str, bytes]]:
    """What :func:`_essence` sees of the program, before anything is compiled."""
    contents = {path: source.encode("utf-8") for path, source in files.items()}
    contents.update({f"{_PACKAGE}/{group}.json": _listed(modules) for group, modules in groups.items()})
    if interpreter.takes_our_code:
        compiled = (*(path + "c" for path in files), *(f"{_PACKAGE}/{group}.pyc" for group in groups))
        contents.update(dict.fromkeys(compiled, MAGIC_NUMBER))
    return line.rstrip(b"\n"), contents


def _essence(program: bytes) -> object:
    line, _unused, rest = program.partition(b"\n")
    try:
        with zipfile.ZipFile(io.BytesIO(rest)) as archive:
            # A compiled file begins with its interpreter's magic number, which is four bytes long.
            contents = {name: archive.read(name) for name in archive.namelist()}
    except (zipfile.BadZipFile, EOFError):
        return rest
    return line, {name: content[:4] if name.endswith(".pyc") else content for name, content in contents.items()}


__all__ = ("Interpreter", "build_program", "first_line")
