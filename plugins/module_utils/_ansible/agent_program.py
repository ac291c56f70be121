# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The program alone, for a host that keeps a repository and has no cluster."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from .._core.host.file_step import MakeDirectory, WriteFile, plan_directory, plan_file
from .._core.release import VERSION
from .._io.host.file_steps import (
    apply_file_steps,
    check_applicable,
    check_root_controls,
    look_at,
    missing_directories,
)
from .._io.host.interpreter import candidates, choose_interpreter
from .._io.host.runner import SystemRunner
from .._io.privilege.controllers import controllers_of
from .bundle.program import Interpreter, build_program, is_same_program
from .bundle.sources import program_sources
from .entry import Outcome, Request
from .steps_diff import steps_diff

if TYPE_CHECKING:
    from .._core.host.file_step import FileStep


def ensure_program(request: Request) -> Outcome:
    """Install or upgrade the program at ``agent_path``."""
    path, is_root = request.options["agent_path"], os.geteuid() == 0
    check_root_controls((path,))
    interpreters = [each for each in candidates() if not is_root or controllers_of(each) == {0}]
    chosen = request.work(lambda: _chosen(interpreters))
    interpreter = Interpreter(chosen["path"], bytes.fromhex(chosen["magic"]))
    program = build_program(program_sources(), interpreter=interpreter, long_first_line=reads_long_first_lines())
    present = {path: look_at(path)}
    state = present[path]
    same = is_same_program(state.content, program) if state is not None and state.content is not None else None
    wanted = WriteFile(path, program, 0o755, (0, 0) if is_root else None)
    steps: list[FileStep] = []
    for directory in missing_directories(os.path.dirname(path)):
        steps += plan_directory(MakeDirectory(directory, 0o755), present=None)
    steps += plan_file(wanted, present=state, same_content=same)
    check_applicable(steps)
    if not request.check_mode:
        apply_file_steps(steps)
    values = {
        "agent_path": path,
        "version": VERSION,
        "python": interpreter.path,
        "steps": [str(step) for step in steps],
    }
    return Outcome(bool(steps), values, diff=steps_diff(tuple(steps), present=present))


def _chosen(interpreters: list[str]) -> dict[str, str]:
    path, magic = choose_interpreter(interpreters, runner=SystemRunner())
    return {"path": path, "magic": magic.hex()}


def reads_long_first_lines() -> bool:
    """Whether this kernel reads 256 bytes of a program's first line (Linux 5.1 and later)."""
    facts = os.uname()
    major, _unused, rest = facts.release.partition(".")
    minor = rest.split(".")[0].split("-")[0]
    return facts.sysname == "Linux" and major.isdigit() and minor.isdigit() and (int(major), int(minor)) >= (5, 1)


__all__ = ("ensure_program", "reads_long_first_lines")
