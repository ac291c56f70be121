# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The history files of a cluster's timelines, in the repository and in its own pg_wal."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ..._core.errors import Damaged, Missing, Refused
from ..._core.postgres.cluster import Cluster
from ..._core.wal.file_name import TIMELINE_HISTORY, timeline_of, wal_file_kind
from ..._core.wal.timeline import TimelineHistory
from ..host.files import read_text
from ..host.scratch import scratch_directory
from ..repository.cluster_folder import ClusterFolder


@dataclass(frozen=True)
class Histories:
    """By timeline, the histories that can be read, and why others can't."""

    known: Mapping[int, TimelineHistory]
    damaged: Mapping[int, str]


def read_histories(folder: ClusterFolder, names: Iterable[str]) -> Histories:
    """The timeline histories among the archive's names. One that is not whole hides no other."""
    known: dict[int, TimelineHistory] = {}
    damaged: dict[int, str] = {}
    with scratch_directory("pgpitr-histories-") as scratch:
        for name in names:
            if wal_file_kind(name) != TIMELINE_HISTORY:
                continue
            copy, timeline = os.path.join(scratch, name), timeline_of(name)
            try:
                folder.fetch_wal(name, copy)
                known[timeline] = TimelineHistory.parse(read_text(copy) or "", timeline=timeline)
            except (Damaged, Missing, Refused) as error:
                damaged[timeline] = error.message
    return Histories(known, damaged)


def histories_to_store(folder: ClusterFolder, *, cluster: Cluster, timeline: int) -> tuple[str, ...]:
    """The names of the histories up to ``timeline`` that the cluster has and the repository lacks, in order.

    PostgreSQL archives a history when the timeline begins, and never again: a cluster that was promoted or recovered
    before it archived has it only there.
    """
    names = (TimelineHistory(number).file_name for number in range(2, timeline + 1))
    own = [name for name in names if os.path.exists(f"{cluster.wal_path}/{name}")]
    # A cluster that is yet to be registered has nothing there.
    is_empty = bool(own) and folder.present_identity() is None
    return tuple(name for name in own if is_empty or folder.find_wal(name) is None)


def store_histories(folder: ClusterFolder, names: Iterable[str], *, cluster: Cluster) -> None:
    """Put these histories of a registered cluster into the repository. Raises what :meth:`store_wal` raises."""
    for name in names:
        folder.store_wal(f"{cluster.wal_path}/{name}", data_directory=cluster.data_directory)


def check_history(folder: ClusterFolder, *, cluster: Cluster, timeline: int) -> None:
    """Return when the history of the cluster's timeline is in the repository or can be put there.

    No recovery gets onto a timeline without it. Raises Missing (``history-missing``).
    """
    name = TimelineHistory(timeline).file_name
    if timeline == 1 or folder.find_wal(name) is not None or os.path.exists(f"{cluster.wal_path}/{name}"):
        return
    raise Missing(
        f"'{name}' is neither in the repository nor in '{cluster.wal_path}', and without it no backup of timeline "
        f"{timeline} can be restored",
        code="history-missing",
        hint="Copy the file from pg_wal of another server of this cluster, or from another archive, to that directory.",
    )


__all__ = ("Histories", "check_history", "histories_to_store", "read_histories", "store_histories")
