# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action of the module restore_point."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from typing import Any

from .._core.archiving.restore_point import NAME_HINT, RestorePoint, RestorePointRequest
from .._core.instant import format_instant
from .._core.postgres.cluster import Cluster
from .._core.repository.registration import check_not_foreign
from .._io.host.runner import SystemRunner
from .._io.postgres.server_log import ServerLog
from .._operations.archiving.proof import ArchiveProof
from .._operations.archiving.restore_point import check_restore_point, make_restore_point
from .cluster import resolve_cluster
from .cluster_facts import cluster_facts
from .entry import Outcome, Request
from .psycopg2_server import connect
from .repository import folder_of, option_missing, repository_of


def restore_point(request: Request) -> Outcome:
    """Name this moment in the WAL, and wait until it is archived."""
    options = request.options
    wanted = request_of(options)
    wanted.check()
    repository = repository_of(options)
    folder = folder_of(options, repository=repository)
    runner = SystemRunner()
    cluster = resolve_cluster(options, runner=runner)
    repository.check_readable()
    check_not_foreign(folder.identity(), cluster=cluster)
    with closing(connect(cluster, login_user=options["login_user"])) as server:
        check_restore_point(server, cluster=cluster)
        made = None
        if not request.check_mode:
            proof = ArchiveProof(cluster, server=server, folder=folder, log=ServerLog(cluster, runner=runner))
            made = make_restore_point(wanted, cluster=cluster, server=server, proof=proof)
    return Outcome(changed=True, values=_values(wanted, made=made, cluster=cluster))


def request_of(options: Mapping[str, Any]) -> RestorePointRequest:
    """What the module's options ask for. Raises InvalidInput (``option-missing``)."""
    if not options["restore_point_name"]:
        raise option_missing("restore_point_name", hint=NAME_HINT)
    return RestorePointRequest(options["restore_point_name"], options["timeout_seconds"])


def _values(request: RestorePointRequest, *, made: RestorePoint | None, cluster: Cluster) -> dict[str, Any]:
    return {
        "restore_point_name": request.name,
        "cluster": cluster_facts(cluster),
        "lsn": str(made.lsn) if made else None,
        "time": format_instant(made.moment) if made else None,
        "segment": str(made.segment) if made else None,
        "timeline": made.segment.timeline if made else None,
    }


__all__ = ("request_of", "restore_point")
