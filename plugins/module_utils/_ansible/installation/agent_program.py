# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The program alone, for a host that keeps a repository and has no cluster."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..._core.host.file_step import FileState, FileStep, MakeDirectory, WriteFile, plan_directory, plan_file
from ..._core.release import VERSION
from ..._io.host.file_steps import (
    apply_file_steps,
    check_applicable,
    check_root_controls,
    look_at,
    missing_directories,
)
from ..._io.host.interpreter import candidates, choose_interpreter
from ..._io.host.runner import Runner, SystemRunner
from ..._io.privilege.controllers import controllers_of
from ..bundle.program import Interpreter, build_program
from ..bundle.sources import program_sources
from ..entry import Outcome, Request
from ..steps_diff import steps_diff
from ..worker.answer import check_choice


def ensure_program(request: Request) -> Outcome:
    """Install or upgrade the program at ``agent_path``."""
    path = request.options["agent_path"]
    check_root_controls((path,))
    interpreters = trusted_interpreters()
    chosen = request.work(lambda: chosen_interpreter(interpreters, runner=SystemRunner()))
    interpreter = interpreter_of(chosen, among=interpreters)
    present = {path: look_at(path)}
    file = program_file(path, interpreter=interpreter, present=present[path])
    steps = plan_files({path: file}, present=present)
    check_applicable(steps)
    if not request.check_mode:
        apply_file_steps(steps)
    values = {
        "agent_path": path,
        "version": VERSION,
        "python": interpreter.path,
        "steps": [str(step) for step in steps],
    }
    return Outcome(bool(steps), values, diff=steps_diff(steps, present=present))


def trusted_interpreters() -> list[str]:
    """Those that may run the program. Root does so as well, some night: then those that root alone controls."""
    return [path for path in candidates() if os.geteuid() != 0 or controllers_of(path) == {0}]


def chosen_interpreter(interpreters: Sequence[str], *, runner: Runner, needs_boto3: bool = False) -> dict[str, str]:
    """The one that the program is to run under, as plain data; see :func:`interpreter_of`."""
    path, magic = choose_interpreter(interpreters, runner=runner, needs_boto3=needs_boto3)
    return {"interpreter": path, "magic": magic.hex()}


def interpreter_of(chosen: Mapping[str, Any], *, among: Iterable[str]) -> Interpreter:
    """The value of what :func:`chosen_interpreter` has chosen. Raises Refused (``answer-not-trusted``)."""
    return Interpreter(check_choice(chosen["interpreter"], among=among), bytes.fromhex(chosen["magic"]))


def program_file(path: str, *, interpreter: Interpreter, present: FileState | None) -> WriteFile:
    """The program as it should be, with the content that is present where that will do."""
    content = build_program(
        program_sources(),
        interpreter=interpreter,
        long_first_line=_reads_long_first_lines(),
        present=present.content if present is not None else None,
    )
    return WriteFile(path, content, 0o755, (0, 0) if os.geteuid() == 0 else None)


def plan_files(wanted: Mapping[str, WriteFile], *, present: Mapping[str, FileState | None]) -> tuple[FileStep, ...]:
    """What makes the files at these paths as wanted, in their order: directories first."""
    steps: list[FileStep] = []
    for path, file in wanted.items():
        for directory in missing_directories(os.path.dirname(path)):
            step = MakeDirectory(directory, 0o755)
            if step not in steps:
                steps += plan_directory(step, present=None)
        steps += plan_file(file, present=present[path])
    return tuple(steps)


def _reads_long_first_lines() -> bool:
    """Whether this kernel reads 256 bytes of a program's first line (Linux 5.1 and later)."""
    facts = os.uname()
    major, _unused, rest = facts.release.partition(".")
    minor = rest.split(".")[0].split("-")[0]
    return facts.sysname == "Linux" and major.isdigit() and minor.isdigit() and (int(major), int(minor)) >= (5, 1)


__all__ = (
    "chosen_interpreter",
    "ensure_program",
    "interpreter_of",
    "plan_files",
    "program_file",
    "trusted_interpreters",
)
