# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action of the module ``timers``: the systemd units that run a cluster's scheduled jobs."""

from __future__ import annotations

import grp
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..._core.backup.request import BackupRequest, ChainLimits
from ..._core.errors import InvalidInput, Unavailable
from ..._core.host.file_step import FileState, WriteFile
from ..._core.postgres.cluster import SYSTEMD, Cluster
from ..._core.repository.cluster_name import check_cluster_name
from ..._core.schedule.calendar import wanted_calendar
from ..._core.schedule.job import COPY_JOB, JOBS, KEEPERS_JOBS, PgpitrCall, TimerPolicy, job_command
from ..._core.schedule.plan import TimerStep, UnitState, plan_timers
from ..._core.schedule.units import UnitFile, UnitOwner, service_unit, timer_unit, unit_name
from ..._core.verify.selection import ALL, VerifyRequest
from ..._io.host.agent_config import read_agent_config
from ..._io.host.file_steps import check_applicable, check_root_controls, look_at
from ..._io.host.machine import systemd_runs
from ..._io.host.runner import Runner, SystemRunner
from ..._io.host.systemd import apply_timer_steps, check_calendar, check_systemd, file_steps, unit_states
from ..._io.repository.repository import Repository
from ..cluster import resolve_cluster
from ..entry import Outcome, Request
from ..repository import repository_of
from ..retention import retention_of
from ..steps_diff import steps_diff

UNIT_DIRECTORY = "/etc/systemd/system"
_UNIT_NAME = re.compile(r"[A-Za-z0-9:_.@\\-]+\.service")
_DELAY_SECONDS_MAX = 30 * 86400


@dataclass(frozen=True)
class _Wanted:
    """The calendar by job, the units' texts, and the command of each job."""

    calendars: Mapping[str, str]
    units: tuple[UnitFile, ...]
    commands: Mapping[str, list[str]]


def ensure_timers(request: Request) -> Outcome:
    """Bring the cluster's timers into the wanted state."""
    options = request.options
    check_cluster_name(options["name"] or "")
    runner = SystemRunner()
    wanted = _Wanted({}, (), {})
    if options["state"] == "present":
        wanted = _wanted(request, runner=runner)
    files = [WriteFile(_path(each.name), each.text.encode(), 0o644, (0, 0)) for each in wanted.units]
    paths = {file.path for file in files}
    unwanted = [path for path in _every_path(options["name"]) if path not in paths]
    check_root_controls((*paths, *unwanted))
    present = {path: look_at(path) for path in (*paths, *unwanted)}
    steps = plan_timers(wanted=files, unwanted=unwanted, present=present, states=_states(present, runner=runner))
    check_applicable(file_steps(steps))
    if not request.check_mode:
        apply_timer_steps(steps, runner=runner)
    return _outcome(options, wanted=wanted, steps=steps, present=present)


def policy_of(options: Mapping[str, Any]) -> TimerPolicy:
    """What the module's options ask the jobs to do. Raises InvalidInput (``option-out-of-range``)."""
    policy = TimerPolicy(
        backup=BackupRequest(
            compression=options["compression"],
            limits=ChainLimits(options["full_every_days"], options["max_incrementals"], options["max_chain_percent"]),
            allow_standby=options["allow_standby"],
            standby_wait_seconds=options["standby_wait_seconds"],
            accepted_faults=tuple(options["accepted_faults"]),
            spool_max_bytes=options["spool_max_bytes"],
        ),
        retention=retention_of(options),
        verify=VerifyRequest(
            backup=options["verify_backup"] or ALL,
            sample_percent=options["verify_sample_percent"],
            max_age_seconds=options["verify_max_age_seconds"],
            resume=options["verify_resume"],
            max_rate_kib=options["verify_max_rate_kib"],
            jobs=1 if options["verify_jobs"] is None else options["verify_jobs"],
        ),
        verify_jobs=options["verify_jobs"],
        expire_wait_seconds=options["expire_wait_seconds"],
    )
    policy.check()
    _check_range(options, "expire_wait_seconds")
    return policy


def _wanted(request: Request, *, runner: Runner) -> _Wanted:
    """The units as they should be; everything that can be refused is refused here."""
    options = request.options
    repository = repository_of(options)
    calendars = _calendars(options, jobs=_jobs_for(repository), runner=runner)
    policy = policy_of(options)
    _check_range(options, "timer_random_delay_seconds")
    check_systemd()
    server_unit = request.work(lambda: _server_unit(resolve_cluster(options, runner=runner)))
    _check_agent(options)
    call = PgpitrCall(options["agent_path"], options["name"], options["config_directory"])
    commands = {job: job_command(job, call=call, policy=policy) for job in calendars}
    owner = _owner(request, server_unit=server_unit, repository_path=repository.path)
    units: list[UnitFile] = []
    for job, calendar in calendars.items():
        delay = options["timer_random_delay_seconds"]
        units.append(service_unit(job, owner=owner, command=commands[job]))
        units.append(timer_unit(job, cluster_name=owner.cluster_name, calendar=calendar, random_delay_seconds=delay))
    return _Wanted(calendars, tuple(units), commands)


def _jobs_for(repository: Repository) -> tuple[str, ...]:
    """The jobs of the cluster's host: what another host keeps it verifies and expires itself."""
    is_kept_here = any(each.host is None for each in (repository, *repository.others))
    others = () if is_kept_here else KEEPERS_JOBS
    copies = () if repository.others else (COPY_JOB,)
    return tuple(job for job in JOBS if job not in (*others, *copies))


def _calendars(options: Mapping[str, Any], *, jobs: Sequence[str], runner: Runner) -> dict[str, str]:
    found = {}
    for job in jobs:
        calendar = wanted_calendar(options[f"timer_{job}"], job=job)
        if calendar is not None:
            check_calendar(calendar, job=job, runner=runner)
            found[job] = calendar
    return found


def _check_range(options: Mapping[str, Any], name: str) -> None:
    if not 0 <= options[name] <= _DELAY_SECONDS_MAX:
        raise InvalidInput(
            f"{name} is {options[name]}, and must be 0 to {_DELAY_SECONDS_MAX}",
            code="option-out-of-range",
            hint=f"Correct 'pitr_backup_{name}'.",
        )


def _check_agent(options: Mapping[str, Any]) -> None:
    """Raise when the program or its configuration is missing, without which every job would fail."""
    read_agent_config(options["config_directory"], cluster_name=options["name"])
    if not os.access(options["agent_path"], os.X_OK):
        raise Unavailable(
            f"there is no program '{options['agent_path']}' for the timers to run",
            code="agent-missing",
            hint="Run the playbook 'archive', which installs it.",
        )


def _owner(request: Request, *, server_unit: str | None, repository_path: str) -> UnitOwner:
    account = request.account
    if server_unit is not None and not _UNIT_NAME.fullmatch(server_unit):
        raise InvalidInput(
            f"'{server_unit}' is no name of a unit",
            code="service-invalid",
            hint="Set 'pitr_cluster_service' to the unit that runs the cluster.",
        )
    group = grp.getgrgid(account.gid).gr_name
    return UnitOwner(request.options["name"], account.name, group, repository_path.rstrip("/") or "/", server_unit)


def _server_unit(cluster: Cluster) -> str | None:
    """The unit that starts the server at boot, whoever started it now."""
    if cluster.debian_name is not None:
        return f"postgresql@{cluster.debian_name.replace('/', '-')}.service"
    return f"{cluster.service.name}.service" if cluster.service.kind == SYSTEMD else None


def _states(present: Mapping[str, FileState | None], *, runner: Runner) -> dict[str, UnitState]:
    """The states of the units whose files exist; systemd does not know the others."""
    names = sorted(os.path.basename(path) for path, state in present.items() if state is not None)
    return unit_states(names, runner=runner) if systemd_runs() else {}


def _every_path(name: str) -> list[str]:
    return [_path(unit_name(job, cluster_name=name, kind=kind)) for job in JOBS for kind in ("timer", "service")]


def _path(name: str) -> str:
    return f"{UNIT_DIRECTORY}/{name}"


def _outcome(
    options: Mapping[str, Any],
    *,
    wanted: _Wanted,
    steps: tuple[TimerStep, ...],
    present: Mapping[str, FileState | None],
) -> Outcome:
    timers = [
        {
            "job": job,
            "unit": unit_name(job, cluster_name=options["name"], kind="timer"),
            "calendar": calendar,
            "command": wanted.commands[job],
        }
        for job, calendar in wanted.calendars.items()
    ]
    values = {"timers": timers, "steps": [str(step) for step in steps]}
    return Outcome(bool(steps), values, diff=steps_diff(steps, present=present))


__all__ = ("ensure_timers", "policy_of")
