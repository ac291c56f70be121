# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action of the module backup_info."""

from __future__ import annotations

from datetime import datetime, timezone

from .._core.report.catalogue_text import info_text
from .._core.report.report_line import report_line
from .._core.report.serialization import cluster_to_dict
from .._io.host.runner import SystemRunner
from .._operations.report.cluster_report import summarize_cluster
from .entry import Outcome, Request
from .repository import folder_of, repository_of


def backup_info(request: Request) -> Outcome:
    """What the repository has of one cluster, or of all. Needs neither a server nor a data directory."""
    runner = SystemRunner()
    repository = repository_of(request.options)
    repository.check_readable()
    if request.options["name"]:
        folders = [folder_of(request.options, repository=repository)]
    else:
        folders = [repository.cluster(name) for name in repository.cluster_names()]
    clusters = [
        summarize_cluster(
            folder,
            runner=runner,
            now=datetime.now(timezone.utc),
            bin_directory=request.options["bin_directory"],
            max_age_seconds=request.options["max_age_seconds"],
        )
        for folder in folders
    ]
    lines = [report_line(cluster) for cluster in clusters]
    forms = [cluster_to_dict(cluster) for cluster in clusters]
    return Outcome(changed=False, values={"clusters": forms, "lines": lines, "text": info_text(clusters)})


__all__ = ("backup_info",)
