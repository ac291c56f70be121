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
from .index_state import can_keep_index, lacks_segments

_SECONDS_AFTER_BACKUP = 60.0
# A backup that takes a second would take half a second longer.
_SECONDS_BEFORE_READING = 5.0
# What a plan reads in the time of a breath, and is left to it or to the next backup.
_LEFT_TO_OTHERS = 128
_PAUSE_SECONDS = 60.0
_SECONDS_AT_SETUP = 3.0
_SEGMENTS_AT_SETUP = 64


@contextmanager
def index_kept_up(folder: ClusterFolder, *, cluster: Cluster, runner: Runner) -> Iterator[None]:
    """Read what the index lacks while a backup is taken, unless it is a short one.

    At its end much is read that is still lacking, and what is little is left to the next one. It fails nobody: without
    it plans read the WAL themselves. A backup that fails ends it.
    """
    if not can_keep_index(folder):
        yield
        return
    has_ended = threading.Event()

    def read_beside() -> None:
        take_second_place()
        pause_seconds = _SECONDS_BEFORE_READING
        while not has_ended.wait(pause_seconds):
            _index_wal(
                folder, cluster=cluster, runner=runner, clock=lambda: inf if has_ended.is_set() else time.monotonic()
            )
            pause_seconds = _PAUSE_SECONDS

    beside = threading.Thread(target=read_beside, daemon=True)
    beside.start()
    try:
        yield
    finally:
        has_ended.set()
        beside.join()
    _index_wal(folder, cluster=cluster, runner=runner, clock=time.monotonic, left=_LEFT_TO_OTHERS)


def _index_wal(
    folder: ClusterFolder, *, cluster: Cluster, runner: Runner, clock: Callable[[], float], left: int = 0
) -> None:
    with suppress(PitrError, OSError):
        wal = read_wal_inventory(folder, folder.stored_wal()).wal
        if left and not lacks_segments(folder, wal=wal, more_than=left):
            return
        from .index_upkeep import update_index

        update_index(
            folder,
            wal=wal,
            bin_directory=cluster.bin_directory,
            version=cluster.version,
            runner=runner,
            seconds=_SECONDS_AFTER_BACKUP,
            clock=clock,
        )


def missing_backup_remarks(folder: ClusterFolder, *, cluster: Cluster, runner: Runner) -> tuple[str, ...]:
    """What asks for a new backup although every segment is archived, in sentences."""
    from .index_upkeep import update_index

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
