# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The state of a cluster's archiving as one value, from its server, its pg_wal and the repository."""

from __future__ import annotations

from dataclasses import dataclass

from ..._core.archiving.archive_lag import WalPosition, WrittenWal, archive_lag
from ..._core.archiving.archive_rate import archive_rate
from ..._core.archiving.archiver_state import SERVER_DOWN, ArchiverState, WalRoom
from ..._core.archiving.other_repository import OtherRepository
from ..._core.archiving.wal_directory import WalDirectory
from ..._core.errors import PitrError
from ..._core.postgres.cluster import Cluster
from ..._core.wal.listing import StoredWal
from ..._io.host.runner import Runner
from ..._io.postgres.control_data import read_control_data
from .status import ServerState

# By how much two clocks of one host may seem to differ: file systems write times down coarsely.
_CLOCK_SECONDS = 5


@dataclass(frozen=True)
class RepositoryState:
    """Where the WAL of a cluster is stored, as people name it, and what is there.

    ``wal`` is ``None`` where that could not be read, for the reason ``error``. ``others`` are further repositories.
    """

    address: str
    wal: StoredWal | None
    error: str | None = None
    others: tuple[OtherRepository, ...] = ()


def archiver_state(
    wal: WalDirectory,
    *,
    server: ServerState | None,
    written: WrittenWal | None,
    repository: RepositoryState,
    server_error: str = SERVER_DOWN,
    queue_max_bytes: int | None = None,
) -> ArchiverState:
    """All of it as one value; ``server_error`` says why there is no ``server``."""
    ready = wal.status.ready(now_seconds=wal.seen_at)
    failure = wal.present_failure
    failing_on = server.stats.failing_on if server else None
    return ArchiverState(
        ready.count,
        ready.oldest_seconds,
        last_archived=server.stats.last_archived_wal if server else None,
        # Statistics begin anew after a crash, and do not count a command that cannot be run.
        failing_on=failing_on or (failure.name if failure else None),
        server_error=None if server else server_error,
        held_wal=server.held.sentences() if server else (),
        is_active=server.is_active if server else None,
        failure=failure,
        failure_age_seconds=max(0.0, wal.seen_at - failure.at_seconds) if failure else 0.0,
        future_files=wal.status.dated_after(wal.seen_at + _CLOCK_SECONDS),
        kept_wal=server.held.kept() if server else (),
        lag=archive_lag(wal.status, now_seconds=wal.seen_at, stored=repository.wal, written=written),
        rate=archive_rate(wal.status, now_seconds=wal.seen_at),
        room=WalRoom(wal.ready_bytes, wal.used_bytes, wal.free_bytes, queue_max_bytes),
        repository=repository.address,
        repository_error=repository.error,
        others=repository.others,
    )


def written_wal(server: ServerState, *, wal: WalDirectory) -> WrittenWal | None:
    """Where a running primary's WAL ends; ``None`` on a standby."""
    if server.insert is None:
        return None
    history = wal.history(server.insert.timeline)
    return WrittenWal(server.insert, wal.seen_at, history=history, switch_seconds=server.switch_seconds)


def written_before_stop(cluster: Cluster, *, wal: WalDirectory, runner: Runner) -> WrittenWal | None:
    """Where the WAL of a primary ends that was stopped as it should be; ``None``: nobody knows."""
    try:
        control = read_control_data(cluster.data_directory, bin_directory=cluster.bin_directory, runner=runner)
    except PitrError:
        return None
    if not control.shut_down_cleanly or control.in_recovery:
        return None
    insert = WalPosition(control.timeline, control.checkpoint_lsn)
    return WrittenWal(insert, control.checkpoint_time.timestamp(), history=wal.history(control.timeline))


__all__ = ("RepositoryState", "archiver_state", "written_before_stop", "written_wal")
