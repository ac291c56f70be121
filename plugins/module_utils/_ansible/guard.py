# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a job's guard does: it waits for the end of the job, and sees through one that was cut off.

All of its processes may have been killed, with the session that they began in, or the host has crashed.
"""

from __future__ import annotations

import os
import sys
from dataclasses import replace

from .._core.errors import PitrError
from .._io.host.runner import SystemRunner
from .._io.privilege.job import run_as_job
from .._operations.restore.job_file import find_job
from .._operations.restore.job_wait import await_job
from .entry import Job, Request, request_of, within_worker
from .payload import keep_all
from .worker.guard_files import GuardFiles, read_call


def guard(job: Job) -> int:
    """The exit code: 0 once the job has ended; systemd starts this again after any other one."""
    place = os.path.dirname(os.path.abspath(sys.argv[0]))
    call = read_call(place)
    directory = call["directory"]
    keep_all()
    request = replace(request_of(call["options"], log=_tell), directory=directory)
    try:
        if request.work(lambda: _is_cut_off(directory)):
            _tell(f"the job on '{directory}' was cut off, and is brought to its end")
            _see_through(request, job)
        if request.work(lambda: _is_running(directory)):
            return 1
        GuardFiles(directory, runner=SystemRunner(), guards=os.path.dirname(place)).drop(call["id"])
    except PitrError as error:
        _tell(f"{error.code}: {error}")
        return 1
    return 0


def _see_through(request: Request, job: Job) -> None:
    """Nobody hears how it ends: so that is kept for the next run."""

    def act() -> None:
        request.work(lambda: job.see_through(within_worker(request)))

    try:
        run_as_job(act, see_through=act, hears=lambda: False)
    except PitrError as error:
        _tell(f"{error.code}: {error}")


def _is_cut_off(directory: str) -> bool:
    record = await_job(directory)
    return record is not None and record.is_running


def _is_running(directory: str) -> bool:
    record = find_job(directory)
    return record is not None and record.is_running


def _tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


__all__ = ("guard",)
