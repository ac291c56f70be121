# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Steps that bring a host's receiver of WAL into the desired state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..host.file_step import FileState, FileStep, WriteFile, plan_file, plan_removal
from ..schedule.plan import SystemctlStep, TimerStep, UnitState, is_up, state_of, systemctl, unit_name

UNIT_DIRECTORY = "/etc/systemd/system"


def plan_receiver(
    *,
    wanted: Sequence[WriteFile],
    unwanted: Sequence[str],
    present: Mapping[str, FileState | None],
    states: Mapping[str, UnitState],
) -> tuple[TimerStep, ...]:
    """Stop units before their files are removed; start, or restart, the wanted ones once everything is written.

    ``wanted`` are the files of units and those that they read, ``unwanted`` paths of such; ``present`` has what exists
    at each path, ``states`` the state of each unit. Where no file of a unit is concerned, systemd is not either.
    """
    gone = [path for path in unwanted if present.get(path) is not None]
    files: list[FileStep] = [*plan_removal(gone)]
    for file in wanted:
        files += plan_file(file, present=present.get(file.path))
    names = [unit_name(file.path) for file in wanted if _is_unit(file.path)]
    gone_units = [unit_name(path) for path in gone if _is_unit(path)]
    ends = [name for name in gone_units if _is_lasting(name)]
    steps: list[TimerStep] = [*systemctl("disable", "--now", names=ends), *files]
    if any(_is_unit(step.path) for step in files) or any(state_of(states, name).needs_reload for name in names):
        steps.append(SystemctlStep(("daemon-reload",)))
    steps += systemctl("reset-failed", names=[name for name in gone_units if state_of(states, name).failed])
    idle = [name for name in names if _is_lasting(name) and not is_up(state_of(states, name))]
    steps += systemctl("enable", "--now", names=idle)
    # Whatever it reads when it starts: the unit itself, the service file, the password.
    changed = [step.path for step in files if not _is_oneshots(step.path)]
    restarted = [name for name in names if _is_stream(name) and name not in idle and changed]
    steps += systemctl("restart", names=restarted)
    return tuple(steps)


def _is_unit(path: str) -> bool:
    return path.startswith(f"{UNIT_DIRECTORY}/")


def _is_stream(name: str) -> bool:
    return name.startswith("pgpitr-stream-")


def _is_lasting(name: str) -> bool:
    """Whether the unit stays: the receiver and timers, but not what a timer runs."""
    return _is_stream(name) or name.endswith(".timer")


def _is_oneshots(path: str) -> bool:
    return unit_name(path).startswith("pgpitr-prune-")


__all__ = ("UNIT_DIRECTORY", "plan_receiver")
