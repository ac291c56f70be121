# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The record of a job as a file beside the data directory."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from ..._core.errors import Failed, PitrError
from ..._core.restore.job_record import DONE, ROLLBACK, JobRecord
from ..._io.host.files import (
    SMALL_FILE_BYTES,
    fsync_directory,
    open_regular,
    read_limited,
    write_durably,
    write_failed,
)
from ..._io.host.listener import is_alone, is_followed
from ..._io.privilege.channel import error_to_dict
from ..._io.privilege.root import REMOVE_FILE, WRITE_FILE, ask_root
from .sibling_directories import may_change_names_beside

_SUFFIX = ".pitr-job.json"
_PROGRESS_SECONDS = 2.0
T = TypeVar("T")


def job_path(data_directory: str) -> str:
    """Where the record of the job on this data directory lies."""
    return os.path.realpath(data_directory) + _SUFFIX


def find_job(data_directory: str) -> JobRecord | None:
    """The record of the job on this data directory, while it runs and until somebody is told how it ended.

    One of another user is none. Raises Damaged (``job-damaged``, ``file-not-regular``, ``file-too-large``).
    """
    path = job_path(data_directory)
    try:
        descriptor = open_regular(path, follow_link=False)
    except OSError:
        return None
    try:
        if os.fstat(descriptor).st_uid != os.geteuid():
            return None
        content = read_limited(descriptor, path=path, limit_bytes=SMALL_FILE_BYTES)
    finally:
        os.close(descriptor)
    return JobRecord.parse(content.decode("utf-8", "surrogateescape"))


def run_recorded(record: JobRecord, act: Callable[[], T], *, values_of: Callable[[T], Mapping[str, Any]]) -> T:
    """The result of ``act``, of which a record is kept meanwhile.

    It stays afterwards where the job went on alone and nobody is told how it ended. Raises what ``act`` raises.
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
            _write(replace(self._record, progress=line))


def remove_job(data_directory: str) -> None:
    """Remove the record durably, since somebody is told; nothing happens when there is none."""
    path = job_path(data_directory)
    if not os.path.lexists(path):
        return
    if may_change_names_beside(path):
        os.unlink(path)
        fsync_directory(os.path.dirname(path))
    else:
        ask_root(REMOVE_FILE, path=path)


def _settle(record: JobRecord) -> None:
    if is_followed() or not is_alone() or (record.kind == ROLLBACK and record.state == DONE):
        remove_job(record.directory)
    else:
        _write(record)


def _write(record: JobRecord) -> None:
    path = job_path(record.directory)
    try:
        if may_change_names_beside(path):
            write_durably(path, str(record).encode("utf-8", "surrogateescape"), mode=0o600)
        else:
            ask_root(WRITE_FILE, path=path, text=str(record))
    except OSError as error:
        raise write_failed(path, error) from error


def _told_as(error: BaseException) -> PitrError:
    """A bug as an error that can be told later."""
    if isinstance(error, PitrError):
        return error
    return Failed(f"{type(error).__name__}: {error}", code="job-crashed", hint="This is a bug: please report it.")


__all__ = ("JobProgress", "find_job", "job_path", "remove_job", "run_recorded")
