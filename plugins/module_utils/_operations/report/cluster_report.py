# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The summary of one cluster, from its folder in the repository."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from ..._core.archiving.archiver_state import ArchiverState
from ..._core.catalogue.catalogue import MAX_AGE_SECONDS, Catalogue, catalogue_of
from ..._core.catalogue.pin import Pin
from ..._core.catalogue.record import Backup
from ..._core.catalogue.recovery_end import RecoveryEnd
from ..._core.errors import PitrError
from ..._core.report.attention import attention_of
from ..._core.report.cluster_summary import ClusterSummary
from ..._core.repository.layout import pin_key
from ..._core.wal.archive import ArchivedWal
from ..._core.wal.history_faults import history_faults
from ..._core.wal.listing import StoredWal
from ..._io.catalogue.background_listing import BackgroundListing
from ..._io.catalogue.pins import read_pins
from ..._io.catalogue.records import backup_labels, incomplete_backups, read_records
from ..._io.catalogue.wal_inventory import read_wal_inventory
from ..._io.host.runner import Runner
from ..._io.postgres.binaries import find_bin_directory
from ..._io.repository.cluster_folder import ClusterFolder
from ..._io.repository.running_backup import read_running
from ..._io.wal.segment_index import SegmentIndex
from ..target.index_upkeep import known_ends, update_index
from .closable_gaps import closable_gap_remarks, renamed_host_remarks, unstored_remarks
from .window_times import with_times

# How much of the newest WAL a report reads to see where recoveries end, where the index does not tell.
_INDEX_SECONDS = 3.0
_INDEX_SEGMENTS = 64


@dataclass(frozen=True)
class _Programs:
    """Where PostgreSQL's programs lie, and their major version."""

    directory: str
    version: int


def summarize_cluster(
    folder: ClusterFolder,
    *,
    runner: Runner,
    now: datetime,
    bin_directory: str | None = None,
    archiver: Callable[[StoredWal], ArchiverState | None] | None = None,
    max_age_seconds: int = MAX_AGE_SECONDS,
) -> ClusterSummary:
    """The cluster's summary, with what needs attention. Its server need not run, nor be on this host.

    ``bin_directory`` is where programs of its version may lie; without them windows have no times of their ends.
    ``archiver`` tells the state of archiving, given what is stored. A newest backup that is older than
    ``max_age_seconds`` (0: however old) needs attention.
    Raises what :meth:`ClusterFolder.identity` and :func:`read_records` raise.
    """
    summary, remarks, stored = _look_at(folder, runner=runner, now=now, bin_directory=bin_directory)
    known = replace(summary, archiver=archiver(stored) if archiver else None)
    return replace(known, attention=(*attention_of(known, max_age_seconds=max_age_seconds), *remarks))


def _look_at(
    folder: ClusterFolder, *, runner: Runner, now: datetime, bin_directory: str | None
) -> tuple[ClusterSummary, tuple[str, ...], StoredWal]:
    """What the folder has, what is wrong with its WAL, in sentences, and the stored WAL."""
    identity = folder.identity()
    # A backup gets its name once its WAL is archived, so the WAL of every backup that exists now will be listed.
    labels = backup_labels(folder)
    with BackgroundListing(folder) as listing:
        records = read_records(folder, labels=labels)
        incomplete = incomplete_backups(folder, records.backups)
        stored = listing.result()
    known = read_wal_inventory(folder, stored)
    damaged = dict((*known.damage.backups, *incomplete))
    running = read_running(folder.storage)
    programs = _programs(records.backups, bin_directory=bin_directory, runner=runner)
    ends = _ends(programs, folder=folder, wal=known.wal, runner=runner)
    catalogue = catalogue_of(records.backups, wal=known.wal, damaged=damaged, ends=ends)
    timed, faults = _with_times(catalogue, programs, folder=folder, wal=known.wal, runner=runner)
    summary = ClusterSummary(
        folder.name,
        system_identifier=identity.system_identifiers[-1],
        catalogue=timed,
        seen_at=now,
        segment_count=sum(intervals.count for intervals in stored.intervals.values()),
        pins=_pins(folder, catalogue.backups),
        damaged_backups=(*records.damaged, *damaged.items()),
        running_backup=running,
    )
    histories = history_faults(known.wal, damaged=known.damaged_histories).values()
    own = (
        *renamed_host_remarks(identity),
        *closable_gap_remarks(identity, gaps=catalogue.gaps),
        *unstored_remarks(folder, gaps=catalogue.gaps),
    )
    return summary, (*histories, *faults, *own), stored


def _programs(backups: Iterable[Backup], *, bin_directory: str | None, runner: Runner) -> _Programs | None:
    """The programs of the newest backup's version; ``None`` where there are none.

    A host that only keeps the repository has no PostgreSQL; positions are known without it.
    """
    newest = max(backups, key=_ended, default=None)
    if newest is None:
        return None
    try:
        found, _unused = find_bin_directory(newest.version, preferred=[bin_directory], runner=runner)
    except PitrError:
        return None
    return _Programs(found, newest.version)


def _ends(
    programs: _Programs | None, *, folder: ClusterFolder, wal: ArchivedWal, runner: Runner
) -> tuple[RecoveryEnd, ...]:
    """Where recoveries end although no segment is missing, as far as that is known or seen quickly."""
    if programs is None:
        return known_ends(SegmentIndex(folder.storage), wal=wal)
    return update_index(
        folder,
        wal=wal,
        bin_directory=programs.directory,
        version=programs.version,
        runner=runner,
        seconds=_INDEX_SECONDS,
        look_back=_INDEX_SEGMENTS,
        # A report changes nothing.
        keeps=False,
    )


def _with_times(
    catalogue: Catalogue, programs: _Programs | None, *, folder: ClusterFolder, wal: ArchivedWal, runner: Runner
) -> tuple[Catalogue, tuple[str, ...]]:
    """The catalogue with the times of its windows' ends, and in sentences what WAL could not be read for them."""
    if not catalogue.windows or programs is None:
        return catalogue, ()
    windows, faults = with_times(
        catalogue.windows,
        folder=folder,
        wal=wal,
        bin_directory=programs.directory,
        version=programs.version,
        runner=runner,
    )
    return replace(catalogue, windows=windows), faults


def _pins(folder: ClusterFolder, backups: Iterable[Backup]) -> dict[str, tuple[Pin, ...]]:
    """The pins of those backups that have any."""
    labels = [each.label for each in backups]
    stats = folder.storage.stat_many(map(pin_key, labels))
    return {label: read_pins(folder, label) for label, stat in zip(labels, stats) if stat is not None}


def _ended(backup: Backup) -> datetime:
    return backup.stop_time


__all__ = ("summarize_cluster",)
