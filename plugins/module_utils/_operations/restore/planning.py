# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From the options of the module restore to a plan."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ..._core.catalogue.chain import chain_of
from ..._core.catalogue.chain_index import summarize_chains
from ..._core.errors import Damaged, InvalidInput, PitrError
from ..._core.postgres.cluster import Cluster
from ..._core.restore.checks import check_histories, check_plan, check_request, check_tablespaces, usable_backups
from ..._core.restore.plan import Loss, RestorePlan, build_plan
from ..._core.restore.request import RestoreFacts, RestoreRequest
from ..._core.restore.scope import RestoreScope
from ..._core.target.event_search import WalReader
from ..._core.target.recovery_target import IMMEDIATE, LATEST, PROMOTE, RecoveryTarget
from ..._core.target.search import StopPoint, TargetSearch
from ..._core.target.timeline_selection import TimelineSelection, select_timeline
from ..._io.host.runner import Runner
from ..._io.repository.cluster_folder import ClusterFolder
from ..extract.link_check import link_fault
from ..target.event_reader import EventReader
from .survey import Survey, survey, with_space
from .swap import kept_directories

# How many segments are read to count what a restore loses; further ones are only said to exist.
_LOSS_SEGMENTS = 32


def request_of(options: Mapping[str, Any]) -> RestoreRequest:
    """What the user asks for. Raises InvalidInput (``target-…``, ``timeline-unknown``, ``action-without-target``)."""
    target = RecoveryTarget.choose(options)
    action = options["target_action"]
    if target.kind == LATEST and action != PROMOTE:
        raise InvalidInput(
            f"target_action '{action}' has no meaning for target_latest: without a target the server always opens",
            code="action-without-target",
            hint="Leave 'pitr_restore_target_action' unset, or give a time, LSN, xid or name to stop at.",
        )
    directory = options["restore_data_directory"]
    scope = scope_of(options)
    if not directory:
        scope.check()
    return RestoreRequest(
        name=options["name"],
        target=target,
        action=action,
        timeline=_timeline(options["target_timeline"]),
        backup=options["backup"],
        directory=os.path.abspath(directory) if directory else None,
        port=options["restore_port"],
        scope=scope,
    )


def scope_of(options: Mapping[str, Any]) -> RestoreScope:
    """How many clusters the run is about, and whether that is meant."""
    return RestoreScope(options["cluster_count"], options["limited"], options["fleet"])


@dataclass(frozen=True)
class Planner:
    """Makes plans for one cluster; call it while acting as the cluster's user."""

    cluster: Cluster
    folder: ClusterFolder
    runner: Runner

    def plan(self, request: RestoreRequest) -> RestorePlan:
        """The plan. Raises the refusals of ``restore_checks``, ``target_errors`` and ``link_check``."""
        seen = survey(request, cluster=self.cluster, folder=self.folder, runner=self.runner)
        check_request(request, seen.facts)
        with self._scan(seen) as reader:
            facts, search, choice = self._by_whole_chain(request, seen.facts, reader=reader)
            loss = self._loss(search, choice.place, facts) if request.in_place else Loss()
        check_histories(choice.place, facts)
        return self._checked(request, facts, choice=choice, loss=loss)

    def _by_whole_chain(
        self, request: RestoreRequest, facts: RestoreFacts, *, reader: WalReader
    ) -> tuple[RestoreFacts, TargetSearch, TimelineSelection]:
        """Where the recovery ends, from a backup whose chain can be unpacked.

        The facts come back with the damage of nearer chains, which only shows when one looks at their links.
        """
        found: list[Damaged] = []
        while True:
            try:
                search = _search(request, facts, reader=reader)
                choice = _choose(search, request, current=facts.current_timeline)
            except PitrError as error:
                if not found:
                    raise
                # But for the damage the target could be reached, so the damage is what has to be told.
                raise found[0] from error
            fault = link_fault(chain_of(choice.place.backup, backups=facts.backups), folder=self.folder)
            if fault is None:
                return facts, search, choice
            if request.backup is not None:
                raise fault.error
            found.append(fault.error)
            facts = replace(facts, damaged={**facts.damaged, fault.label: fault.reason})

    def _scan(self, seen: Survey) -> EventReader:
        return EventReader(
            self.folder,
            wal=seen.facts.wal,
            live=seen.live,
            bin_directory=self.cluster.bin_directory,
            version=self.cluster.version,
            runner=self.runner,
        )

    def _loss(self, search: TargetSearch, place: StopPoint, facts: RestoreFacts) -> Loss:
        """What lies on the cluster's own way after the point where the recovery leaves it."""
        current = facts.current_timeline
        history = facts.wal.history(current)
        leaves = place.before.lsn + 1 if place.before is not None else place.backup.stop_lsn
        switch = history.switch_from(place.timeline)
        if switch is not None:
            leaves = min(leaves, switch)
        elif place.timeline != current:
            shared = [
                each.lsn for each in facts.wal.history(place.timeline).ancestors if history.contains(each.timeline)
            ]
            leaves = min([leaves, *shared[-1:]])
        path = search.path(current, first=facts.wal.size.number_at(leaves))
        last = path.last_commit()
        if last is None or last.lsn < leaves:
            return Loss()
        commits, complete = path.commits_after(leaves, segments=_LOSS_SEGMENTS)
        # The last one counts even where the part that was read in between has none.
        return Loss(max(commits, 1), complete, last)

    def _checked(
        self, request: RestoreRequest, facts: RestoreFacts, *, choice: TimelineSelection, loss: Loss
    ) -> RestorePlan:
        notes = (*choice.notes, *_notes(request, facts, choice.place))
        plan = build_plan(request, facts, place=choice.place, loss=loss, notes=notes)
        if not request.in_place:
            check_tablespaces(choice.place.backup, facts)
        places = [plan.unpack_base, *plan.unpack_into.values()]
        known = with_space(facts, folder=self.folder, chain=plan.chain, places=places)
        kept = kept_directories(plan.pairs)
        if kept:
            notes = (*notes, f"removed for this: {', '.join(kept)}, kept by the restore before")
        plan = build_plan(request, known, place=choice.place, loss=loss, notes=notes)
        check_plan(plan, known)
        return plan


def _search(request: RestoreRequest, facts: RestoreFacts, *, reader: WalReader) -> TargetSearch:
    backups = usable_backups(request, facts)
    every = usable_backups(replace(request, backup=None), facts) if request.backup is not None else ()
    return TargetSearch(backups, facts.wal, reader, every)


def _choose(search: TargetSearch, request: RestoreRequest, *, current: int) -> TimelineSelection:
    if request.timeline is not None:
        return TimelineSelection(search.on(request.timeline, request.target))
    return select_timeline(search, request.target, current=current)


def _notes(request: RestoreRequest, facts: RestoreFacts, place: StopPoint) -> tuple[str, ...]:
    notes = list(_notes_of_lost(facts)) if facts.cluster.is_lost else []
    notes += _notes_of_unused(request, facts, place)
    if request.in_place and facts.cluster.has_configuration_inside and not facts.cluster.is_lost:
        notes.append("the configuration files in the data directory stay as they are today")
    if not facts.hot_standby:
        notes.append("hot_standby is off: the point reached is proven and checked only after the server has opened")
    known = set(place.backup.tablespaces.values())
    gone = sorted(location for location in facts.tablespaces.values() if location not in known)
    if request.in_place and gone:
        notes.append(f"tablespaces made after the backup are set aside: {', '.join(gone)}")
    return tuple(notes)


def _notes_of_unused(request: RestoreRequest, facts: RestoreFacts, place: StopPoint) -> Iterator[str]:
    """Newer backups than the chosen one that would have been nearer to the target, and cannot be used."""
    if request.backup is not None:
        return
    chains = summarize_chains(facts.backups, unusable=facts.damaged)
    for each in facts.backups:
        is_nearer = each.stop_lsn <= place.lsn or request.target.kind == IMMEDIATE
        if each.label not in chains and is_nearer and place.backup.stop_lsn < each.stop_lsn:
            reason = facts.damaged.get(each.label, "a backup that it builds on is missing or damaged")
            yield f"'{each.label}' is not used: {reason}"


def _notes_of_lost(facts: RestoreFacts) -> Iterator[str]:
    cluster = facts.cluster
    source = f"archived WAL, and WAL in '{cluster.wal_directory}'," if cluster.wal_directory else "archived WAL"
    yield f"the data directory '{cluster.data_directory}' is gone: only {source} can be recovered"
    if cluster.has_configuration_inside:
        yield "the configuration files in the data directory come from the backup"
    timelines = facts.wal.timelines()
    if len(timelines) > 1:
        yield (
            f"the archive has timelines {', '.join(str(each) for each in timelines)}; the newest is taken for the "
            "cluster's own (pitr_restore_target_timeline chooses another, as it must after a rollback)"
        )


def _timeline(value: Any) -> int | None:
    if value is None:
        return None
    text = str(value).strip()
    if not (text.isascii() and text.isdigit()) or int(text) < 1:
        raise InvalidInput(
            f"target_timeline '{value}' is not the number of a timeline",
            code="timeline-unknown",
            hint="Give a decimal number such as 2, or leave 'pitr_restore_target_timeline' unset.",
        )
    return int(text)


__all__ = ("Planner", "request_of", "scope_of")
