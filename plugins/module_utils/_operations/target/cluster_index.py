# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The index of a cluster's archive, brought up to date with a backup or when archiving is set up."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from math import inf

from ..._core.catalogue.catalogue import catalogue_of
from ..._core.errors import PitrError
from ..._core.postgres.cluster import Cluster
from ..._io.catalogue.records import read_records
from ..._io.catalogue.wal_inventory import read_wal_inventory
from ..._io.host.priority import take_second_place
from ..._io.host.runner import Runner
from ..._io.repository.cluster_folder import ClusterFolder
from .index_upkeep import can_keep_index, update_index

# A backup takes minutes, and nobody waits for its end.
_SECONDS_AFTER_BACKUP = 60.0
_SECONDS_AT_SETUP = 3.0
_SEGMENTS_AT_SETUP = 64


@contextmanager
def index_kept_up(folder: ClusterFolder, *, cluster: Cluster, runner: Runner) -> Iterator[None]:
    """Read what the index lacks while a backup is taken, which leaves a processor free, and at its end what came since.

    It fails nobody: without it plans read the WAL themselves. A backup that fails ends it.
    """
    if not can_keep_index(folder):
        yield
        return
    has_ended = threading.Event()

    def read_beside() -> None:
        take_second_place()
        _index_wal(
            folder, cluster=cluster, runner=runner, clock=lambda: inf if has_ended.is_set() else time.monotonic()
        )

    beside = threading.Thread(target=read_beside, daemon=True)
    beside.start()
    try:
        yield
    finally:
        has_ended.set()
        beside.join()
    _index_wal(folder, cluster=cluster, runner=runner, clock=time.monotonic)


def _index_wal(folder: ClusterFolder, *, cluster: Cluster, runner: Runner, clock: Callable[[], float]) -> None:
    with suppress(PitrError, OSError):
        update_index(
            folder,
            wal=read_wal_inventory(folder, folder.stored_wal()).wal,
            bin_directory=cluster.bin_directory,
            version=cluster.version,
            runner=runner,
            seconds=_SECONDS_AFTER_BACKUP,
            clock=clock,
        )


def missing_backup_remarks(folder: ClusterFolder, *, cluster: Cluster, runner: Runner) -> tuple[str, ...]:
    """What asks for a new backup although every segment is archived, in sentences."""
    wal = read_wal_inventory(folder, folder.stored_wal()).wal
    ends = update_index(
        folder,
        wal=wal,
        bin_directory=cluster.bin_directory,
        version=cluster.version,
        runner=runner,
        seconds=_SECONDS_AT_SETUP,
        look_back=_SEGMENTS_AT_SETUP,
    )
    catalogue = catalogue_of(read_records(folder).backups, wal=wal, ends=ends)
    return tuple(end.attention for end in catalogue.unmet_ends) if catalogue.backups else ()


__all__ = ("index_kept_up", "missing_backup_remarks")
