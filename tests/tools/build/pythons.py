# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Pythons of this machine beside the one that runs the build."""

from __future__ import annotations

import glob
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import environment
from places import everybody_may_enter

FLOOR = "3.9"


def variable(version: str) -> str:
    """The variable of the caller's that names a Python: `PITR_PYTHON_39` for 3.9."""
    return f"PITR_PYTHON_{version.replace('.', '')}"


def find(version: str, *, caller: Mapping[str, str], for_everybody: bool = False) -> Path | None:
    """A Python of this version: the caller's, the build's own, on PATH, or pyenv's; None when there is none.

    With `for_everybody` root gets only one that other users can run as well, for tests drop to such a user.
    """
    must_be_open = for_everybody and os.geteuid() == 0
    for place in _places(version, caller=caller):
        if os.access(place, os.X_OK) and (not must_be_open or _is_open(place)) and _runs(place, version=version):
            return place
    return None


def _places(version: str, *, caller: Mapping[str, str]) -> Iterator[Path]:
    named = caller.get(variable(version), "")
    if named:
        yield Path(named)
    yield Path(sys.executable)
    for folder in caller.get("PATH", "").split(os.pathsep):
        if folder and not environment.is_pyenv_shim(folder):
            yield Path(folder, f"python{version}")
    for root in (caller.get("PYENV_ROOT", ""), os.path.join(caller.get("HOME", ""), ".pyenv")):
        pattern = os.path.join(glob.escape(root), "versions", f"{version}*", "bin", f"python{version}")
        yield from (Path(one) for one in sorted(glob.glob(pattern)))


def _is_open(program: Path) -> bool:
    """Whether every user may run the program, wherever links lead."""
    return everybody_may_enter(program.resolve().parent)


def _runs(program: Path, *, version: str) -> bool:
    """Whether it is what its name says, with what a virtual environment needs."""
    argv = [str(program), "-c", "import ssl, sys, venv; print('%d.%d' % sys.version_info[:2])"]
    try:
        done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=60)
    except OSError:
        return False
    return done.stdout.strip() == version
