# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action of the module restore_point."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from datetime import datetime
from typing import Any

from .._core.archiving.restore_point import NAME_HINT, RestorePoint, RestorePointRequest
from .._core.errors import InvalidInput
from .._core.instant import format_instant, parse_instant
from .._core.postgres.cluster import Cluster
from .._core.repository.registration import check_not_foreign
from .._core.wal.lsn import Lsn
from .._io.host.runner import SystemRunner
from .._io.postgres.server_log import ServerLog
from .._io.repository.cluster_folder import ClusterFolder
from .._operations.archiving.proof import ArchiveProof
from .._operations.archiving.restore_point import check_restore_point, make_restore_point
from .cluster import resolve_cluster
from .cluster_facts import cluster_facts
from .entry import Outcome, Request
from .psycopg2_server import connect
from .repository import folder_of, option_missing, repository_of


def restore_point(request: Request) -> Outcome:
    """Name this moment in the WAL, or one that was agreed on, and wait until it is archived."""
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
        if options["leave_standby"] and server.in_recovery():
            return Outcome(changed=False, values=_values(wanted, made=None, cluster=cluster, passed_over=True))
        check_restore_point(server, cluster=cluster)
        began = time.monotonic()
        warnings = _check_unused(wanted.name, folder, cluster) if options["unused"] else ()
        searched = time.monotonic() - began
        made = None
        if not request.check_mode:
            proof = ArchiveProof(cluster, server=server, folder=folder, log=ServerLog(cluster, runner=runner))
            if options["written_lsn"]:
                return _archived(wanted, proof, lsn=Lsn.parse(options["written_lsn"]), cluster=cluster)
            made = make_restore_point(wanted, cluster=cluster, server=server, proof=proof)
    values = {**_values(wanted, made=made, cluster=cluster), "searched_seconds": round(searched, 3)}
    return Outcome(changed=True, values=values, warnings=warnings)


def _archived(request: RestorePointRequest, proof: ArchiveProof, *, lsn: Lsn, cluster: Cluster) -> Outcome:
    """Wait for what an earlier task wrote. Raises Failed (``archiving-failed``)."""
    proof.make(lambda: lsn, timeout_seconds=request.timeout_seconds)
    return Outcome(changed=False, values={**_values(request, made=None, cluster=cluster), "lsn": str(lsn)})


def request_of(options: Mapping[str, Any]) -> RestorePointRequest:
    """What the module's options ask for. Raises InvalidInput (``option-missing``, ``option-out-of-range``)."""
    if not options["restore_point_name"]:
        raise option_missing("restore_point_name", hint=NAME_HINT)
    return RestorePointRequest(
        options["restore_point_name"],
        options["timeout_seconds"],
        _moment_of(options.get("at")),
        options["late_limit_ms"],
    )


def _moment_of(text: str | None) -> datetime | None:
    try:
        return parse_instant(text) if text else None
    except ValueError as error:
        raise InvalidInput(
            f"'at' is '{text}', which is not a moment in UTC",
            code="option-out-of-range",
            hint="Write it as in 2026-09-15T12:30:00.000000Z, with the microseconds.",
        ) from error


def _check_unused(name: str, folder: ClusterFolder, cluster: Cluster) -> Sequence[str]:
    """What has to be told of the search. Raises Refused (``restore-point-exists``)."""
    # Most runs look for no name.
    from .._operations.target.restore_point_search import search_name

    found = search_name(name, folder=folder, cluster=cluster, runner=SystemRunner())
    found.check(name)
    return found.warnings(name)


def _values(
    request: RestorePointRequest, *, made: RestorePoint | None, cluster: Cluster, passed_over: bool = False
) -> dict[str, Any]:
    return {
        "restore_point_name": request.name,
        "cluster": cluster_facts(cluster),
        "lsn": str(made.lsn) if made else None,
        "time": format_instant(made.moment) if made else None,
        "segment": str(made.segment) if made else None,
        "timeline": made.segment.timeline if made else None,
        "passed_over": passed_over,
        "searched_seconds": 0.0,
    }


__all__ = ("request_of", "restore_point")
