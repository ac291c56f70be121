# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action of the module wal_archive: look, plan, apply, prove."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .._core.archiving.wanted_settings import archiving_is_active
from .._core.errors import PitrError
from .._core.postgres.cluster import Cluster
from .._io.catalogue.histories import store_histories
from .._io.host.effective_user import acting_as
from .._io.host.runner import Runner, SystemRunner
from .._io.postgres.server import Server
from .._io.postgres.service import Service
from .._io.repository.cluster_folder import ClusterFolder
from .._io.repository.repository import Repository
from .._operations.archiving.apply_settings import apply_settings, restart_with
from .._operations.archiving.plan import ArchivePlan, check_numbers, plan_archive, registered_now
from .._operations.archiving.preflight import check_agent, check_repository, check_rights, only_missing_in_check_mode
from .._operations.archiving.proof import ArchiveProof
from .archive_result import archive_diff, archive_values
from .cluster import resolve_cluster
from .entry import Outcome, Request
from .psycopg2_server import connect
from .repository import folder_of, repository_of


def wal_archive(request: Request) -> Outcome:
    """Set a cluster's archive settings, and prove that a segment arrives."""
    check_numbers(request.options)
    runner = SystemRunner()
    repository = repository_of(request.options)
    folder = folder_of(request.options, repository=repository)
    cluster = resolve_cluster(request.options, runner=runner)
    with acting_as(cluster.os_user):
        warnings = _preflight(request, repository=repository, cluster=cluster, runner=runner)
        server = connect(cluster, login_user=request.options["login_user"])
        try:
            check_rights(server, cluster=cluster)
            plan = plan_archive(request.options, cluster=cluster, server=server, folder=folder)
            if request.check_mode:
                values = archive_values(plan, cluster=cluster, restarted=False, proof=None, reason="check mode")
                return Outcome(plan.changed, values, diff=archive_diff(plan), warnings=warnings)
            return _apply(request.options, plan=plan, cluster=cluster, server=server, folder=folder, runner=runner)
        finally:
            server.close()


def _preflight(request: Request, *, repository: Repository, cluster: Cluster, runner: Runner) -> tuple[str, ...]:
    """Warnings about what check mode cannot have; raises what a run would."""
    warnings = []
    checks: tuple[Callable[[], None], ...] = (
        lambda: check_repository(repository, cluster=cluster),
        lambda: check_agent(request.options, cluster=cluster, runner=runner),
    )
    for check in checks:
        try:
            check()
        except PitrError as error:
            if not only_missing_in_check_mode(error, check_mode=request.check_mode):
                raise
            warnings.append(f"in check mode this counts as made by an earlier task: {error.message}")
    return tuple(warnings)


def _apply(
    options: Mapping[str, Any],
    *,
    plan: ArchivePlan,
    cluster: Cluster,
    server: Server,
    folder: ClusterFolder,
    runner: Runner,
) -> Outcome:
    service = Service(cluster, runner=runner)
    if plan.registers:
        folder.change_identity(lambda before: registered_now(before, name=folder.name, cluster=cluster))
    store_histories(folder, plan.histories, cluster=cluster)
    if plan.settings.reload:
        apply_settings(plan.settings, files=plan.files, texts=plan.texts, cluster=cluster, server=server, runner=runner)
    if plan.restart:
        server.close()
        restart_with(plan.files, texts=plan.texts, service=service)
        server = connect(cluster, login_user=options["login_user"])
    try:
        proof, reason = _prove(options, plan=plan, cluster=cluster, server=server, folder=folder, service=service)
    finally:
        server.close()
    values = archive_values(plan, cluster=cluster, restarted=plan.restart, proof=proof, reason=reason)
    return Outcome(plan.changed, values, diff=archive_diff(plan))


def _prove(
    options: Mapping[str, Any],
    *,
    plan: ArchivePlan,
    cluster: Cluster,
    server: Server,
    folder: ClusterFolder,
    service: Service,
) -> tuple[Any, str]:
    """The proof and ``""``, or ``None`` and why there is none."""
    if server.in_recovery():
        return None, "standby"
    if not archiving_is_active(server.settings()):
        return None, "restart"
    proof = ArchiveProof(cluster, server=server, folder=folder, log=service.log)
    if not plan.changed and proof.stands_already(archive_timeout_seconds=options["archive_timeout_seconds"]):
        return None, "already"
    return proof.make(server.write_marker, timeout_seconds=options["proof_timeout_seconds"]), ""


__all__ = ("wal_archive",)
