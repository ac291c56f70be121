# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The payload is read once: sources are compiled once, imported late, and found by nobody else's name."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._ansible import payload
from ansible_collections.pgfleet.pitr.plugins.module_utils._ansible.payload import KeptPayload

PACKAGE = "kept_in_a_zip"
SOURCES = {
    "__init__.py": "",
    "early.py": "from .room import late\n",
    "room/__init__.py": "",
    "room/late.py": "VALUE = 7\n\n\ndef fail():\n    raise ValueError('late')\n",
}
# Counts how often Python compiles one file that lies in a zip file, which a module has on its path.
COUNT = """
import sys
sys.path.insert(0, sys.argv[1])
names = []
sys.addaudithook(lambda event, arguments: names.append(str(arguments[1])) if event == "compile" else None)
from ansible_collections.pgfleet.pitr.plugins.module_utils._ansible import payload
from ansible_collections.pgfleet.pitr.plugins.module_utils._core import errors
print(len([name for name in names if name.endswith("_core/errors.py")]), errors.__spec__.origin)
"""


@pytest.fixture
def archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A zip file whose package can be imported, and which is removed already."""
    path = tmp_path / "payload.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as content:
        for name, source in SOURCES.items():
            content.writestr(f"{PACKAGE}/{name}", source)
    monkeypatch.setattr(sys, "meta_path", [KeptPayload(str(path), package=PACKAGE), *sys.meta_path])
    # The package itself is imported by Python's own importer.
    package = ModuleType(PACKAGE)
    package.__path__ = [f"{path}/{PACKAGE}"]
    monkeypatch.setitem(sys.modules, PACKAGE, package)
    path.unlink()
    yield path
    for name in [name for name in sys.modules if name.startswith(f"{PACKAGE}.")]:
        del sys.modules[name]


def test_what_is_imported_late_needs_no_file(archive: Path) -> None:
    early = import_module(f"{PACKAGE}.early")

    assert early.late.VALUE == 7
    assert early.late.__spec__.origin == f"{archive}/{PACKAGE}/room/late.py"
    assert [*sys.modules[f"{PACKAGE}.room"].__path__] == [f"{archive}/{PACKAGE}/room"]


def test_what_is_not_there_is_not_found(archive: Path) -> None:
    with pytest.raises(ModuleNotFoundError, match="nothing"):
        import_module(f"{PACKAGE}.nothing")
    assert sys.meta_path[0].find_spec("json") is None


def test_a_traceback_has_path_and_line_of_the_source(archive: Path) -> None:
    late = import_module(f"{PACKAGE}.room.late")

    with pytest.raises(ValueError, match="late") as caught:
        late.fail()
    last = caught.traceback[-1]
    assert (last.frame.code.raw.co_filename, last.lineno + 1) == (f"{archive}/{PACKAGE}/room/late.py", 5)
    assert late.__spec__.loader.get_source(late.__name__) == SOURCES["room/late.py"]


def test_a_source_is_compiled_once(tmp_path: Path) -> None:
    utils = Path(str(payload.__file__)).parents[1]
    folder = Path("ansible_collections/pgfleet/pitr/plugins/module_utils")
    path = tmp_path / "payload.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for package in (folder / "_core", folder / "_ansible", folder, *[*folder.parents][:-1]):
            archive.writestr(f"{package}/__init__.py", "")
        for name in ("_ansible/payload.py", "_core/errors.py", "_core/error_class.py"):
            archive.write(utils / name, folder / name)

    done = subprocess.run([sys.executable, "-IS", "-c", COUNT, path], capture_output=True, text=True, check=False)

    assert done.stdout.split() == ["1", f"{path}/{folder}/_core/errors.py"], done.stderr
