# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action of the module restore: plan, confirm, unpack, stage, swap; and the way back."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timezone
from typing import Any

from .._core.errors import InvalidInput, PitrError, Refused
from .._core.instant import format_instant
from .._core.postgres.cluster import Cluster
from .._core.restore.checks import check_confirmation
from .._core.restore.journal import PAUSED, PROMOTED, STOPPED, RestoreJournal
from .._core.restore.pin import pin_in_journal
from .._core.restore.plan import RestorePlan
from .._core.restore.plan_text import plan_facts, plan_lines
from .._core.restore.request import RestoreRequest
from .._core.restore.swap_pair import sibling_pair
from .._io.host.effective_user import acting_as
from .._io.host.runner import Runner, SystemRunner
from .._io.repository.cluster_folder import ClusterFolder
from .._io.repository.location import check_repository_place
from .._operations.restore.execution import RestoreExecution
from .._operations.restore.journal import find_unfinished, journal_path, read_journal, write_journal
from .._operations.restore.lock import journal_lock
from .._operations.restore.lost_cluster import LostClusterSearch, configured_directory, reconstruct_cluster
from .._operations.restore.pin import release_restored
from .._operations.restore.planning import Planner, request_of, scope_of
from .._operations.restore.rollback import roll_back
from .cluster import resolve_cluster, wanted_of
from .entry import Outcome, Request
from .repository import folder_of, repository_of

PLANNED = "planned"
PRESENT = "present"
ROLLED_BACK = "rolled_back"


def restore(request: Request) -> Outcome:
    """Plan a restore, carry it out up to the start of the recovery, or bring the old cluster back."""
    runner = SystemRunner()
    if request.options["state"] == ROLLED_BACK:
        return _roll_back(request, runner=runner)
    wanted = request_of(request.options)
    repository = repository_of(request.options)
    folder = folder_of(request.options, repository=repository)
    _check_unfinished(request.options)
    found = _cluster_of(request.options, wanted, folder=folder, runner=runner)
    # A link to a data directory stays; what it points to is what trades places.
    cluster = replace(found, data_directory=os.path.realpath(found.data_directory))
    with acting_as(cluster.os_user):
        repository.check_readable()
        check_repository_place(repository, cluster=cluster)
        journal = read_journal(wanted.directory or cluster.data_directory)
        _refuse_unfinished(journal)
        _refuse_set_aside(cluster, journal)
        # What an earlier restore brought back is gone with the data directory.
        again = request.options["again"] or cluster.is_lost or _is_copy_gone(journal)
        done = _done_already(wanted, journal, cluster=cluster, again=again)
        if done is not None:
            return _already(request, wanted, done)
        if wanted.in_place:
            _refuse_waiting(journal)
        plan = Planner(cluster, folder, runner).plan(wanted)
        if request.options["state"] == PLANNED:
            return Outcome(True, _values(plan), diff=_diff(plan))
        if wanted.in_place:
            _check_confirmed(request, needed=wanted.confirmation)
        if not request.check_mode:
            with journal_lock(plan.directory, expected=journal):
                _execution(request.options, cluster=cluster, folder=folder, runner=runner).run(plan)
        return Outcome(True, _values(plan), diff=_diff(plan))


def _cluster_of(
    options: Mapping[str, Any], wanted: RestoreRequest, *, folder: ClusterFolder, runner: Runner
) -> Cluster:
    """The cluster, which may be only remembered where it is to be restored in place."""
    try:
        return resolve_cluster(options, runner=runner)
    except PitrError as error:
        if not wanted.in_place:
            raise
        search = LostClusterSearch(
            folder=folder,
            config_directory=options["config_directory"],
            wanted=wanted_of(options),
            runner=runner,
            data_directory=options["data_directory"],
            port=options["port"],
        )
        return reconstruct_cluster(search, error)


def _check_confirmed(request: Request, *, needed: str) -> None:
    """A rehearsal may leave the confirmation out, as its reader has not seen the plan yet; a wrong one is refused."""
    given = request.options["confirm"]
    if given or not request.check_mode:
        check_confirmation(given, needed=needed)


def _execution(
    options: Mapping[str, Any], *, cluster: Cluster, folder: ClusterFolder, runner: Runner
) -> RestoreExecution:
    return RestoreExecution(
        cluster=cluster,
        folder=folder,
        runner=runner,
        agent_path=options["agent_path"],
        config_directory=options["config_directory"],
        started=format_instant(datetime.now(timezone.utc)),
        timeout_seconds=options["timeout_seconds"],
        stop_timeout_seconds=options["stop_timeout_seconds"],
        undo_on_failure=options["undo_on_failure"],
    )


def _check_unfinished(options: Mapping[str, Any]) -> None:
    """In the middle of a swap there is no data directory, and that should not be the complaint."""
    directory = options["restore_data_directory"] or options["data_directory"]
    _refuse_unfinished(read_journal(directory) if directory else find_unfinished(options["name"]))


def _refuse_unfinished(journal: RestoreJournal | None) -> None:
    if journal is not None and not journal.is_finished and not _is_copy_gone(journal):
        raise Refused(
            f"a restore of '{journal.directory}' that began {journal.started} did not come to its end "
            f"(it is {journal.phase})",
            code="restore-unfinished",
            hint="Undo it with the playbook 'rollback', or let the module recovery finish it if it is 'swapped'.",
        )


def _is_copy_gone(journal: RestoreJournal | None) -> bool:
    """Whether somebody has removed the copy that was restored side by side; its journal is of no more use."""
    return journal is not None and not journal.in_place and not os.path.exists(f"{journal.directory}/PG_VERSION")


def _refuse_waiting(journal: RestoreJournal | None) -> None:
    """Another restore now would throw away the original cluster, which the waiting one keeps."""
    if journal is not None and journal.phase in (PAUSED, STOPPED):
        raise Refused(
            f"the recovery of '{journal.directory}' to {journal.plan['target']['kind']} "
            f"{journal.plan['target']['text']} is {journal.phase}, neither promoted nor rolled back",
            code="restore-unfinished",
            hint="For another target bring the old cluster back first, with the playbook 'rollback'.",
        )


def _refuse_set_aside(cluster: Cluster, journal: RestoreJournal | None) -> None:
    """A restore would remove what lies there, which without a journal may be the only copy."""
    aside = sibling_pair(cluster.data_directory).old
    if cluster.is_lost and journal is None and os.path.isdir(aside) and os.listdir(aside):
        raise Refused(
            f"'{cluster.data_directory}' is missing or empty, and '{aside}' may be what was there",
            code="data-directory-set-aside",
            hint=f"Rename it back, or to another name if '{cluster.data_directory}' is to be restored.",
        )


def _done_already(
    wanted: RestoreRequest, journal: RestoreJournal | None, *, cluster: Cluster, again: bool
) -> RestoreJournal | None:
    """The restore that already went where this one wants to go."""
    if journal is None or again:
        return None
    asked = {
        "cluster": wanted.name,
        "target": {"kind": wanted.target.kind, "text": str(wanted.target)},
        "inclusive": wanted.target.inclusive,
        "in_place": wanted.in_place,
        "data_directory": wanted.directory or cluster.data_directory,
    }
    return journal if journal.restores_same(asked) else None


def _already(request: Request, wanted: RestoreRequest, journal: RestoreJournal) -> Outcome:
    """Nothing to restore; a recovery that waits at its target may be asked for another action."""
    waits = journal.phase in (PAUSED, STOPPED)
    changed = waits and journal.plan.get("action") != wanted.action
    if changed and request.options["state"] == PRESENT and not request.check_mode:
        write_journal(journal.at(journal.phase, plan={**journal.plan, "action": wanted.action}))
    line = f"{'already':<13} restored to {wanted.target.phrase}, begun {journal.started}, now {journal.phase}"
    todo = f"{'then':<13} {wanted.action}" if changed else f"{'note':<13} set 'pitr_restore_again' to do it once more"
    values = {
        "plan": dict(journal.plan),
        "plan_lines": [line, todo],
        "plan_text": f"{line}\n{todo}",
        "confirmation": wanted.confirmation if wanted.in_place else None,
        "already": True,
        "data_directory": journal.directory,
        "port": journal.port,
        "journal": journal_path(journal.directory),
    }
    return Outcome(changed, values, warnings=() if waits else (f"nothing is restored: {line}",))


def _values(plan: RestorePlan) -> dict[str, Any]:
    lines = plan_lines(plan)
    return {
        "plan": plan_facts(plan),
        "plan_lines": list(lines),
        "plan_text": "\n".join(lines),
        "confirmation": plan.request.confirmation if plan.request.in_place else None,
        "already": False,
        "data_directory": plan.directory,
        "port": plan.port,
        "journal": journal_path(plan.directory),
    }


def _diff(plan: RestorePlan) -> dict[str, str]:
    return {"before": "", "after": "\n".join(plan_lines(plan)) + "\n", "after_header": "plan of the restore"}


def _roll_back(request: Request, *, runner: Runner) -> Outcome:
    options = request.options
    directory = options["restore_data_directory"] or options["data_directory"]
    journal = read_journal(directory) if directory else _journal_of_discovered(options, runner=runner)
    if journal is None or (options["unfinished_only"] and journal.is_finished):
        return _nothing_to_undo(options, runner=runner)
    if journal.source.is_lost and journal.phase == PROMOTED:
        raise _nothing_before(journal)
    if journal.is_finished and journal.in_place:
        scope = scope_of(options)
        scope.check()
        _check_confirmed(request, needed=scope.confirmation(cluster=options["name"], target="rollback"))
    values = {
        "data_directory": journal.directory,
        "undone_directory": journal.pairs[-1].undone if journal.pairs else journal.directory,
        "running": journal.was_running,
        "plan_lines": [f"{'undoes':<13} the restore begun {journal.started}, now {journal.phase}"],
    }
    if not request.check_mode:
        with acting_as(journal.source.os_user), journal_lock(journal.directory, expected=journal):
            roll_back(journal, runner=runner, timeout_seconds=options["stop_timeout_seconds"])
            if journal.phase != PROMOTED:
                folder = folder_of(options, repository=repository_of(options))
                release_restored(folder, journal.plan["backup"], pin=pin_in_journal(journal))
    return Outcome(True, values)


def _journal_of_discovered(options: Mapping[str, Any], *, runner: Runner) -> RestoreJournal | None:
    unfinished = find_unfinished(options["name"])
    if unfinished is not None:
        return unfinished
    try:
        cluster = resolve_cluster(options, runner=runner)
    except PitrError:
        lost = configured_directory(options["config_directory"], cluster_name=options["name"])
        journal = read_journal(lost) if lost else None
        if journal is None and not options["unfinished_only"]:
            raise
        return journal
    return read_journal(cluster.data_directory)


def _nothing_before(journal: RestoreJournal) -> InvalidInput:
    """What was restored in the place of nothing is the only copy, and stays."""
    return InvalidInput(
        f"'{journal.directory}' was gone before the restore begun {journal.started}: there is nothing to roll back to",
        code="rollback-nothing",
        hint="Restore to another target instead; the cluster as it is now is kept then.",
    )


def _nothing_to_undo(options: Mapping[str, Any], *, runner: Runner) -> Outcome:
    """No change when the last restore was undone already; there is an error when there never was one."""
    if options["unfinished_only"]:
        return Outcome(False, {"data_directory": options["data_directory"], "undone_directory": None, "running": None})
    cluster = resolve_cluster(options, runner=runner)
    undone = sibling_pair(cluster.data_directory).undone
    if os.path.isdir(undone):
        line = f"{'already':<13} undone: the restored data of the last restore lies in {undone}"
        values = {
            "data_directory": cluster.data_directory,
            "undone_directory": undone,
            "running": cluster.running,
            "plan_lines": [line],
        }
        return Outcome(False, values)
    raise InvalidInput(
        f"there is no restore of '{options['name']}' that could be rolled back",
        code="rollback-nothing",
        hint="Only the last in-place restore can be rolled back, once, as long as its journal and the old directory "
        f"lie beside '{cluster.data_directory}'.",
    )


__all__ = ("restore",)
