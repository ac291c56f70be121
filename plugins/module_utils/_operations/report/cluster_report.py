# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything that the repository tells of one cluster, in the documented form."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from ..._core.catalogue.catalogue import MAX_AGE_SECONDS, Catalogue, catalogue_of
from ..._core.catalogue.pin import PIN_NAME, Pin
from ..._core.catalogue.record import Backup
from ..._core.catalogue.window import Window
from ..._core.errors import PitrError
from ..._core.report.serialization import cluster_to_dict
from ..._core.wal.archive import ArchivedWal
from ..._core.wal.history_faults import history_faults
from ..._io.catalogue.background_listing import BackgroundListing
from ..._io.catalogue.pins import read_pins
from ..._io.catalogue.records import backup_labels, incomplete_backups, read_records
from ..._io.catalogue.wal_inventory import read_wal_inventory
from ..._io.host.runner import Runner
from ..._io.postgres.binaries import find_bin_directory
from ..._io.repository.cluster_folder import ClusterFolder
from ..._io.repository.running_backup import read_running
from .closable_gaps import closable_gap_remarks
from .window_times import with_times


def describe_cluster(
    folder: ClusterFolder,
    *,
    runner: Runner,
    now: datetime,
    bin_directory: str | None = None,
    archiver: Mapping[str, Any] | None = None,
    max_age_seconds: int = MAX_AGE_SECONDS,
) -> dict[str, Any]:
    """The cluster's form. Its server need not run, nor be on this host.

    ``bin_directory`` is where programs of its version may lie; without them windows have no times of their ends. A
    newest backup that is older than ``max_age_seconds`` (0: however old) needs attention.
    Raises what :meth:`ClusterFolder.identity` and :func:`read_records` raise.
    """
    identity = folder.identity()
    # A backup gets its name when its WAL is archived, so the WAL of those that are there by now will be listed.
    labels = backup_labels(folder)
    with BackgroundListing(folder) as listing:
        records = read_records(folder, labels=labels)
        incomplete = incomplete_backups(folder, records.backups)
        stored = listing.result()
    known = read_wal_inventory(folder, stored)
    damaged = dict((*known.damage.backups, *incomplete))
    catalogue = catalogue_of(records.backups, wal=known.wal, damaged=damaged)
    running = read_running(folder.backups_directory)
    windows, faults = _windows(catalogue, folder=folder, wal=known.wal, bin_directory=bin_directory, runner=runner)
    return cluster_to_dict(
        folder.name,
        system_identifier=identity.system_identifiers[-1],
        catalogue=catalogue,
        windows=windows,
        damaged=(*records.damaged, *damaged.items()),
        pins=_pins(folder, catalogue.backups),
        segment_count=sum(intervals.count for intervals in stored.intervals.values()),
        archiver=archiver,
        remarks=(
            *history_faults(known.wal, damaged=known.damaged_histories).values(),
            *faults,
            *closable_gap_remarks(identity, gaps=catalogue.gaps),
        ),
        running=None if running is None else asdict(running),
        now=now,
        max_age_seconds=max_age_seconds,
    )


def _windows(
    catalogue: Catalogue, *, folder: ClusterFolder, wal: ArchivedWal, bin_directory: str | None, runner: Runner
) -> tuple[tuple[Window, ...], tuple[str, ...]]:
    """The windows with the times of their ends, and sentences about WAL that can't be read for that."""
    if not catalogue.windows:
        return (), ()
    version = max(catalogue.backups, key=_ended).version
    try:
        programs, _unused = find_bin_directory(version, preferred=[bin_directory], runner=runner)
    except PitrError:
        # A host that only keeps the repository has no PostgreSQL; positions are known without it.
        return catalogue.windows, ()
    return with_times(catalogue.windows, folder=folder, wal=wal, bin_directory=programs, version=version, runner=runner)


def _pins(folder: ClusterFolder, backups: Iterable[Backup]) -> dict[str, tuple[Pin, ...]]:
    """The pins of those backups that have any."""
    labels = (each.label for each in backups)
    return {
        label: read_pins(folder, label)
        for label in labels
        if os.path.lexists(f"{folder.backups_directory}/{label}/{PIN_NAME}")
    }


def _ended(backup: Backup) -> Any:
    return backup.stop_time


__all__ = ("describe_cluster",)
