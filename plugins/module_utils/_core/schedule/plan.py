# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Steps that bring a host's timers into the desired state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Union

from ..host.file_step import FileState, FileStep, WriteFile, plan_file, plan_removal


@dataclass(frozen=True)
class UnitState:
    """The state of a unit: started at boot, active, failed, or changed on disk since systemd has read it."""

    enabled: bool = False
    active: bool = False
    failed: bool = False
    needs_reload: bool = False


@dataclass(frozen=True)
class SystemctlStep:
    """The arguments of a call of ``systemctl``."""

    arguments: tuple[str, ...]

    def __str__(self) -> str:
        return f"systemctl {' '.join(self.arguments)}"


TimerStep = Union[FileStep, SystemctlStep]


def plan_timers(
    *,
    wanted: Sequence[WriteFile],
    unwanted: Sequence[str],
    present: Mapping[str, FileState | None],
    states: Mapping[str, UnitState],
) -> tuple[TimerStep, ...]:
    """Stop timers before their files are removed, and start the wanted ones once systemd has read their files.

    ``wanted`` are files and ``unwanted`` paths of files; ``present`` has what exists at each path, ``states`` the state
    of each unit. A service whose unit is removed while it runs is not interrupted.
    """
    gone = [path for path in unwanted if present.get(path) is not None]
    files: list[FileStep] = [*plan_removal(gone)]
    for file in wanted:
        files += plan_file(file, present=present.get(file.path))
    steps: list[TimerStep] = []
    steps += systemctl("disable", "--now", names=[name for name in map(unit_name, gone) if _is_timer(name)])
    steps += files
    names = [unit_name(file.path) for file in wanted]
    if files or any(state_of(states, name).needs_reload for name in names):
        steps.append(SystemctlStep(("daemon-reload",)))
    # Otherwise it stays in the list of failed units, although it has no file any more.
    steps += systemctl("reset-failed", names=[name for name in map(unit_name, gone) if state_of(states, name).failed])
    idle = [name for name in names if _is_timer(name) and not is_up(state_of(states, name))]
    steps += systemctl("enable", "--now", names=idle)
    return tuple(steps)


def systemctl(*words: str, names: Sequence[str]) -> tuple[SystemctlStep, ...]:
    """One call for these units; none without any."""
    return (SystemctlStep((*words, *names)),) if names else ()


def is_up(state: UnitState) -> bool:
    """Whether it runs, and will after a boot."""
    return state.enabled and state.active


def state_of(states: Mapping[str, UnitState], name: str) -> UnitState:
    """What is known of a unit; one that is not there is nothing of all."""
    return states.get(name, UnitState())


def _is_timer(name: str) -> bool:
    return name.endswith(".timer")


def unit_name(path: str) -> str:
    """The unit that this file describes."""
    return path.rpartition("/")[2]


__all__ = (
    "SystemctlStep",
    "TimerStep",
    "UnitState",
    "is_up",
    "plan_timers",
    "state_of",
    "systemctl",
    "unit_name",
)
