# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finding the segments that only a server's own pg_wal has, and putting them into the repository."""

from __future__ import annotations

import os
from collections.abc import Iterable

from ..._core.archiving.unstored_wal import unstored_segments, without_current
from ..._core.errors import Unavailable
from ..._core.postgres.cluster import Cluster
from ..._core.wal.file_name import SEGMENT, timeline_of, wal_file_kind
from ..._core.wal.timeline import TimelineHistory
from ..host.files import list_directory
from ..repository.cluster_folder import ClusterFolder
from ..wal.pg_wal import live_histories, live_segments
from .histories import histories_to_store, store_histories

_READY = ".ready"


def find_unstored(
    folder: ClusterFolder, *, wal_directory: str, system_identifier: str, timeline: int | None = None
) -> tuple[str, ...]:
    """The whole segments of a primary's own history that the repository lacks, in order, be the server up or down.

    ``timeline`` is the one that it writes on; ``None``: the last in its pg_wal. Nothing is lacking where nothing
    is registered. Raises OSError, and what :meth:`ClusterFolder.stored_wal` raises.
    """
    identity = folder.present_identity()
    if identity is None:
        return ()
    names = [name for name in list_directory(wal_directory) if wal_file_kind(name) == SEGMENT]
    own = timeline or max(map(timeline_of, names), default=0)
    history = live_histories(wal_directory).get(own, TimelineHistory(own))
    status = list_directory(f"{wal_directory}/archive_status")
    waiting = frozenset(name[: -len(_READY)] for name in status if name.endswith(_READY))
    live = live_segments(
        wal_directory,
        system_identifier=system_identifier,
        segment_size_bytes=identity.segment_size.size_bytes,
        only=lambda name: name not in waiting and folder.find_wal(name) is None,
    )
    whole = without_current(live, timeline=own)
    # Listing the repository may take a second, and mostly there is nothing to look for.
    return unstored_segments(whole, history=history, stored=folder.stored_wal()) if whole else ()


def unstored_of(folder: ClusterFolder, *, cluster: Cluster, timeline: int) -> tuple[str, ...]:
    """The same for a running server; none for a standby, whose primary archives."""
    if cluster.in_recovery:
        return ()
    return find_unstored(
        folder, wal_directory=cluster.wal_path, system_identifier=cluster.system_identifier, timeline=timeline
    )


def store_segments(folder: ClusterFolder, names: Iterable[str], *, cluster: Cluster) -> None:
    """Put these segments of a registered cluster into the repository. Raises what :meth:`store_wal` raises."""
    for name in names:
        path = f"{cluster.wal_path}/{name}"
        try:
            folder.store_wal(path, data_directory=cluster.data_directory)
        except Unavailable as error:
            # The server has removed it meanwhile, and nobody can store it any more.
            if error.code != "source-missing" or os.path.exists(path):
                raise


def store_own_history(folder: ClusterFolder, *, cluster: Cluster, timeline: int) -> None:
    """Store the histories and segments of the server's own history that the repository lacks."""
    store_histories(folder, histories_to_store(folder, cluster=cluster, timeline=timeline), cluster=cluster)
    store_segments(folder, unstored_of(folder, cluster=cluster, timeline=timeline), cluster=cluster)


__all__ = ("find_unstored", "store_own_history", "store_segments", "unstored_of")
