# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action of the module wal_archive: options into a request, and its outcome into return values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..._core.archiving.request import ArchiveRequest
from ..._io.host.runner import SystemRunner
from ..._operations.archiving.setup import ArchiveSetup
from ..._operations.target.cluster_index import missing_backup_remarks
from ..cluster import resolve_cluster
from ..entry import Outcome, Request
from ..psycopg2_server import connect
from ..repository import folder_of, repository_of
from .archive_result import archive_diff, archive_values

_REPORT = "report"


def wal_archive(request: Request) -> Outcome:
    """Set a cluster's archive settings, and prove that a segment arrives."""
    wanted = request_of(request.options)
    wanted.check()
    runner = SystemRunner()
    repository = repository_of(request.options)
    folder = folder_of(request.options, repository=repository)
    cluster = resolve_cluster(request.options, runner=runner)
    setup = ArchiveSetup(
        wanted,
        cluster=cluster,
        repository=repository,
        folder=folder,
        runner=runner,
        connect=lambda: connect(cluster, login_user=request.options["login_user"]),
    )
    done = setup.rehearse() if request.check_mode else setup.run()
    remarks = () if request.check_mode else missing_backup_remarks(folder, cluster=cluster, runner=runner)
    return Outcome(
        done.changed,
        archive_values(done, cluster=cluster),
        diff=archive_diff(done.plan, others=done.others),
        warnings=(
            *(f"the repository '{each.name}' is left for later: {each.away}" for each in done.others if each.away),
            *(f"in check mode this counts as made by an earlier task: {each}" for each in done.missing),
            *remarks,
        ),
    )


def request_of(options: Mapping[str, Any]) -> ArchiveRequest:
    """What the module's options ask for."""
    return ArchiveRequest(
        options["name"] or "",
        agent_path=options["agent_path"],
        config_directory=options["config_directory"],
        archive_timeout_seconds=options["archive_timeout_seconds"],
        wal_level=options["wal_level"],
        max_wal_senders=options["max_wal_senders"],
        summarize_wal=options["summarize_wal"],
        wal_summary_keep_days=options["wal_summary_keep_days"],
        replace_archive_command=options["replace_archive_command"],
        allow_restart=options["allow_restart"],
        report_restart=options["restart_required"] == _REPORT,
        proof_timeout_seconds=options["proof_timeout_seconds"],
    )


__all__ = ("request_of", "wal_archive")
