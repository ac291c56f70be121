# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a request to the plan of its restore."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from ..._core.absent.host_fit import check_host, collation_notes, host_notes
from ..._core.catalogue.chain import chain_of
from ..._core.catalogue.record import Backup
from ..._core.errors import Damaged, PitrError
from ..._core.postgres.cluster import Cluster
from ..._core.recovery.silence import check_silent, silence_notes, silenced_settings
from ..._core.restore.disk_space import check_disks, disk_needs
from ..._core.restore.loss import loss_behind
from ..._core.restore.placement import Placement, place
from ..._core.restore.plan import RestorePlan
from ..._core.restore.preconditions.checks import (
    check_histories,
    check_mounts,
    check_request,
    check_tablespaces,
    usable_backups,
)
from ..._core.restore.preconditions.created_tablespaces import check_created, created_locations, with_left_files
from ..._core.restore.preconditions.hot_standby import raised_notes, raised_settings
from ..._core.restore.preconditions.location_checks import check_locations, check_moved, named_directories
from ..._core.restore.presentation.chain_notes import chain_notes
from ..._core.restore.presentation.plan_notes import plan_notes
from ..._core.restore.replay import Loss, Replay, plan_replay
from ..._core.restore.request import RestoreFacts, RestoreRequest
from ..._core.target.clock_notes import clock_notes
from ..._core.target.event_search import WalReader
from ..._core.target.hot_standby_start import SnapshotReader, hot_standby_begins
from ..._core.target.recovery_target import LATEST
from ..._core.target.replayed_records import ReplayedRecords, check_replayable, replayed_records
from ..._core.target.search import TargetSearch
from ..._core.target.timeline_selection import TimelineSelection, select_timeline
from ..._io.host.runner import Runner
from ..._io.postgres.nested_directories import check_directories
from ..._io.postgres.service.supervisor import supervisor_of
from ..absent.elsewhere import Elsewhere
from ..absent.host_survey import host_facts
from ..absent.repository_snapshot import RepositorySnapshot
from ..extract.link_check import link_fault
from ..extract.manifests import Manifests
from ..target.event_reader import EventReader
from .configuration.archiving_after import check_archives
from .configuration.reachability import check_addresses
from .configuration.start_trial import check_start
from .named_directories import look_at_directories, resolved
from .survey import Survey, disk_facts, survey
from .swap import kept_directories


@dataclass(frozen=True)
class Planner:
    """Makes a plan for one cluster; call it while acting as the cluster's user.

    ``elsewhere`` is set where this host has never seen it.
    """

    cluster: Cluster
    snapshot: RepositorySnapshot
    manifests: Manifests
    runner: Runner
    elsewhere: Elsewhere | None = None

    def plan(self, request: RestoreRequest) -> RestorePlan:
        """The plan. Raises the refusals of ``checks``, ``disk_space``, ``target.refusals`` and ``link_check``."""
        seen = survey(
            request,
            cluster=self.cluster,
            snapshot=self.snapshot,
            runner=self.runner,
            planned=self.elsewhere.planned if self.elsewhere else None,
        )
        check_request(request, seen.facts)
        with self._reader(seen) as reader:
            facts, search, selection = self._by_whole_chain(request, seen.facts, reader=reader)
            stop = selection.stop
            records = replayed_records(stop, search=search)
            check_replayable(request.target, stop=stop, records=records, search=search)
            back = clock_notes(request.target, stop, search=search)
            loss = loss_behind(stop, search=search, facts=facts) if request.in_place else Loss()
            check_histories(stop, facts)
            replay = plan_replay(facts, stop=stop, loss=loss)
            begins = facts.hot_standby and _hot_standby_begins(request, replay, reader=reader)
        remarks = plan_notes(request, facts, stop=stop, hot_standby=begins)
        notes = (
            *selection.notes,
            *back,
            *remarks,
            *chain_notes(replay.chain),
            *self._notes_of_host(request, facts),
        )
        return self._placed(request, facts, replay, records, notes, hot_standby=begins)

    def _placed(
        self,
        request: RestoreRequest,
        facts: RestoreFacts,
        replay: Replay,
        records: ReplayedRecords,
        notes: Sequence[str],
        *,
        hot_standby: bool,
    ) -> RestorePlan:
        """The plan for a recovery that is decided, where the host has room for it."""
        backup = self._moved(replay.stop.backup, request)
        facts = self._with_directories(request, facts, records, backup=backup)
        placement = place(request, facts, backup=backup)
        check_mounts(placement, facts, real_paths=_real_paths(placement))
        seen = disk_facts(placement, chain=replay.chain, manifests=self.manifests)
        disks = disk_needs(replay, placement, facts=seen, carried_segments=len(facts.live_only))
        raised = raised_settings(request, facts, backup=backup, records=records)
        check_disks(disks)
        if request.in_place:
            self._check_next_start(request, raised)
        return RestorePlan(
            request=request,
            replay=replay,
            placement=placement,
            disks=disks,
            hot_standby=hot_standby,
            notes=(
                *notes,
                *raised_notes(raised, facts),
                *self._notes_of_place(request, facts),
                *_notes_of_removed(placement),
            ),
            raised=raised,
            silenced=_silenced(request, facts),
            successor=self.elsewhere is not None and request.in_place and not request.standby,
            predecessors=self._predecessors(),
        )

    def _check_next_start(self, request: RestoreRequest, raised: Mapping[str, int]) -> None:
        """Return when the server starts with today's configuration, where it is looked for, and archives."""
        needed = {name: str(value) for name, value in raised.items()}
        check_start(self.cluster, {**request.settings, **needed}, runner=self.runner)
        check_addresses(self.cluster, request.settings, runner=self.runner)
        if self.elsewhere is None:
            check_archives(self.cluster, runner=self.runner)

    def _with_directories(
        self, request: RestoreRequest, facts: RestoreFacts, records: ReplayedRecords, *, backup: Backup
    ) -> RestoreFacts:
        """The facts, once every directory that the backup or the WAL names may be written to."""
        if not request.in_place:
            check_tablespaces(records, facts)
            return facts
        check_directories(self.cluster, tablespaces=backup.tablespaces)
        created = created_locations(records, backup=backup, facts=facts)
        names = {*named_directories(backup, facts), *created}
        seen = look_at_directories(sorted(names), own=facts.cluster.data_directory)
        roots = resolved(request.tablespace_roots)
        check_locations(backup, facts, seen=seen, roots=roots)
        check_created(created, facts, seen=seen, roots=roots)
        return with_left_files(created, facts, seen=seen)

    def _predecessors(self) -> tuple[str, ...]:
        writers = self.snapshot.identity.writers if self.elsewhere else ()
        return tuple(dict.fromkeys(f"'{each.data_directory}' on '{each.hostname}'" for each in writers))

    def _moved(self, backup: Backup, request: RestoreRequest) -> Backup:
        """The backup with the places that it has on this host."""
        if self.elsewhere is None or not request.in_place:
            return backup
        places = {oid: request.tablespaces.get(each, each) for oid, each in backup.tablespaces.items()}
        check_moved(request, backup)
        return replace(backup, tablespaces=places, wal_directory=request.wal_directory)

    def _notes_of_host(self, request: RestoreRequest, facts: RestoreFacts) -> tuple[str, ...]:
        """What is another here than on the cluster's host. Raises what :func:`check_host` raises."""
        elsewhere = self.elsewhere
        if elsewhere is None:
            return ()
        planned = elsewhere.planned_with(_silenced(request, facts))
        host = host_facts(elsewhere.origin, planned=planned, runner=self.runner)
        check_host(elsewhere.origin, host)
        return (*host_notes(elsewhere.origin, label=elsewhere.label), *collation_notes(elsewhere.origin, host))

    def _notes_of_place(self, request: RestoreRequest, facts: RestoreFacts) -> Iterable[str]:
        if request.in_place:
            return _notes_of_supervisor(self.cluster)
        return silence_notes(facts.deciding, given=request.settings)

    def _by_whole_chain(
        self, request: RestoreRequest, facts: RestoreFacts, *, reader: WalReader
    ) -> tuple[RestoreFacts, TargetSearch, TimelineSelection]:
        """Where the recovery ends, from a backup whose chain can be extracted.

        The facts come back with the damage of nearer chains, which only shows when one looks at their links.
        """
        found: list[Damaged] = []
        while True:
            try:
                search = _search(request, facts, reader=reader)
                selection = _select(search, request, current=facts.current_timeline)
            except PitrError as error:
                if not found:
                    raise
                # But for the damage the target could be reached, so the damage is what has to be told.
                raise found[0] from error
            chain = chain_of(selection.stop.backup, backups=facts.backups)
            self.manifests.keep_only(link.label for link in chain.links)
            fault = link_fault(chain, folder=self.snapshot.folder, manifests=self.manifests)
            if fault is None:
                return facts, search, selection
            if self.snapshot.folder.avoid(fault.label):
                self.manifests.drop(fault.label)
                continue
            if request.backup is not None:
                raise fault.error
            found.append(fault.error)
            facts = replace(facts, damaged={**facts.damaged, fault.label: fault.reason})

    def _reader(self, seen: Survey) -> EventReader:
        return EventReader(
            self.snapshot.folder,
            wal=seen.facts.wal,
            live=seen.live,
            bin_directory=self.cluster.bin_directory,
            version=self.cluster.version,
            runner=self.runner,
        )


def _real_paths(placement: Placement) -> dict[str, str]:
    return {path: os.path.realpath(path) for pair in placement.pairs for path in pair.paths}


def _search(request: RestoreRequest, facts: RestoreFacts, *, reader: WalReader) -> TargetSearch:
    backups = usable_backups(request, facts)
    every = usable_backups(replace(request, backup=None), facts) if request.backup is not None else ()
    return TargetSearch(backups, facts.wal, reader, every)


def _select(search: TargetSearch, request: RestoreRequest, *, current: int) -> TimelineSelection:
    if request.timeline is not None:
        return TimelineSelection(search.on(request.timeline, request.target))
    return select_timeline(search, request.target, current=current)


def _hot_standby_begins(request: RestoreRequest, replay: Replay, *, reader: SnapshotReader) -> bool:
    if request.target.kind == LATEST:
        # The server opens by itself, whoever it lets in before.
        return True
    stop = replay.stop
    return hot_standby_begins(
        reader,
        timeline=stop.timeline,
        first=replay.wal[0].first,
        last=replay.wal[-1].end - 1,
        start=stop.backup.start_lsn,
        stop=max(stop.lsn, stop.backup.stop_lsn),
    )


def _silenced(request: RestoreRequest, facts: RestoreFacts) -> dict[str, str]:
    """What is off in a copy, but for what the user wants. Raises Refused (``copy-not-silent``)."""
    if request.directory is None:
        return {}
    check_silent(facts.deciding, given=request.settings)
    silenced = silenced_settings(facts.deciding, version=facts.cluster.version, directory=request.directory)
    return {name: value for name, value in silenced.items() if name not in request.settings}


def _notes_of_supervisor(cluster: Cluster) -> tuple[str, ...]:
    found = supervisor_of(cluster.postmaster_pid)
    if found is None:
        return ()
    return (
        f"the server is a child of '{found.name}' (process {found.pid}): if that starts it again once it is stopped, "
        "the restore ends with code server-started-again, and the cluster stays as it is",
    )


def _notes_of_removed(placement: Placement) -> tuple[str, ...]:
    kept = kept_directories(placement.pairs)
    return (f"removed for this: {', '.join(kept)}, kept by the restore before",) if kept else ()


__all__ = ("Planner",)
