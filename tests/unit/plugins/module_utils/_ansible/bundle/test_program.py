# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import ast
import subprocess
import sys
import zipfile
from importlib.util import MAGIC_NUMBER
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._ansible.bundle.program import (
    Interpreter,
    build_program,
    first_line,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._ansible.bundle.sources import (
    ENTRY_POINTS,
    program_sources,
    relative_imports,
)
from sources import UTILS

PYTHON = Interpreter(sys.executable, MAGIC_NUMBER)
OTHER = Interpreter(sys.executable, b"\0\0\r\n")
FORMS = [pytest.param(True, id="quick first line"), pytest.param(False, id="plain first line")]


def install(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    path.chmod(0o755)
    return path


def run(program: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(program), *arguments], capture_output=True, text=True, check=False, cwd="/")


@pytest.mark.parametrize("interpreter", [pytest.param(PYTHON, id="compiled"), pytest.param(OTHER, id="source only")])
@pytest.mark.parametrize("long_first_line", FORMS)
def test_program_runs(long_first_line: bool, interpreter: Interpreter, tmp_path: Path) -> None:
    content = build_program(program_sources(), interpreter=interpreter, long_first_line=long_first_line)
    program = install(tmp_path / "it's pgpitr", content)
    done = run(program, "version")
    assert (done.returncode, done.stdout.split()[0], done.stderr) == (0, "pgpitr", "")


@pytest.mark.parametrize("long_first_line", FORMS)
def test_every_module_of_the_program_can_be_imported(long_first_line: bool, tmp_path: Path) -> None:
    sources = program_sources()
    program = install(tmp_path / "pgpitr", build_program(sources, interpreter=PYTHON, long_first_line=long_first_line))
    names = [path[:-3].replace("/", ".") for path in sources]
    code = f"import sys; sys.path.insert(0, {str(program)!r})\n" + "".join(f"import pgpitr.{name}\n" for name in names)
    done = subprocess.run([sys.executable, "-IS", "-c", code], capture_output=True, text=True, check=False)
    assert done.stderr == ""


def test_nothing_is_looked_for_in_a_long_directory(tmp_path: Path) -> None:
    program = install(tmp_path / "pgpitr", build_program(program_sources(), interpreter=PYTHON, long_first_line=True))
    with zipfile.ZipFile(program) as archive:
        names = archive.namelist()
    assert [name for name in names if name.endswith(".py")] == ["__main__.py", "pgpitr/__init__.py"]
    assert len(names) == 10


def test_ordinary_call_reads_what_such_calls_need_and_nothing_else(tmp_path: Path) -> None:
    program = install(tmp_path / "pgpitr", build_program(program_sources(), interpreter=PYTHON, long_first_line=True))
    code = (
        f"import sys; sys.path.insert(0, {str(program)!r})\n"
        "from pgpitr._agent.wal import get, push\n"
        "(modules,) = [one for one in sys.meta_path if one.__name__ == '_Modules']\n"
        "print(*modules._read)\n"
        "import pgpitr._io.s3.storage\n"
        "print(*sorted(modules._read))\n"
    )
    done = subprocess.run([sys.executable, "-IS", "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.splitlines() == ["calls", "calls calls_elsewhere"], done.stderr


def is_package(name: str) -> bool:
    """Whether the name is that of a folder of ``module_utils``."""
    return (UTILS / name.replace(".", "/")).is_dir()


def test_program_has_no_ansible_and_everything_it_imports() -> None:
    sources = program_sources()
    assert {path.split("/")[0] for path in sources} == {"_agent", "_core", "_io", "_operations"}
    for path, source in sources.items():
        imported = relative_imports(source, module=path[:-3].replace("/", "."), is_package=is_package)
        for name in imported:
            assert name.replace(".", "/") + ".py" in sources, path


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("from __future__ import annotations\nimport os\nfrom os import path", []),
        ("from .files import read_text, write_durably", ["_io.wal.files"]),
        ("from ..._core.wal.lsn import Lsn", ["_core.wal.lsn"]),
        ("from . import push, get", ["_io.wal.push", "_io.wal.get"]),
        ("from ..._core import errors", ["_core.errors"]),
        ("from ..._core.wal import lsn, segment", ["_core.wal.lsn", "_core.wal.segment"]),
        ("def f():\n    from .late import x", ["_io.wal.late"]),
        (
            "from ..._core.wal import (\n    lsn,  # why\n    segment as other,\n)\n",
            ["_core.wal.lsn", "_core.wal.segment"],
        ),
        ("from .files import one  # as from .others import two", ["_io.wal.files"]),
        ('"""As in\n>>> from .others import two\n"""', []),
    ],
)
def test_relative_imports_are_found(source: str, found: list[str]) -> None:
    assert (
        relative_imports(source, module="_io.wal.here", is_package={"_core", "_core.wal", "_io.wal"}.__contains__)
        == found
    )


def test_all_that_is_a_part_of_it_is_shipped() -> None:
    """Ansible finds what it has to send by the imports of a file."""
    tree = ast.parse((UTILS / "_ansible" / "bundle" / "sources.py").read_text(encoding="utf-8"))
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.level]
    shipped = {f"{node.module}.{alias.name}" for node in imports for alias in node.names}
    assert shipped == {*ENTRY_POINTS}


@pytest.mark.parametrize("at_top", [False, True])
def test_imports_are_those_that_the_parser_finds(at_top: bool) -> None:
    for path, source in program_sources().items():
        module = path[:-3].replace("/", ".")
        tree = ast.parse(source)
        parsed = []
        for node in tree.body if at_top else ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.level:
                base = ".".join((*module.split(".")[: -node.level], *([node.module] if node.module else ())))
                parsed += [f"{base}.{alias.name}" for alias in node.names] if is_package(base) else [base]
        found = relative_imports(source, module=module, is_package=is_package, at_top=at_top)
        assert sorted(found) == sorted(parsed), path


@pytest.mark.parametrize(
    ("damage", "code"),
    [
        pytest.param(lambda content: content[: len(content) // 2], 1, id="half of it"),
        pytest.param(lambda content: content.split(b"\n", 1)[0] + b"\n", 1, id="first line only"),
    ],
)
def test_broken_program_never_looks_like_the_end_of_the_archive(damage: object, code: int, tmp_path: Path) -> None:
    content = build_program(program_sources(), interpreter=PYTHON, long_first_line=True)
    assert callable(damage)
    program = install(tmp_path / "pgpitr", damage(content))
    assert run(program, "archive-get", "--cluster", "db1", "x", "y").returncode == 200
    assert run(program, "archive-push", "--cluster", "db1", "x").returncode == code


@pytest.mark.parametrize("interpreter", [pytest.param(PYTHON, id="compiled"), pytest.param(OTHER, id="source only")])
def test_same_program_is_not_compiled_again(interpreter: Interpreter, monkeypatch: pytest.MonkeyPatch) -> None:
    sources = program_sources()
    one = build_program(sources, interpreter=interpreter, long_first_line=True)
    monkeypatch.setattr("builtins.compile", lambda *_what, **_how: pytest.fail("something is compiled"))
    again = dict(reversed(sources.items()))
    assert build_program(again, interpreter=interpreter, long_first_line=True, present=one) is one


def test_changes_make_another_program() -> None:
    sources = program_sources()
    one = build_program(sources, interpreter=PYTHON, long_first_line=True)
    changed = {**sources, "_core/release.py": sources["_core/release.py"] + "\n"}
    others = (
        build_program(changed, interpreter=PYTHON, long_first_line=True),
        build_program(sources, interpreter=OTHER, long_first_line=True),
        build_program(sources, interpreter=PYTHON, long_first_line=False),
        build_program(sources, interpreter=Interpreter("/usr/bin/pypy", MAGIC_NUMBER), long_first_line=True),
        one[:-100],
        b"",
    )
    for other in others:
        built = build_program(sources, interpreter=PYTHON, long_first_line=True, present=other)
        assert built != other and len(built) == len(one)


def test_path_too_long_for_the_kernel_gets_the_short_first_line() -> None:
    long = Interpreter("/" + "x" * 100, MAGIC_NUMBER)
    assert first_line(long, long_first_line=True) == b"#!/" + b"x" * 100 + b" -IS\n"
    assert b"-IScimport" in first_line(PYTHON, long_first_line=True)


def test_sources_are_found_in_an_archive_as_ansible_ships_them(tmp_path: Path) -> None:
    inside = Path("ansible_collections/pgfleet/pitr/plugins/module_utils")
    with zipfile.ZipFile(tmp_path / "shipped.zip", "w") as archive:
        for path in sorted(UTILS.rglob("*.py")):
            archive.write(path, str(inside / path.relative_to(UTILS)))
        below = {one.parent for one in UTILS.rglob("*.py")}
        folders = {folder for one in below for folder in (one, *one.parents) if UTILS in folder.parents}
        for folder in [*inside.parents, inside, *(inside / one.relative_to(UTILS) for one in sorted(folders))]:
            archive.writestr(str(folder / "__init__.py"), "")
    code = (
        f"import sys; sys.path.insert(0, {str(tmp_path / 'shipped.zip')!r})\n"
        "from ansible_collections.pgfleet.pitr.plugins.module_utils._ansible.bundle import sources\n"
        "assert 'shipped.zip' in sources.__file__\n"
        "print(*sources.program_sources(), sep='\\n')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.split() == list(program_sources()), done.stderr


@pytest.mark.parametrize("interpreter", [pytest.param(PYTHON, id="compiled"), pytest.param(OTHER, id="source only")])
def test_fault_in_a_module_that_lies_with_others_is_shown_with_its_line(
    interpreter: Interpreter, tmp_path: Path
) -> None:
    sources = {**program_sources(), "_core/release.py": "from __future__ import annotations\n\nVERSION = 1 / 0\n"}
    program = install(tmp_path / "pgpitr", build_program(sources, interpreter=interpreter, long_first_line=True))
    done = run(program, "version")
    assert done.returncode == 1
    assert "ZeroDivisionError" in done.stderr and "line 3" in done.stderr
