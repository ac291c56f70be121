# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The repositories behind the first one: a cluster is registered in each, and each gets what only pg_wal has still."""

from __future__ import annotations

from dataclasses import dataclass

from ..._core.errors import PitrError, Unavailable
from ..._core.postgres.cluster import Cluster
from ..._core.repository.identity import RepositoryIdentity
from ..._io.catalogue.histories import histories_to_store, store_histories
from ..._io.catalogue.unstored_wal import store_segments, unstored_of
from ..._io.repository.cluster_folder import ClusterFolder
from ..._io.repository.registering import register_writer, registered_now
from ..._io.repository.repository import Repository
from .preflight import check_repository, is_made_by_earlier_task


@dataclass(frozen=True)
class OtherPlan:
    """What will change in the repository ``name``; ``away`` says why nothing can, and is empty where something can."""

    name: str
    folder: ClusterFolder
    before: RepositoryIdentity | None = None
    after: RepositoryIdentity | None = None
    histories: tuple[str, ...] = ()
    segments: tuple[str, ...] = ()
    away: str = ""

    @property
    def changed(self) -> bool:
        """Whether there is anything to do."""
        return self.after != self.before or bool(self.histories or self.segments)

    def carry_out(self, cluster: Cluster) -> None:
        """Register the cluster, and store what the repository lacks."""
        if self.after != self.before:
            register_writer(self.folder, cluster=cluster)
        store_histories(self.folder, self.histories, cluster=cluster)
        store_segments(self.folder, self.segments, cluster=cluster)


def plan_others(
    repository: Repository, *, name: str, cluster: Cluster, timeline: int, is_rehearsal: bool
) -> tuple[OtherPlan, ...]:
    """What will change in each repository but the first. Changes nothing.

    Raises Refused (``repository-foreign``), and where one that is required cannot be asked, Unavailable.
    """
    return tuple(
        _plan(each, name=name, cluster=cluster, timeline=timeline, is_rehearsal=is_rehearsal)
        for each in repository.others
    )


def _plan(repository: Repository, *, name: str, cluster: Cluster, timeline: int, is_rehearsal: bool) -> OtherPlan:
    folder = repository.cluster(name)
    try:
        check_repository(repository, cluster=cluster)
        before = folder.present_identity()
        return OtherPlan(
            repository.name,
            folder,
            before,
            registered_now(before, name=name, cluster=cluster),
            histories_to_store(folder, cluster=cluster, timeline=timeline),
            unstored_of(folder, cluster=cluster, timeline=timeline),
        )
    except PitrError as error:
        is_told = isinstance(error, Unavailable) and not repository.is_required
        if not is_told and not (is_rehearsal and is_made_by_earlier_task(error)):
            raise
        return OtherPlan(repository.name, folder, away=error.message)


__all__ = ("OtherPlan", "plan_others")
