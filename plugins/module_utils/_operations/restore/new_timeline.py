# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Opens a cluster whose restore was rolled back on a timeline above all that are known.

The archive still has the history of the timeline that was given up. Standbys follow the latest one; the cluster that
stayed on the older timeline would lose them, or see them promoted with other rows.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass

from ..._core.errors import Failed, PitrError
from ..._core.postgres.cluster import Cluster
from ..._core.restore.journal import RestoreJournal
from ..._core.restore.new_timeline import newer_timelines, standalone_arguments
from ..._core.wal.timeline import TimelineHistory
from ..._io.host.files import fsync_directory, list_directory, read_text, write_durably
from ..._io.host.runner import Runner
from ..._io.postgres.control_data import read_control_data
from ..._io.postgres.standalone import run_standalone, wait_for_standalone
from ..._io.postgres.unlogged import hide_unlogged, show_unlogged
from ..._io.repository.cluster_folder import ClusterFolder

_RECOVERY_SIGNAL = "recovery.signal"
_STANDBY_SIGNAL = "standby.signal"


@dataclass(frozen=True)
class NewTimeline:
    """The timeline that the cluster was opened on, and what went wrong; ``None``: it stays on its own.

    ``started`` says who has started it meanwhile; empty: nobody.
    """

    timeline: int | None = None
    problem: str = ""
    started: str = ""


def open_new_timeline(
    journal: RestoreJournal, *, folder: ClusterFolder, runner: Runner, timeout_seconds: float
) -> NewTimeline:
    """Let the stopped cluster begin a new timeline, where a newer one than its own is known; it is stopped afterwards.

    Nothing of the data changes, and unlogged tables keep their rows if the cluster was shut down in order. What fails
    is told as a problem, for the cluster is whole without this. It can be repeated after an interruption.
    """
    cluster = journal.restored
    wait_for_standalone(cluster.data_directory)
    if journal.source.is_lost or os.path.exists(f"{cluster.data_directory}/{_STANDBY_SIGNAL}"):
        return NewTimeline()
    try:
        return _opened(cluster, journal, folder=folder, runner=runner, timeout_seconds=timeout_seconds)
    except (PitrError, OSError) as error:
        return NewTimeline(None, error.message if isinstance(error, PitrError) else str(error))
    finally:
        _tidy(cluster.data_directory)


def missed_timeline(journal: RestoreJournal, *, folder: ClusterFolder, runner: Runner) -> NewTimeline:
    """What is to be told where somebody has started the cluster before a new timeline could be begun."""
    cluster = journal.restored
    if journal.source.is_lost or os.path.exists(f"{cluster.data_directory}/{_STANDBY_SIGNAL}"):
        return NewTimeline()
    try:
        present = read_control_data(cluster.data_directory, bin_directory=cluster.bin_directory, runner=runner)
        newer = newer_timelines(_known_timelines(journal, folder=folder), than=present.timeline)
    except (PitrError, OSError) as error:
        return NewTimeline(None, error.message if isinstance(error, PitrError) else str(error))
    runs = "it runs already, started by somebody else; standbys that have followed timeline"
    return NewTimeline(None, f"{runs} {newer[-1]} have to be made again" if newer else "")


def _opened(
    cluster: Cluster, journal: RestoreJournal, *, folder: ClusterFolder, runner: Runner, timeout_seconds: float
) -> NewTimeline:
    before = read_control_data(cluster.data_directory, bin_directory=cluster.bin_directory, runner=runner)
    newer = newer_timelines(_known_timelines(journal, folder=folder), than=before.timeline)
    if not newer:
        return NewTimeline()
    for timeline in newer:
        _place_history(timeline, cluster, journal, folder=folder)
    if before.shut_down_cleanly:
        hide_unlogged(cluster.data_directory)
    write_durably(f"{cluster.data_directory}/{_RECOVERY_SIGNAL}", b"")
    run_standalone(standalone_arguments(cluster), timeout_seconds=timeout_seconds)
    after = read_control_data(cluster.data_directory, bin_directory=cluster.bin_directory, runner=runner)
    if after.timeline <= newer[-1]:
        raise Failed(
            f"the cluster opened on timeline {after.timeline}, and timeline {newer[-1]} is known",
            code="standalone-failed",
            hint="A history file between them is missing in the repository.",
        )
    return NewTimeline(after.timeline, _not_stored(after.timeline, cluster, folder=folder))


def _known_timelines(journal: RestoreJournal, *, folder: ClusterFolder) -> set[int]:
    """Those of the archive, and that of the restored server, which may not have come to archive it."""
    own = {int(name[:8], 16) for directory in _given_up(journal) for name in _histories(directory)}
    return own | {*folder.stored_wal().timelines()}


def _given_up(journal: RestoreJournal) -> Iterator[str]:
    """Where the restored server's WAL may lie now."""
    for pair in journal.pairs:
        yield from (pair.rolled_back, f"{pair.rolled_back}/pg_wal")


def _histories(directory: str) -> list[str]:
    return [name for name in list_directory(directory) if len(name) == 16 and name.endswith(".history")]


def _place_history(timeline: int, cluster: Cluster, journal: RestoreJournal, *, folder: ClusterFolder) -> None:
    """Put the history where PostgreSQL finds it, which chooses the next number that has none.

    It stays: a standby that streams asks its primary for every history up to the primary's timeline.
    """
    name = TimelineHistory(timeline).file_name
    path = f"{cluster.wal_path}/{name}"
    if os.path.exists(path):
        return
    if folder.find_wal(name) is not None:
        folder.fetch_wal(name, path)
        return
    for directory in _given_up(journal):
        text = read_text(f"{directory}/{name}")
        if text is not None:
            write_durably(path, text.encode("utf-8", "surrogateescape"))
            return


def _not_stored(timeline: int, cluster: Cluster, *, folder: ClusterFolder) -> str:
    """Put the history into the archive at once, for nobody else may take the number; why it could not be.

    The server that archives it may be started much later.
    """
    name = TimelineHistory(timeline).file_name
    try:
        folder.store_wal(f"{cluster.wal_path}/{name}", data_directory=cluster.data_directory)
    except PitrError as error:
        return f"'{name}' is not archived yet: {error.message}"
    return ""


def _tidy(data_directory: str) -> None:
    """Take away what only the recovery in single-user mode needs."""
    signal = f"{data_directory}/{_RECOVERY_SIGNAL}"
    if os.path.exists(signal):
        os.unlink(signal)
        fsync_directory(data_directory)
    show_unlogged(data_directory)


__all__ = ("NewTimeline", "missed_timeline", "open_new_timeline")
