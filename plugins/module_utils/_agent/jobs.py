# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``pgpitr jobs``: the restore, recovery, rollback or backup that is at work on a cluster, whoever began it."""

from __future__ import annotations

import os
import signal
import sys
import time
from argparse import Namespace

from .._core.errors import InvalidInput, Refused
from .._core.restore.job_record import ROLLBACK, JobRecord
from .._core.restore.presentation.job_text import job_text
from .._io.privilege.channel import error_of
from .._operations.restore.job_file import find_job
from .._operations.restore.journal import find_journal
from .._operations.restore.lock import is_at_work, is_worked_by
from .command_parser import CommandParser
from .configured_cluster import ConfiguredCluster
from .running_job import show_backup

_POLL_SECONDS = 1.0


def new_parser() -> CommandParser:
    """The command's arguments."""
    parser = CommandParser(
        "jobs",
        about="It goes on whatever happens to the controller that began it. How it ended is kept until the playbook is"
        " run again.",
        examples=("--cluster db1", "--cluster db1 --follow", "--cluster db1 --stop --dry-run"),
        failed="it failed, or the job that was followed has failed",
    )
    parser.add_cluster()
    parser.add_dry_run(help="with --stop: tell what would be stopped; stop nothing")
    parser.add_value("--data-directory", metavar="DIRECTORY", help="that of a copy (default: the cluster's)")
    parser.add_argument("--follow", action="store_true", help="show each step until it has ended")
    parser.add_argument(
        "--stop",
        action="store_true",
        help="end it: the restore is rolled back, unless it was handed over by then; nothing is kept of the backup",
    )
    return parser


def run(options: Namespace) -> int:
    """Show the job, and follow or stop it; 0. What ended one that was followed, and everything else, raises."""
    configured = None if options.data_directory else _configured(options)
    record = find_job(options.data_directory if configured is None else configured.config["data_directory"])
    if record is None:
        if configured is None or not show_backup(configured, options=options):
            sys.stdout.write(f"{options.cluster}: no job is at work, and none is to be told of\n")
        return 0
    sys.stdout.write(f"{options.cluster}: {_text(record)}\n")
    if options.stop:
        _stop(record, is_dry_run=options.dry_run)
    if options.follow:
        _follow(record)
    return 0


def _configured(options: Namespace) -> ConfiguredCluster:
    configured = ConfiguredCluster.read(options.cluster, config_directory=options.config_directory)
    if not configured.config["data_directory"]:
        raise InvalidInput(
            f"the configuration of '{options.cluster}' does not set 'data_directory'",
            code="config-invalid",
            hint="Run the playbook 'archive', which writes it, or give --data-directory.",
        )
    return configured


def _text(record: JobRecord) -> str:
    journal = find_journal(record.directory).journal
    is_mine = journal is not None and journal.started == record.started
    phase = journal.phase if journal is not None and is_mine else ""
    return job_text(record, phase=phase, is_at_work=is_at_work(record.directory))


def _stop(record: JobRecord, *, is_dry_run: bool) -> None:
    """Tell its process to end. Raises Refused (``job-not-stoppable``)."""
    if not record.is_running or not is_at_work(record.directory):
        sys.stdout.write("nothing to stop: it is not at work\n")
        return
    if record.kind == ROLLBACK:
        raise Refused(
            "a rollback is not stopped: the old cluster would be left down",
            code="job-not-stoppable",
            hint="It ends by itself; --follow shows it.",
        )
    if not is_worked_by(record.directory, process=record.process):
        raise Refused(
            f"process {record.process} of the record is not the one that is at work",
            code="job-not-stoppable",
            hint="It may have just begun: look again. Else the record was left by another job; see who holds the file"
            f" '{record.directory}.pitr-lock' (fuser).",
        )
    sys.stdout.write("would be stopped and rolled back\n" if is_dry_run else "told to stop and to roll back\n")
    sys.stdout.flush()
    if not is_dry_run:
        os.kill(record.process, signal.SIGTERM)


def _follow(record: JobRecord) -> None:
    """Show each change until the job has ended. Raises what ended it."""
    shown = _text(record)
    present: JobRecord | None = record
    while present is not None and present.is_running and is_at_work(present.directory):
        time.sleep(_POLL_SECONDS)
        present = find_job(record.directory)
        text = shown if present is None else _text(present)
        if text != shown:
            shown = text
            sys.stdout.write(f"{shown}\n")
            sys.stdout.flush()
    if present is None:
        journal = find_journal(record.directory).journal
        sys.stdout.write(f"ended, {'rolled back' if journal is None else journal.phase}; its playbook was told\n")
    elif present.failure:
        raise error_of(present.failure)


__all__ = ("new_parser", "run")
