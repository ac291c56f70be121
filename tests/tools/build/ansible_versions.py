# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbooks' main path under the oldest and the newest ansible-core, each with the newest Python that it takes."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import debian_python
import environment
import pytest_runs
import pythons
from cache import default_cache
from context import Context
from debian_python import Unpacking
from places import REQUIREMENTS, BuildError
from stamps import fingerprint
from steps import NOT_RUN, Outcome, run_quietly, say, tail

TEST = "tests/integration/test_main_path.py"
NEEDED = REQUIREMENTS / "versions.txt"


@dataclass(frozen=True)
class Core:
    """An ansible-core, with the Pythons that it takes on a controller, newest first."""

    version: str
    pythons: Sequence[str]

    @property
    def step(self) -> str:
        """The name of its step."""
        return f"ansible-versions-{self.version}"

    @property
    def requirement(self) -> str:
        """What pip is asked for."""
        return f"ansible-core~={self.version}.0"


OLDEST = Core("2.16", ("3.12", "3.11", "3.10"))
NEWEST = Core("2.21", ("3.14", "3.13", "3.12"))


def ansible_versions(context: Context) -> list[Outcome]:
    """Each version's run; one for which this machine has no Python is named, and counts as not run."""
    pytest_runs.need_servers(context)
    return [_run(context, core) for core in (OLDEST, NEWEST)]


def _run(context: Context, core: Core) -> Outcome:
    failures: list[str] = []
    interpreter = _interpreter(context, core, failures=failures)
    if interpreter is None:
        return _not_run(context, core, failures=failures)
    python = _environment(context, core, interpreter=interpreter) / "bin" / "python"
    say(f"ansible-core {core.version} on {interpreter}")
    return pytest_runs.run_pytest(context, core.step, [str(python)], [TEST])


def _interpreter(context: Context, core: Core, *, failures: list[str]) -> Path | None:
    """The newest Python that there is, or that Debian has; why Debian's could not be had goes to `failures`."""
    for version in core.pythons:
        found = pythons.find(version, caller=context.caller, for_everybody=True)
        if found:
            return found
        if debian_python.is_offered(version, caller=context.caller):
            try:
                return _debian_interpreter(context, version)
            except BuildError as error:
                failures.append(f"Python {version} from Debian: {error}")
    return None


def _debian_interpreter(context: Context, version: str) -> Path:
    def make(folder: Path) -> None:
        caller = environment.for_downloads(context.caller, build=context.build)
        Unpacking(version, target=folder, environment=caller, log=context.log("debian-python")).run()

    key = fingerprint(debian_python.recipe(version))
    folder = default_cache(context.caller).entry(f"python-{version}", key=key, make=make)
    return debian_python.program_of(folder, version=version)


def _environment(context: Context, core: Core, *, interpreter: Path) -> Path:
    def make(folder: Path) -> None:
        say(f"build: virtual environment with {core.requirement} for {interpreter}")
        _call(context, [str(interpreter), "-m", "venv", "--without-pip", str(folder)])
        with tempfile.TemporaryDirectory() as scratch:
            download = ["download", "--quiet", "--no-deps", "--only-binary=:all:", "--dest", scratch, "pip"]
            _call(context, [context.program("python"), "-m", "pip", *download])
            (pip,) = Path(scratch).glob("pip-*.whl")
            # The one that a Python brings may be too old for it, or be missing; this one runs from its file.
            install = ["install", "--quiet", "-r", str(NEEDED), core.requirement]
            _call(context, [str(folder / "bin" / "python"), f"{pip}/pip", *install])

    key = fingerprint([core.requirement, NEEDED, str(interpreter), _identity(interpreter)])
    return default_cache(context.caller).entry(f"ansible-{core.version}", key=key, make=make)


def _identity(interpreter: Path) -> str:
    """What tells an interpreter from one that takes its place later."""
    facts = os.stat(interpreter)
    return f"{facts.st_size} {facts.st_mtime_ns}"


def _call(context: Context, argv: Sequence[str]) -> None:
    log = context.log("ansible-versions")
    caller = environment.for_downloads(context.caller, build=context.build)
    done = run_quietly("ansible-versions", argv, environment=caller, log=log)
    if not done.passed:
        raise BuildError(f"{' '.join(argv[:4])} failed:\n{tail(log, line_count=30)}")


def _not_run(context: Context, core: Core, *, failures: Sequence[str]) -> Outcome:
    """A failure in CI where Debian has the Python and it was not had; a machine that has none at all can't help it."""
    names = ", ".join(f"{pythons.variable(version)}" for version in core.pythons)
    who = "that every user can run" if os.geteuid() == 0 else "here"
    say(f"NOT RUN: ansible-core {core.version}: no Python {' or '.join(core.pythons)} {who} (one of {names} names one)")
    for failure in failures:
        say(f"NOT RUN: {failure}")
    could_have_run = bool(failures) and context.caller.get("CI", "").lower() in ("1", "true")
    return Outcome(name=core.step, exit_code=1 if could_have_run else NOT_RUN, seconds=0)
