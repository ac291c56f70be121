# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waits for a job that somebody else has begun."""

from __future__ import annotations

import time

from ..._core.restore.job_record import JobRecord
from .job_file import find_job
from .lock import is_at_work

_POLL_SECONDS = 0.5
# When a process of the job was killed, its guard goes on in another one.
_QUIET_POLLS = 6


def await_job(data_directory: str, *, seconds: float | None = None) -> JobRecord | None:
    """What the job on this data directory has left for somebody to be told; ``None`` where there is nothing.

    A record that says it is running is that of a job of which no process is left, or that is at work still after
    ``seconds`` (``None``: it is waited for to its end).
    """
    quiet, began = 0, time.monotonic()
    while True:
        record = find_job(data_directory)
        if record is None or not record.is_running or quiet == _QUIET_POLLS:
            return record
        if seconds is not None and quiet == 0 and time.monotonic() - began >= seconds:
            return record
        quiet = 0 if is_at_work(data_directory) else quiet + 1
        time.sleep(_POLL_SECONDS)


__all__ = ("await_job",)
