# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action of the module restore_point."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from .._core.archiving.wanted_settings import archiving_is_active
from .._core.errors import InvalidInput, Refused
from .._core.instant import format_instant
from .._core.postgres.cluster import Cluster
from .._core.repository.registration import check_not_foreign
from .._core.wal.lsn import Lsn
from .._core.wal.segment import Segment
from .._io.host.effective_user import acting_as
from .._io.host.runner import SystemRunner
from .._io.postgres.server import Server
from .._io.postgres.server_log import ServerLog
from .._operations.archiving.proof import ArchiveProof
from .cluster import resolve_cluster
from .cluster_facts import cluster_facts
from .entry import Outcome, Request
from .psycopg2_server import connect
from .repository import folder_of, option_missing, repository_of

# MAXFNAMELEN of src/include/access/xlog_internal.h is 64 with the byte that ends it.
_NAME_BYTES_MAX = 63


class _Recording:
    """Writes the restore point when it is asked to, and remembers where and when."""

    def __init__(self, server: Server, *, name: str) -> None:
        self._server = server
        self._name = name
        self.lsn = Lsn(0)
        self.time: datetime | None = None

    def __call__(self) -> Lsn:
        self.lsn = self._server.create_restore_point(self._name)
        self.time = self._server.now()
        return self.lsn


def restore_point(request: Request) -> Outcome:
    """Name this moment in the WAL, and wait until it is archived."""
    options = request.options
    name = checked_name(options["restore_point_name"])
    repository = repository_of(options)
    folder = folder_of(options, repository=repository)
    runner = SystemRunner()
    cluster = resolve_cluster(options, runner=runner)
    with acting_as(cluster.os_user):
        repository.check_readable()
        check_not_foreign(folder.identity(), cluster=cluster)
        server = connect(cluster, login_user=options["login_user"])
        try:
            _check_server(server, cluster=cluster)
            if request.check_mode:
                return Outcome(changed=True, values=_values(name, cluster=cluster))
            proof = ArchiveProof(cluster, server=server, folder=folder, log=ServerLog(cluster, runner=runner))
            recording = _Recording(server, name=name)
            proof.make(recording, timeout_seconds=options["timeout_seconds"])
            return Outcome(changed=True, values=_values(name, cluster=cluster, recording=recording, server=server))
        finally:
            server.close()


def checked_name(name: str | None) -> str:
    """The name, when PostgreSQL would take it as it is. Raises InvalidInput: ``option-missing``,
    ``restore-point-name-invalid``."""
    hint = f"Give it 1 to {_NAME_BYTES_MAX} bytes, such as 'before_release_7'."
    if not name:
        raise option_missing("restore_point_name", hint=hint)
    size = len(name.encode("utf-8"))
    if size > _NAME_BYTES_MAX or not name.isprintable():
        raise InvalidInput(
            f"restore_point_name '{name}' has {size} bytes or is not printable",
            code="restore-point-name-invalid",
            hint=hint,
        )
    return name


def _check_server(server: Server, *, cluster: Cluster) -> None:
    if server.in_recovery():
        raise Refused(
            f"'{cluster.data_directory}' is in recovery, and only a primary can write a restore point",
            code="standby",
            hint="Make the restore point on the primary; it reaches the standby with the WAL.",
        )
    if not archiving_is_active(server.settings()):
        raise Refused(
            f"archive_mode of '{cluster.data_directory}' is off, so a restore point would never be archived",
            code="archiving-off",
            hint="Run the playbook 'archive' first.",
        )


def _values(
    name: str, *, cluster: Cluster, recording: _Recording | None = None, server: Server | None = None
) -> Mapping[str, Any]:
    values: dict[str, Any] = {"restore_point_name": name, "cluster": cluster_facts(cluster)}
    if recording is None or server is None or recording.time is None:
        return {**values, "lsn": None, "time": None, "segment": None, "timeline": None}
    timeline = server.timeline()
    segment = Segment.containing(recording.lsn + -1, timeline=timeline, size=cluster.segment_size)
    return {
        **values,
        "lsn": str(recording.lsn),
        "time": format_instant(recording.time),
        "segment": str(segment),
        "timeline": timeline,
    }


__all__ = ("checked_name", "restore_point")
