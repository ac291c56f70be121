# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a recovery reads of the WAL that the repository lacks, and the end of what a copy reads at all."""

from __future__ import annotations

import os

from ...._core.postgres.cluster import Cluster
from ...._core.recovery.copy_end import CopyEnd
from ...._core.restore.plan import RestorePlan
from ...._io.host.files import fsync_directory
from ...._io.repository.cluster_folder import ClusterFolder
from ...._io.repository.cluster_json import read_cluster_document
from ...._io.wal.wal_file_check import check_content
from .received_wal import received_wal
from .unarchived_wal import carry_wal, copy_file, own_segments, store_last_wal


def carry(plan: RestorePlan, *, folder: ClusterFolder, cluster: Cluster) -> None:
    """Store what the repository lacks of the planned WAL, and put into the restored pg_wal what only lies there.

    Raises what :func:`carry_wal` raises, and for a copy Missing, Damaged, Refused of the segment in which its WAL ends.
    """
    received = received_wal(plan.request.received_directory, cluster=cluster).files
    place, first, end = plan.placement, plan.replay.first_segment, plan.copy_end
    store_last_wal(folder, cluster, first=first, received=received, restored=place.base)
    last = None if end is None else end.last_whole
    carry_wal(folder, cluster, destination=place.wal_directory, first=first, received=received, last=last)
    if end is not None and end.cut is not None:
        path = own_segments(cluster, received).get(end.cut)
        bring_end(end, folder=folder, own_path=path, directory=place.wal_directory)


def bring_end(end: CopyEnd, *, folder: ClusterFolder, own_path: str | None, directory: str) -> None:
    """Put the segment in which the WAL ends into a pg_wal, with nothing behind that end.

    It is fetched, or copied from ``own_path`` (``None``: it does not lie there). Raises Missing, Damaged, Refused.
    """
    path = f"{directory}/{end.cut}"
    if own_path is None or folder.find_wal(str(end.cut)) is not None:
        folder.fetch_wal(str(end.cut), path)
    else:
        copy_file(own_path, path)
    descriptor = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        # The server may have given the file to another segment meanwhile.
        check_content(descriptor, name=str(end.cut), document=read_cluster_document(folder.storage))
        size_bytes = os.fstat(descriptor).st_size
        os.ftruncate(descriptor, end.cut_bytes)
        os.ftruncate(descriptor, size_bytes)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    with open(f"{directory}/archive_status/{end.cut}.done", "wb"):
        pass
    fsync_directory(directory)


__all__ = ("bring_end", "carry")
