# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a job of an earlier run means for a restore to the same target: it is waited for, told, or seen through."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from .._core.errors import PitrError
from .._core.restore.job_record import JobRecord
from .._core.restore.journal import SWAPPED, RestoreJournal
from .._core.restore.request import RestoreRequest
from .._io.host.listener import is_followed
from .._io.privilege.channel import error_of
from .._operations.absent.lost_cluster import configured_directory
from .._operations.restore.job_file import find_job, remove_job
from .._operations.restore.job_wait import await_job
from .._operations.restore.journal import find_journal
from .._operations.restore.lock import is_at_work
from .entry import Request

PRESENT = "present"


@dataclass(frozen=True)
class EarlierJob:
    """``warnings`` for whoever reads the plan; ``unfinished`` is the restore that is still to be ended, if any."""

    warnings: tuple[str, ...] = ()
    unfinished: RestoreJournal | None = None


def earlier_job(request: Request, wanted: RestoreRequest, *, see_through: Callable[[Request], None]) -> EarlierJob:
    """Wait for a job that is at work where this restore is to go, up to its recovery: that is followed by others.

    Raises what ended one that went to the same target, and what seeing it through raises where it was cut off before
    its recovery. A rehearsal only warns of both.
    """
    directory = directory_of_job(request.options)
    if directory is None or request.options["again"]:
        return EarlierJob()
    followed = _recovering(directory, wanted)
    if followed is not None:
        return followed
    record = await_job(directory, seconds=request.options["timeout_seconds"])
    if record is None or not record.restores_same(wanted, directory=record.directory):
        return EarlierJob()
    changes = request.options["state"] == PRESENT and not request.check_mode
    if record.failure:
        return _failed(record, changes=changes)
    journal = _unfinished(record)
    if not record.is_running or journal is None:
        return EarlierJob()
    if changes and journal.phase != SWAPPED:
        see_through(request)
    text = f"the restore begun {record.started} was cut off, as by a crash of the host; this run brings it to its end"
    return EarlierJob((text,), journal)


def directory_of_job(options: Mapping[str, Any]) -> str | None:
    """The data directory of the job that these options are about; in the middle of a swap nothing lies there."""
    given = options["restore_data_directory"] or options["data_directory"]
    return given or configured_directory(options["config_directory"], cluster_name=options["name"])


def _recovering(directory: str, wanted: RestoreRequest) -> EarlierJob | None:
    record = find_job(directory)
    if record is None or not record.is_running or not record.restores_same(wanted, directory=record.directory):
        return None
    journal = _unfinished(record)
    if journal is None or journal.phase != SWAPPED or not is_at_work(directory):
        return None
    return EarlierJob(
        (f"the restore begun {record.started} is at work on it; this run follows it to its end",), journal
    )


def _failed(record: JobRecord, *, changes: bool) -> EarlierJob:
    error = error_of(record.failure)
    if not changes:
        return EarlierJob((f"the restore begun {record.started} failed: {error}",))
    if is_followed():
        remove_job(record.directory)
    hint = getattr(error, "hint", "")
    if isinstance(error, PitrError):
        raise error.with_hint(f"{hint} So ended the restore begun {record.started}; run it again to begin anew.")
    raise error


def _unfinished(record: JobRecord) -> RestoreJournal | None:
    journal = find_journal(record.directory).journal
    is_its_own = journal is not None and journal.started == record.started and not journal.is_finished
    return journal if is_its_own else None


__all__ = ("PRESENT", "EarlierJob", "directory_of_job", "earlier_job")
