# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a job's guard does: it waits for the end of the job, and sees through one that was cut off.

All of its processes may have been killed, with the session that they began in, or the host has crashed.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

from .._core.errors import PitrError, Unavailable
from .._io.host.runner import SystemRunner
from .._io.privilege.door import RootDoor
from .._io.privilege.job import run_as_job
from .._io.privilege.worker import WorkerCrashed, work_as
from .._operations.recovery.see_through import is_undone_in_part
from .._operations.restore.job_file import find_job, job_path
from .._operations.restore.job_wait import await_job
from .entry import Job, Request, request_of, within_worker
from .payload import keep_all
from .worker.guard_files import GuardFiles, read_call


def guard(job: Job) -> int:
    """The exit code: 0 once the job has ended; systemd starts this again after any other one."""
    try:
        return _guard(job)
    except PitrError as error:
        _tell(f"{error.code}: {error}")
    except (WorkerCrashed, OSError, ValueError) as error:
        _tell(f"{type(error).__name__}: {error}")
    return 1


def _guard(job: Job) -> int:
    place = os.path.dirname(os.path.abspath(sys.argv[0]))
    call = read_call(place)
    directory = call["directory"]
    keep_all()
    request = replace(request_of(call["options"], log=_tell), directory=directory)

    def look(act: Callable[[], Any]) -> Any:
        """As the account, and without root's help: this goes on for hours."""
        return work_as(request.account, act, door=RootDoor(request.account))

    if look(lambda: _is_cut_off(directory)):
        _tell(f"the job on '{directory}' was cut off, and is brought to its end")
        _see_through(request, job)
        if look(lambda: _is_left(directory)):
            return 1
        _tell(f"the job on '{directory}' has come to its end")
    GuardFiles(directory, runner=SystemRunner(), guards=os.path.dirname(place)).drop(call["id"])
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
    """Whether no process of the job is left that would end it; it is waited for while there is one."""
    _check_there(directory)
    await_job(directory)
    return _is_left(directory)


def _is_left(directory: str) -> bool:
    _check_there(directory)
    record = find_job(directory)
    return record is not None and (record.is_running or is_undone_in_part(record))


def _check_there(directory: str) -> None:
    """Raise Unavailable (``data-directory-missing``) or OSError where nothing can be known, as before it is mounted."""
    path = job_path(directory)
    if not os.path.isdir(os.path.dirname(path)):
        raise Unavailable(
            f"'{os.path.dirname(path)}' is not there",
            code="data-directory-missing",
            hint="Mount the file system of the cluster.",
        )
    with suppress(FileNotFoundError):
        os.lstat(path)


def _tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


__all__ = ("guard",)
