# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The state rolled_back of the module restore: the old cluster comes back."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

from .._core.errors import InvalidInput, PitrError
from .._core.restore.job_record import ROLLBACK, JobRecord
from .._core.restore.journal import PROMOTED, RestoreJournal
from .._core.restore.preconditions.checks import check_confirmation
from .._core.restore.swap.swap_pair import entry_pair, sibling_pair
from .._io.host.listener import check_heard, go_on_alone
from .._io.host.runner import Runner
from .._operations.absent.lost_cluster import configured_directory
from .._operations.restore.failed_restore import timeline_sentences
from .._operations.restore.guarded import keep_guard
from .._operations.restore.job_file import find_job, run_recorded
from .._operations.restore.job_wait import await_job
from .._operations.restore.journal import FoundJournal, find_journal, find_unfinished
from .._operations.restore.lock import journal_lock
from .._operations.restore.new_timeline import NewTimeline
from .._operations.restore.pin import release_rolled_back
from .._operations.restore.rollback import roll_back
from .._operations.restore.standby_notes import standby_notes
from .._operations.restore.swap import steps_back
from .cluster import resolve_cluster
from .earlier_job import directory_of_job
from .entry import Outcome, Request
from .psycopg2_server import connect
from .repository import everywhere_of, repository_of
from .restore_request import scope_of

_NO_RESTORE: Mapping[str, Any] = {"confirmation": None, "restore": None}


def roll_back_restore(request: Request, *, runner: Runner) -> Outcome:
    """Bring the cluster back as it was before its last restore."""
    options = request.options
    directory = options["restore_data_directory"] or options["data_directory"]
    at_work = directory_of_job(options)
    # A rehearsal waits, too: in the middle of a rollback nothing can be said of it.
    is_waited_for = options["unfinished_only"] and not request.check_mode
    if at_work and (is_waited_for or _is_rolling_back(at_work)):
        await_job(at_work, seconds=options["timeout_seconds"])
    found = find_journal(directory) if directory else _journal_of_discovered(options, runner=runner)
    journal = found.journal if found else None
    if found is None or journal is None or _is_spared(journal, options):
        return _nothing_to_roll_back(options, runner=runner)
    if journal.is_only_copy:
        raise _nothing_before(journal)
    accepted = _confirmations(journal, options)
    if accepted:
        check_confirmed(request, accepted=accepted)
    if journal.in_place:
        # A rehearsal says so, too, where there is nothing to come back.
        steps_back(journal)
    standbys = _standbys(options, journal)
    opened = NewTimeline()
    if not request.check_mode:
        opened = _carry_out(options, journal, found=found, runner=runner)
    values = {
        "data_directory": journal.directory,
        "undone_directory": journal.pairs[-1].rolled_back if journal.pairs else journal.directory,
        "running": journal.was_running,
        "new_timeline": opened.timeline,
        "confirmation": accepted[0] if accepted else None,
        "restore": {"target": str(journal.plan.target), "started": journal.started},
        "plan_lines": [
            f"{'rolls back':<13} the restore begun {journal.started}, now {journal.phase}",
            *(f"{'standbys':<13} {sentence}" for sentence in standbys),
            *(f"{'server':<13} {sentence}" for sentence in filter(None, [opened.started])),
            *(f"{'timeline':<13} {sentence}" for sentence in timeline_sentences(opened)),
        ],
    }
    return Outcome(True, values, warnings=tuple(timeline_sentences(opened)) if opened.problem else ())


def _confirmations(journal: RestoreJournal, options: Mapping[str, Any]) -> tuple[str, ...]:
    """The texts of which one confirms this rollback; none where what it takes back was not completed, or a copy."""
    if not (journal.is_finished and journal.in_place):
        return ()
    scope = scope_of(options)
    scope.check()
    return scope.confirmations(cluster=options["name"], target="rollback")


def _is_spared(journal: RestoreJournal, options: Mapping[str, Any]) -> bool:
    """Whether the last restore is none of those that are asked for."""
    if options["unpromoted_only"]:
        return journal.is_finished and not journal.is_waiting
    return bool(options["unfinished_only"]) and journal.is_finished


def _is_rolling_back(directory: str) -> bool:
    """Whether an earlier run, whose controller may be gone, does already what this one asks for."""
    record = find_job(directory)
    return record is not None and record.is_running and record.kind == ROLLBACK


def _standbys(options: Mapping[str, Any], journal: RestoreJournal) -> tuple[str, ...]:
    """What is known of those that follow the timeline which is given up."""
    if journal.phase != PROMOTED or journal.reached is None:
        return ()
    return standby_notes(
        journal.restored,
        fork=journal.reached.lsn,
        connect=lambda cluster: connect(cluster, login_user=options["login_user"]),
    )


def check_confirmed(request: Request, *, accepted: Sequence[str]) -> None:
    """A rehearsal may leave the confirmation out, as its reader has not seen the plan yet; a wrong one is refused."""
    given = request.options["confirm"]
    if given or not request.check_mode:
        check_confirmation(given, accepted=accepted)


def _carry_out(
    options: Mapping[str, Any], journal: RestoreJournal, *, found: FoundJournal, runner: Runner
) -> NewTimeline:
    folder = everywhere_of(options, repository=repository_of(options), name=journal.plan.cluster)
    with journal_lock(journal.directory, found=found):

        def to_the_end() -> NewTimeline:
            keep_guard(journal.directory)
            if journal.is_finished:
                # Where a restore was cut off, the cluster has to come back, whoever waits.
                check_heard()
            go_on_alone()
            opened = roll_back(journal, folder=folder, runner=runner, timeout_seconds=options["stop_timeout_seconds"])
            release_rolled_back(folder, journal)
            return opened

        return run_recorded(_record(journal), to_the_end, values_of=lambda _opened: {})


def _record(journal: RestoreJournal) -> JobRecord:
    plan = journal.plan
    return JobRecord(
        ROLLBACK, plan.cluster, plan.target, journal.directory, process=os.getpid(), started=journal.started
    )


def _journal_of_discovered(options: Mapping[str, Any], *, runner: Runner) -> FoundJournal | None:
    unfinished = find_unfinished(options["name"])
    if unfinished is not None:
        return unfinished
    try:
        cluster = resolve_cluster(options, runner=runner)
    except PitrError:
        lost = configured_directory(options["config_directory"], cluster_name=options["name"])
        found = find_journal(lost) if lost else None
        if (found is None or found.journal is None) and not options["unfinished_only"]:
            raise
        return found
    return find_journal(cluster.data_directory)


def _nothing_before(journal: RestoreJournal) -> InvalidInput:
    """What was restored in the place of nothing is the only copy, and stays."""
    return InvalidInput(
        f"'{journal.directory}' was gone before the restore begun {journal.started}: there is nothing to roll back to",
        code="rollback-nothing",
        hint="Restore to another target instead; the cluster as it is now is kept then.",
    )


def _nothing_to_roll_back(options: Mapping[str, Any], *, runner: Runner) -> Outcome:
    """No change when the last restore was rolled back already; there is an error when there never was one."""
    if options["unfinished_only"] or options["unpromoted_only"]:
        return Outcome(
            False,
            {
                "data_directory": options["data_directory"],
                "undone_directory": None,
                "running": None,
                "new_timeline": None,
                **_NO_RESTORE,
            },
        )
    cluster = resolve_cluster(options, runner=runner)
    pairs = (sibling_pair(cluster.data_directory), entry_pair(cluster.data_directory))
    rolled_back = next((pair.rolled_back for pair in pairs if os.path.isdir(pair.rolled_back)), None)
    if rolled_back is not None:
        line = f"{'already':<13} rolled back: the restored data of the last restore lies in {rolled_back}"
        values = {
            "data_directory": cluster.data_directory,
            "undone_directory": rolled_back,
            "running": cluster.running,
            "new_timeline": None,
            **_NO_RESTORE,
            "plan_lines": [line],
        }
        return Outcome(False, values)
    raise InvalidInput(
        f"there is no restore of '{options['name']}' that could be rolled back",
        code="rollback-nothing",
        hint="Only the last in-place restore can be rolled back, once, as long as its journal and the old directory "
        f"lie beside '{cluster.data_directory}'.",
    )


__all__ = ("check_confirmed", "roll_back_restore")
