# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a request for a restore comes to on this host: a plan, or the restore that went there already."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace

from ..._core.errors import PitrError
from ..._core.host.agent_config import DEFAULT_AGENT_PATH
from ..._core.postgres.cluster import Cluster
from ..._core.restore.journal import RestoreJournal
from ..._core.restore.plan import RestorePlan
from ..._core.restore.request import RestoreRequest
from ..._core.target.recovery_target import LATEST
from ..._io.host.runner import Runner
from ..._io.host.scratch import scratch_directory
from ..._io.postgres.discovery import ClusterRequest
from ..._io.repository.location import check_repository_place
from ..._io.repository.repository import Repository
from ..absent.elsewhere import Elsewhere, ElsewhereSearch
from ..absent.lost_cluster import LostClusterSearch, is_empty_place, reconstruct_cluster
from ..absent.repository_snapshot import RepositorySnapshot
from ..extract.identity_check import check_identity
from ..extract.manifests import Manifests
from .configuration.reachability import check_authentication
from .earlier_restore import refuse_set_aside, refuse_unfinished, refuse_waiting, restored_already
from .journal import FoundJournal, find_journal, find_unfinished, journal_path
from .planning import Planner
from .sources import check_sources, source_notes
from .standby_notes import Connect, replaced_notes


@dataclass(frozen=True)
class RestoreDecision:
    """What is to be done to the ``cluster``, with the journal ``found`` beside it.

    ``outcome`` is a plan, or the journal of the restore that went to the target already. ``elsewhere`` is set where
    this host has never seen the cluster.
    """

    cluster: Cluster
    found: FoundJournal
    outcome: RestorePlan | RestoreJournal
    manifests: Manifests
    elsewhere: Elsewhere | None = None


@dataclass(frozen=True)
class RestoreCall:
    """A request, and how the cluster that it is about is found.

    ``find_cluster`` raises where there is none; what it may have been is then reconstructed from the program's
    configuration in ``config_directory`` and the backups, for an in-place restore. ``connect`` opens a session with
    its server, which is asked for its standbys. ``cluster``, ``data_directory`` and
    ``port`` are what the user says of it. ``again`` asks for a restore to where the last one went.
    """

    request: RestoreRequest
    repository: Repository
    config_directory: str
    find_cluster: Callable[[], Cluster]
    connect: Connect
    runner: Runner
    cluster: ClusterRequest
    data_directory: str | None = None
    port: int | None = None
    again: bool = False
    agent_path: str = DEFAULT_AGENT_PATH

    def decide(self) -> RestoreDecision:
        """The decision. Changes nothing.

        Raises the refusals of ``earlier_restore``, ``lost_cluster``, ``elsewhere``, ``location``, ``planning`` and
        ``sources``.
        """
        with ExitStack() as stack:
            return self._decide(stack)

    def _decide(self, stack: ExitStack) -> RestoreDecision:
        request = self.request
        early = self._journal_before_discovery()
        snapshot = RepositorySnapshot(self.repository.everywhere(request.name))
        elsewhere = self._elsewhere(snapshot, stack)
        present = elsewhere.cluster if elsewhere else self._present_or_lost(snapshot)
        # A link to a data directory stays; what it points to is what trades places.
        cluster = replace(present, data_directory=os.path.realpath(present.data_directory))
        if not self.repository.others:
            self.repository.check_readable()
        for each in (self.repository, *self.repository.others):
            check_repository_place(each, cluster=cluster)
        found = _journal_of(request.directory or cluster.data_directory, early=early)
        refuse_unfinished(found.journal)
        refuse_set_aside(cluster, found.journal)
        manifests = Manifests(snapshot.folder)
        # A copy is not lost with the cluster that it is of.
        known = replace(cluster, is_lost=cluster.is_lost and request.in_place)
        already = restored_already(request, found.journal, cluster=known, again=self.again)
        if already is not None:
            return RestoreDecision(cluster, found, already, manifests)
        if request.in_place:
            refuse_waiting(found.journal)
        plan = Planner(cluster, snapshot, manifests, self.runner, elsewhere).plan(request)
        check_sources(snapshot.folder, plan.replay, archives=request.in_place and not request.standby)
        plan = replace(plan, notes=(*plan.notes, *source_notes(snapshot.folder, plan.replay)))
        check_identity(snapshot.folder, plan.replay)
        return RestoreDecision(cluster, found, self._with_standbys(plan, cluster), manifests, elsewhere)

    def _elsewhere(self, snapshot: RepositorySnapshot, stack: ExitStack) -> Elsewhere | None:
        """The cluster that this host has never seen, where one is asked for and nothing of it is here yet."""
        request = self.request
        directory = request.directory or self.data_directory
        if request.source is None or (request.in_place and directory and not is_empty_place(directory)):
            return None
        return ElsewhereSearch(
            request,
            snapshot,
            self.cluster,
            self.runner,
            scratch=stack.enter_context(scratch_directory("pgpitr-elsewhere-")),
            agent_path=self.agent_path,
            config_directory=self.config_directory,
            data_directory=self.data_directory,
            port=self.port,
        ).find()

    def _with_standbys(self, plan: RestorePlan, cluster: Cluster) -> RestorePlan:
        """The plan with what becomes of standbys and slots; a recovery of all that there is gives up no WAL.

        Raises Refused (``hba-invalid``).
        """
        if not plan.request.in_place:
            return plan
        check_authentication(cluster, connect=self.connect)
        fork = None if plan.request.target.kind == LATEST else plan.replay.stop.lsn
        return replace(plan, notes=(*plan.notes, *replaced_notes(cluster, fork=fork, connect=self.connect)))

    def _journal_before_discovery(self) -> FoundJournal | None:
        """In the middle of a swap there is no data directory, and that should not be the complaint."""
        directory = self.request.directory or self.data_directory
        found = find_journal(directory) if directory else find_unfinished(self.request.name)
        if found is not None:
            refuse_unfinished(found.journal)
        return found

    def _present_or_lost(self, snapshot: RepositorySnapshot) -> Cluster:
        """The cluster, which may be only remembered where it is to be restored in place."""
        try:
            return self.find_cluster()
        except PitrError as error:
            if not self.request.in_place:
                raise
            search = LostClusterSearch(
                snapshot=snapshot,
                config_directory=self.config_directory,
                wanted=self.cluster,
                runner=self.runner,
                data_directory=self.data_directory,
                port=self.port,
            )
            return reconstruct_cluster(search, error)


def _journal_of(directory: str, *, early: FoundJournal | None) -> FoundJournal:
    """The journal, which may have been read before the cluster was found."""
    if early is not None and early.path == journal_path(directory):
        return early
    return find_journal(directory)


__all__ = ("RestoreCall", "RestoreDecision")
