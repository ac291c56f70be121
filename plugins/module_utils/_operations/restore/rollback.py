# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rolls a restore back: the cluster is as it was before."""

from __future__ import annotations

import os
from dataclasses import replace

from ..._core.errors import PitrError
from ..._core.postgres.cluster import Cluster
from ..._core.postgres.service_command import IMMEDIATE
from ..._core.restore.journal import ROLLING_BACK, SWAPPING, RestoreJournal
from ..._core.restore.swap.entry_swap import moves_entries
from ..._io.host.kept_identity import KeptIdentity
from ..._io.host.runner import Runner
from ..._io.host.wait import wait_until
from ..._io.postgres.postmaster import postmaster_file, postmaster_pid
from ..._io.postgres.service.service import Service
from ..._io.postgres.service.supervisor import check_nobody_starts, supervisor_of
from ..._io.privilege.signals import handled
from ..._io.repository.cluster_folder import ClusterFolder
from .journal import remove_journal, write_journal
from .new_timeline import NewTimeline, missed_timeline, open_new_timeline
from .sibling_directories import remove_tree
from .swap import roll_back_swap, steps_back

_STOP_SECONDS = 60
_ATTEMPTS = 3
# In PostgreSQL's words in every language, where another one has the data directory.
_LOCK_FILE = "postmaster.pid"


def roll_back(journal: RestoreJournal, *, folder: ClusterFolder, runner: Runner, timeout_seconds: float) -> NewTimeline:
    """Stop what runs, rename everything back, start the old server if it ran before, and forget the journal.

    The old cluster opens on a new timeline where one was given up. It can be repeated after an interruption at any
    point, and no signal interrupts it. Raises Failed (``swap-inconsistent``) before anything is stopped where the
    directories are not those of the restore, and (``server-started-again``) before a directory is renamed that somebody
    else has started a server on. The restored directories stay for inspection until the next restore. A
    copy side by side is stopped, and stays.
    """
    with handled(lambda _number, _frame: None):
        return _rolled_back(journal, folder=folder, runner=runner, timeout_seconds=timeout_seconds)


def _rolled_back(
    journal: RestoreJournal, *, folder: ClusterFolder, runner: Runner, timeout_seconds: float
) -> NewTimeline:
    if journal.in_place:
        steps_back(journal)
    opened = NewTimeline()
    has_to_stop = _has_to_stop(journal)
    was_down = has_to_stop or journal.phase == ROLLING_BACK
    if has_to_stop:
        supervisor = supervisor_of(postmaster_pid(journal.directory))
        # One that ran as it was meant gets the time to archive what it has.
        _stop(
            journal.restored, runner=runner, timeout_seconds=timeout_seconds if journal.is_finished else _STOP_SECONDS
        )
        check_nobody_starts(journal.directory, supervisor=supervisor)
    for directory in (journal.directory, *(pair.new for pair in journal.pairs)):
        if os.path.isdir(directory):
            KeptIdentity(directory).drop()
    if journal.in_place:
        write_journal(journal.at(ROLLING_BACK))
        roll_back_swap(journal)
        # Before the swap it was the old server all the time, which may just be told to stop.
        wait_until(lambda: not _is_stopping(journal.directory), seconds=timeout_seconds)
        opened = _opened(journal, was_down=was_down, folder=folder, runner=runner, timeout_seconds=timeout_seconds)
        if journal.was_running:
            Service(journal.source, runner=runner).start(timeout_seconds=timeout_seconds)
    remove_journal(journal.directory)
    for pair in journal.pairs:
        _remove_if_empty(os.path.dirname(pair.new))
        _remove_if_empty(os.path.dirname(pair.old))
    return opened


def _has_to_stop(journal: RestoreJournal) -> bool:
    """Whether anything that a server may run on is renamed.

    Before the first rename of the swap it is the old server that runs, or that somebody has started again.
    """
    steps = steps_back(journal)
    if journal.phase == SWAPPING:
        return moves_entries(journal.pairs, steps)
    return journal.phase != ROLLING_BACK or bool(steps)


def _opened(
    journal: RestoreJournal, *, was_down: bool, folder: ClusterFolder, runner: Runner, timeout_seconds: float
) -> NewTimeline:
    """Open the old cluster on a new timeline, unless somebody has started it by now where it ``was_down``."""
    opened = NewTimeline()
    for _attempt in range(_ATTEMPTS):
        if postmaster_pid(journal.directory) is not None:
            opened = missed_timeline(journal, folder=folder, runner=runner) if was_down else NewTimeline()
            break
        opened = open_new_timeline(journal, folder=folder, runner=runner, timeout_seconds=timeout_seconds)
        if opened.timeline is not None or _LOCK_FILE not in opened.problem:
            break
        # Somebody was faster by a moment. On what is prepared for the new timeline his server may not stay up.
        wait_until(lambda: _is_settled(journal.directory), seconds=_STOP_SECONDS)
    pid = postmaster_pid(journal.directory) if was_down else None
    if pid is None:
        return opened
    # It stands in the directory that has the name now, which is the old one.
    supervisor = supervisor_of(pid)
    by = f", started by '{supervisor.name}' (process {supervisor.pid})" if supervisor else ""
    return replace(opened, started=f"The old cluster runs already in its place, as process {pid}{by}.")


def _is_settled(data_directory: str) -> bool:
    content = postmaster_file(data_directory)
    return postmaster_pid(data_directory) is None or (content is not None and content.accepts_connections)


def _is_stopping(data_directory: str) -> bool:
    content = postmaster_file(data_directory)
    return content is not None and content.is_stopping and postmaster_pid(data_directory) is not None


def _stop(cluster: Cluster, *, runner: Runner, timeout_seconds: float) -> None:
    if not os.path.isdir(cluster.data_directory):
        return
    service = Service(cluster, runner=runner)
    try:
        service.stop(timeout_seconds=timeout_seconds)
    except PitrError:
        # A recovery that hangs in restore_command does not heed a fast stop; its data is not needed any more.
        service.stop(mode=IMMEDIATE, timeout_seconds=_STOP_SECONDS)


def _remove_if_empty(path: str) -> None:
    if os.path.basename(path).startswith(".pitr-") and os.path.isdir(path) and not os.listdir(path):
        remove_tree(path)


__all__ = ("roll_back",)
