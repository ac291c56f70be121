# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sets up a cluster's archiving: look, plan, apply, and prove that a segment arrives."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass

from ..._core.archiving.request import ArchiveRequest
from ..._core.archiving.wanted_settings import archiving_is_active
from ..._core.errors import PitrError
from ..._core.postgres.cluster import Cluster
from ..._io.catalogue.histories import store_histories
from ..._io.catalogue.unstored_wal import store_segments
from ..._io.host.runner import Runner
from ..._io.postgres.service.service import Service
from ..._io.repository.cluster_folder import ClusterFolder
from ..._io.repository.registering import register_writer
from ..._io.repository.repository import Repository
from ..._io.sql.server import Server
from .apply_settings import apply_settings, restart_with
from .others import OtherPlan, plan_others
from .plan import ArchivePlan, plan_archive
from .preflight import check_agent, check_name, check_repository, check_rights, is_made_by_earlier_task
from .proof import ArchiveProof, Proof

# Why there is no new proof.
ALREADY = "already"
RESTART = "restart"
STANDBY = "standby"
REHEARSAL = "check mode"

# Where nothing can be.
_NOWHERE = "/dev/null/repository"


@dataclass(frozen=True)
class ArchiveOutcome:
    """What was done, or would be.

    ``reason`` says why there is no new ``proof``, and is empty when there is one. ``missing`` has in words what a
    rehearsal assumes that an earlier task creates. ``others`` is what changes in further repositories.
    """

    plan: ArchivePlan
    others: tuple[OtherPlan, ...] = ()
    restarted: bool = False
    proof: Proof | None = None
    reason: str = ""
    missing: tuple[str, ...] = ()

    @property
    def changed(self) -> bool:
        """Whether anything changes, in whichever repository."""
        return self.plan.changed or any(each.changed for each in self.others)


@dataclass(frozen=True)
class ArchiveSetup:
    """One cluster and its folder in a repository; ``connect`` makes a connection to its server.

    Call it while acting as the cluster's user. Raises what :func:`plan_archive`, :func:`check_agent`,
    :func:`check_rights` and the repository's own check raise.
    """

    request: ArchiveRequest
    cluster: Cluster
    repository: Repository
    folder: ClusterFolder
    runner: Runner
    connect: Callable[[], Server]

    def rehearse(self) -> ArchiveOutcome:
        """The plan; changes nothing. Program and repository may be missing: earlier tasks create them."""
        missing = []
        for check in (self._check_repository, self._check_agent):
            try:
                check()
            except PitrError as error:
                if not is_made_by_earlier_task(error):
                    raise
                missing.append(error.message)
        folder = self._folder_in_rehearsal(missing)
        with closing(self.connect()) as server:
            plan = self._plan(server, folder=folder)
            others = self._others(server, is_rehearsal=True)
        return ArchiveOutcome(plan, others, reason=REHEARSAL, missing=tuple(missing))

    def run(self) -> ArchiveOutcome:
        """Bring the cluster's archiving into the wanted state, and prove it.

        Raises Failed: ``configuration-invalid``, ``reload-failed``, ``restart-failed``, ``archiving-failed``.
        """
        self._check_repository()
        self._check_agent()
        service = Service(self.cluster, runner=self.runner)
        with closing(self.connect()) as server:
            plan, others = self._plan(server), self._others(server)
            self._register(plan)
            # Before archiving may be turned on, which waits for all of them that are required.
            for each in others:
                each.carry_out(self.cluster)
            if plan.settings.reload:
                self._reload(plan, server=server, service=service)
            if not plan.restart:
                return self._proven(plan, others, server=server, service=service)
        restart_with(plan.files, texts=plan.texts, service=service)
        with closing(self.connect()) as server:
            return self._proven(plan, others, server=server, service=service)

    def _folder_in_rehearsal(self, missing: list[str]) -> ClusterFolder:
        """The folder; one that does not exist where another host's cannot be reached before a real run."""
        try:
            self.folder.present_identity()
        except PitrError as error:
            if not is_made_by_earlier_task(error):
                raise
            missing.append(error.message)
            return ClusterFolder(_NOWHERE, name=self.folder.name)
        return self.folder

    def _check_repository(self) -> None:
        check_repository(self.repository, cluster=self.cluster)

    def _check_agent(self) -> None:
        check_agent(self.request, cluster=self.cluster, runner=self.runner)

    def _plan(self, server: Server, *, folder: ClusterFolder | None = None) -> ArchivePlan:
        check_rights(server, cluster=self.cluster)
        check_name(self.request, cluster=self.cluster, server=server, repository=self.repository)
        return plan_archive(self.request, cluster=self.cluster, server=server, folder=folder or self.folder)

    def _others(self, server: Server, *, is_rehearsal: bool = False) -> tuple[OtherPlan, ...]:
        return plan_others(
            self.repository,
            name=self.folder.name,
            cluster=self.cluster,
            timeline=server.timeline(),
            is_rehearsal=is_rehearsal,
        )

    def _register(self, plan: ArchivePlan) -> None:
        """Register the cluster in the repository, and store the histories and segments that it lacks there."""
        if plan.registers:
            register_writer(self.folder, cluster=self.cluster)
        store_histories(self.folder, plan.histories, cluster=self.cluster)
        store_segments(self.folder, plan.segments, cluster=self.cluster)

    def _reload(self, plan: ArchivePlan, *, server: Server, service: Service) -> None:
        apply_settings(
            plan.settings,
            files=plan.files,
            texts=plan.texts,
            cluster=self.cluster,
            server=server,
            service=service,
            runner=self.runner,
        )

    def _proven(
        self, plan: ArchivePlan, others: tuple[OtherPlan, ...], *, server: Server, service: Service
    ) -> ArchiveOutcome:
        proof, reason = self._prove(plan, server=server, service=service)
        return ArchiveOutcome(plan, others, restarted=plan.restart, proof=proof, reason=reason)

    def _prove(self, plan: ArchivePlan, *, server: Server, service: Service) -> tuple[Proof | None, str]:
        """The proof and ``""``, or ``None`` and why there is none."""
        if server.in_recovery():
            return None, STANDBY
        if not archiving_is_active(server.settings()):
            return None, RESTART
        proof = ArchiveProof(self.cluster, server=server, folder=self.folder, log=service.log)
        timeout_seconds = self.request.archive_timeout_seconds
        if not plan.changed and proof.stands_already(archive_timeout_seconds=timeout_seconds):
            return None, ALREADY
        return proof.make(server.write_marker, timeout_seconds=self.request.proof_timeout_seconds), ""


__all__ = ("ALREADY", "ArchiveOutcome", "ArchiveSetup")
