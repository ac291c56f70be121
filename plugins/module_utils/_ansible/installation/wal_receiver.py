# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action of the module ``wal_receiver``: the unit that receives a cluster's WAL on this host, and what it needs."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import Any

from ..._core.errors import InvalidInput, Unavailable
from ..._core.host.file_step import FileState, MakeDirectory
from ..._core.repository.cluster_name import check_cluster_name
from ..._core.schedule.plan import TimerStep, UnitState
from ..._core.streaming.plan import UNIT_DIRECTORY, plan_receiver
from ..._core.streaming.receiver import Receiver, stream_unit_name
from ..._io.host.file_steps import (
    check_applicable,
    check_root_controls,
    check_root_controls_entry,
    look_at,
    missing_directories,
)
from ..._io.host.machine import systemd_runs
from ..._io.host.runner import Runner, SystemRunner
from ..._io.host.systemd import apply_timer_steps, check_calendar, check_systemd, file_steps, unit_states
from ..entry import Outcome, Request
from ..steps_diff import steps_diff
from .receiver_files import (
    PRUNE_JOB,
    WantedReceiver,
    calendar_error,
    directory_steps,
    every_path,
    passfile_path,
    wanted_receiver,
)


def ensure_receiver(request: Request) -> Outcome:
    """Bring the receiver of WAL into the wanted state. What was received is never removed."""
    options = request.options
    check_cluster_name(options["name"] or "")
    runner = SystemRunner()
    wanted = None
    if options["state"] == "present":
        wanted = wanted_receiver(options, account=request.account)
        _check_host(options, receiver=wanted.receiver, runner=runner)
    steps, present = _plan(request, wanted=wanted, runner=runner)
    check_applicable(file_steps(steps))
    if not request.check_mode:
        apply_timer_steps(steps, runner=runner)
    values = {
        "unit": stream_unit_name(options["name"]) if options["service_manager"] == "systemd" else None,
        **_commands(wanted.receiver if wanted else None),
        "steps": [str(step) for step in steps],
    }
    diff = steps_diff(steps, present=present, secret_paths=[passfile_path(options)])
    return Outcome(bool(steps), values, diff=diff)


def _plan(
    request: Request, *, wanted: WantedReceiver | None, runner: Runner
) -> tuple[tuple[TimerStep, ...], dict[str, FileState | None]]:
    """The steps, and what lies at the paths of their files."""
    options = request.options
    files = wanted.files if wanted else ()
    paths = {file.path for file in files}
    possible = [path for path in every_path(options) if options["service_manager"] == "systemd" or not _is_unit(path)]
    unwanted = [path for path in possible if path not in paths]
    made: list[TimerStep] = []
    if wanted is not None:
        directory = wanted.receiver.directory
        made += (MakeDirectory(path, 0o755) for path in missing_directories(options["config_directory"]))
        check_root_controls_entry(directory)
        made += directory_steps(directory, account=request.account)
    # The files in it are the account's, which alone may read a password; root alone decides what lies where.
    check_root_controls({os.path.dirname(path) for path in (*paths, *unwanted)})
    present = {path: look_at(path) for path in (*paths, *unwanted)}
    states = _states(present, runner=runner)
    return (*made, *plan_receiver(wanted=files, unwanted=unwanted, present=present, states=states)), present


def _check_host(options: Mapping[str, Any], *, receiver: Receiver, runner: Runner) -> None:
    """Return when this host can run the receiver. Raises Unavailable (``systemd-missing``, ``agent-missing``)."""
    if options["service_manager"] == "systemd":
        try:
            check_systemd()
        except Unavailable as error:
            raise error.with_hint(
                "Set 'pitr_streaming_service_manager' to 'none' here, and let the host's own supervisor run what the"
                " module returns as 'commands'."
            ) from error
    if receiver.prune is None:
        return
    if options["service_manager"] == "systemd":
        try:
            check_calendar(receiver.calendar, job=PRUNE_JOB, runner=runner)
        except InvalidInput as error:
            raise calendar_error(error) from error
    if not os.access(options["agent_path"], os.X_OK):
        raise Unavailable(
            f"there is no program '{options['agent_path']}' to remove what is archived",
            code="agent-missing",
            hint="Run the playbook 'archive', which installs it, or set 'pitr_streaming_timer_prune' to 'none'.",
        )


def _states(present: Mapping[str, FileState | None], *, runner: Runner) -> dict[str, UnitState]:
    """The states of the units whose files exist; systemd does not know the others."""
    names = sorted(os.path.basename(path) for path in _there(present) if _is_unit(path))
    return unit_states(names, runner=runner) if names and systemd_runs() else {}


def _there(present: Mapping[str, FileState | None]) -> Iterable[str]:
    return (path for path, state in present.items() if state is not None)


def _is_unit(path: str) -> bool:
    return path.startswith(f"{UNIT_DIRECTORY}/")


def _commands(receiver: Receiver | None) -> dict[str, Any]:
    if receiver is None:
        return dict.fromkeys(("slot", "directory", "environment", "commands"))
    return {
        "slot": receiver.slot,
        "directory": receiver.directory,
        "environment": receiver.environment,
        "commands": {
            "create_slot": list(receiver.create_slot),
            "receive": list(receiver.receive),
            "prune": list(receiver.prune) if receiver.prune else None,
        },
    }


__all__ = ("ensure_receiver",)
