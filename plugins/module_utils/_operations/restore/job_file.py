# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The record of a job as a file beside the data directory."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any, TypeVar

from ..._core.errors import Damaged, Failed, PitrError
from ..._core.restore.job_record import DONE, ROLLBACK, JobRecord
from ..._io.host.listener import is_alone, is_followed
from ..._io.privilege.channel import error_to_dict
from .sibling_file import read_sibling, remove_sibling, sibling_path, write_sibling

_SUFFIX = ".pitr-job.json"
_PROGRESS_SECONDS = 2.0
T = TypeVar("T")


def job_path(data_directory: str) -> str:
    """Where the record of the job on this data directory lies."""
    return sibling_path(data_directory, _SUFFIX)


def find_job(data_directory: str) -> JobRecord | None:
    """The record of the job on this data directory, while it runs and until somebody is told how it ended.

    One of another user is none. Raises Damaged (``job-damaged``: also one that tells of another directory,
    ``file-not-regular``, ``file-too-large``).
    """
    path = job_path(data_directory)
    try:
        found = read_sibling(path, user=os.geteuid())
    except OSError:
        return None
    if found is None:
        return None
    record = JobRecord.parse(found.text)
    if job_path(record.directory) != path:
        raise Damaged(
            f"'{path}' is the record of a job on another directory",
            code="job-damaged",
            hint="Find out who put it there. Remove it when no restore is at work on this directory.",
        )
    return record


def run_recorded(record: JobRecord, act: Callable[[], T], *, values_of: Callable[[T], Mapping[str, Any]]) -> T:
    """The result of ``act``, of which a record is kept meanwhile.

    It stays afterwards where the job went on alone and nobody is told how it ended. Raises what ``act`` raises, and
    Unavailable (``write-failed``) before ``act`` has begun: a record that cannot be written later ends nothing.
    """
    _write(record)
    try:
        done = act()
    except BaseException as error:
        _settle(record.failed(error_to_dict(_told_as(error))))
        raise
    _settle(record.done(values_of(done)))
    return done


class JobProgress:
    """Keeps in the record how far the job is, every few seconds; ``also`` is told of each line."""

    def __init__(
        self, record: JobRecord, *, also: Callable[[str], None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._record = record
        self._also = also
        self._clock = clock
        self._next = clock()

    def tell(self, line: str) -> None:
        """It is that far."""
        self._also(line)
        if self._clock() >= self._next:
            self._next = self._clock() + _PROGRESS_SECONDS
            _note(replace(self._record, progress=line))


def remove_job(data_directory: str) -> None:
    """Remove the record durably, since somebody is told; nothing happens when there is none."""
    remove_sibling(job_path(data_directory))


def _settle(record: JobRecord) -> None:
    """A record that cannot be written goes on saying that it runs; the next run sees by the journal how it ended."""
    with suppress(PitrError, OSError):
        if is_followed() or not is_alone() or (record.kind == ROLLBACK and record.state == DONE):
            remove_job(record.directory)
        else:
            _write(record)


def _note(record: JobRecord) -> None:
    """A record that cannot be written ends nothing; a signal that comes meanwhile does."""
    try:
        _write(record)
    except OSError:
        pass
    except PitrError as error:
        if error.code == "interrupted":
            raise


def _write(record: JobRecord) -> None:
    write_sibling(job_path(record.directory), str(record))


def _told_as(error: BaseException) -> PitrError:
    """A bug as an error that can be told later."""
    if isinstance(error, PitrError):
        return error
    return Failed(f"{type(error).__name__}: {error}", code="job-crashed", hint="This is a bug: please report it.")


__all__ = ("JobProgress", "find_job", "job_path", "remove_job", "run_recorded")
