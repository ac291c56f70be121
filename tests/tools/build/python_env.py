# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The virtual environments: one for the controller and all tools, a small one for Python 3.9."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import environment
from places import CHECKOUT, REQUIREMENTS, BuildError
from stamps import Stamps, fingerprint
from steps import run_quietly, say, tail

OBJECT_STORAGE = REQUIREMENTS / "object-storage.txt"
OLD_BOTO3 = REQUIREMENTS / "boto3-1.26.txt"
LAYERS = {
    "run": (REQUIREMENTS / "run.txt",),
    "object-storage": (OBJECT_STORAGE,),
    "test": (OBJECT_STORAGE, REQUIREMENTS / "test.txt"),
    "molecule": (CHECKOUT / "tests" / "molecule" / "requirements.txt",),
    "floor": (REQUIREMENTS / "floor.txt",),
}


def ensure(build: Path, *layers: str) -> Path:
    """The environment's bin directory, with the layers of requirements installed."""
    venv = build / "venv"
    stamps = Stamps(build)
    _create(venv, interpreter=sys.executable, build=build)
    for layer in layers:
        files = LAYERS[layer]
        value = fingerprint([sys.executable, sys.version, *files])
        if stamps.is_current(f"venv-{layer}", value):
            continue
        say(f"build: installing {', '.join(str(file.relative_to(CHECKOUT)) for file in files)}")
        _pip_install(venv, *files, build=build)
        stamps.set(f"venv-{layer}", value)
    return venv / "bin"


def ensure_floor(build: Path, interpreter: Path) -> Path:
    """The bin directory of an environment for Python 3.9 without Ansible."""
    venv = build / "venv-floor"
    stamps = Stamps(build)
    _create(venv, interpreter=str(interpreter), build=build)
    value = fingerprint([str(interpreter), *LAYERS["floor"]])
    if not stamps.is_current("venv-floor", value):
        say("build: installing tests/requirements/floor.txt for Python 3.9")
        _pip_install(venv, *LAYERS["floor"], build=build)
        stamps.set("venv-floor", value)
    return venv / "bin"


def ensure_old_boto3(build: Path) -> Path:
    """A folder with the release of boto3 that Debian 12 has, for PYTHONPATH: it comes before the environment's own."""
    folder = build / "boto3-1.26"
    stamps = Stamps(build)
    value = fingerprint([sys.executable, sys.version, OLD_BOTO3])
    if not stamps.is_current("boto3-1.26", value):
        say(f"build: installing {OLD_BOTO3.relative_to(CHECKOUT)}")
        shutil.rmtree(folder, ignore_errors=True)
        _pip(["--target", str(folder), "-r", str(OLD_BOTO3)], venv=build / "venv", build=build)
        stamps.set("boto3-1.26", value)
    return folder


def _create(venv: Path, *, interpreter: str, build: Path) -> None:
    if _is_whole(venv):
        return
    if venv.exists():
        shutil.rmtree(venv)
        for stamp in (build / "stamps").glob("venv-*" if venv.name == "venv" else venv.name):
            stamp.unlink()
    say(f"build: virtual environment for {interpreter}")
    log = build / "logs" / "venv.log"
    tools = environment.for_tools(os.environ, build=build)
    done = run_quietly("venv", [interpreter, "-m", "venv", str(venv)], environment=tools, log=log)
    if not done.passed:
        raise BuildError(f"no virtual environment from {interpreter}:\n{tail(log)}")


def _is_whole(venv: Path) -> bool:
    """Whether the environment's interpreter still runs; one whose Python was removed does not."""
    python = venv / "bin" / "python"
    return python.exists() and (venv / "bin" / "pip").exists()


def _pip_install(venv: Path, *requirements: Path, build: Path) -> None:
    # One layer must not move what another one settled.
    settled = [REQUIREMENTS / "run.txt"] if venv.name == "venv" else []
    wanted = dict.fromkeys([*requirements, *settled])
    _pip([word for file in wanted for word in ("-r", str(file))], venv=venv, build=build)


def _pip(arguments: list[str], *, venv: Path, build: Path) -> None:
    log = build / "logs" / "pip.log"
    argv = [str(venv / "bin" / "python"), "-m", "pip", "install", "--quiet", *arguments]
    done = run_quietly("pip", argv, environment=environment.for_downloads(os.environ, build=build), log=log)
    if not done.passed:
        raise BuildError(f"pip could not install {' '.join(arguments)}:\n{tail(log, line_count=30)}")
