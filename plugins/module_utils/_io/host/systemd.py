# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asking systemd about units and calendars, and telling it what to do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..._core.errors import Unavailable
from ..._core.host.file_step import FileStep
from ..._core.schedule.calendar import calendar_invalid
from ..._core.schedule.plan import SystemctlStep, TimerStep, UnitState
from .file_steps import apply_file_steps
from .machine import systemd_runs
from .runner import Runner

_SHOW = ("systemctl", "show", "--property=Id,ActiveState,UnitFileState,NeedDaemonReload")


def check_systemd() -> None:
    """Return when systemd runs this host. Raises Unavailable (``systemd-missing``)."""
    if systemd_runs():
        return
    raise Unavailable(
        "this host does not run systemd, which timers need",
        code="systemd-missing",
        hint="Leave 'pitr_backup_timers' unset here, and let the host's own scheduler run 'pgpitr backup',"
        " 'pgpitr verify' and 'pgpitr expire'.",
    )


def check_calendar(text: str, *, job: str, runner: Runner) -> None:
    """Return when systemd can parse the expression and it will elapse again.

    Where the host has no ``systemd-analyze`` nothing is checked. Raises InvalidInput (``calendar-invalid``).
    """
    try:
        said = runner.run(["systemd-analyze", "calendar", text], check=False)
    except Unavailable as error:
        if error.code == "program-missing":
            return
        raise
    if said.rc != 0:
        raise calendar_invalid(text, job=job, reason=said.stderr.strip() or f"exit code {said.rc}")
    if any(line.split(":", 1)[-1].strip() == "never" for line in said.stdout.splitlines() if "elapse" in line):
        raise calendar_invalid(text, job=job, reason="it never elapses")


def unit_states(names: Sequence[str], *, runner: Runner) -> dict[str, UnitState]:
    """What systemd says of each unit; of one that does not exist, that it is nothing. Raises Failed."""
    if not names:
        return {}
    shown = runner.run([*_SHOW, *names]).stdout
    found = {}
    for block in shown.split("\n\n"):
        values = dict(line.split("=", 1) for line in block.splitlines() if "=" in line)
        if "Id" in values:
            found[values["Id"]] = _state(values)
    return found


def apply_timer_steps(steps: Iterable[TimerStep], *, runner: Runner) -> None:
    """Carry out each step. Raises Unavailable (``write-failed``) and Failed (``command-failed``)."""
    for step in steps:
        if isinstance(step, SystemctlStep):
            runner.run(["systemctl", "--no-ask-password", *step.arguments])
        else:
            apply_file_steps((step,))


def file_steps(steps: Iterable[TimerStep]) -> tuple[FileStep, ...]:
    """Those of the steps that are about files."""
    return tuple(step for step in steps if not isinstance(step, SystemctlStep))


def _state(values: dict[str, str]) -> UnitState:
    return UnitState(
        enabled=values.get("UnitFileState") in ("enabled", "enabled-runtime"),
        active=values.get("ActiveState") == "active",
        failed=values.get("ActiveState") == "failed",
        needs_reload=values.get("NeedDaemonReload") == "yes",
    )


__all__ = ("apply_timer_steps", "check_calendar", "check_systemd", "file_steps", "unit_states")
