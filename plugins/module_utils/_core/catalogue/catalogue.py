# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The catalogue of a cluster: the recovery windows of its backups and archived WAL."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ..wal.archive import ArchivedWal, RecoveryPath
from ..wal.lsn import Lsn
from ..wal.segment import SegmentSize
from ..wal.timeline import TimelineHistory
from .backup_index import BackupIndex
from .chain_index import ChainSummary, summarize_chains
from .gap import Gap, Hole, gaps_of
from .record import Backup
from .recovery_end import RecoveryEnd, unmet_ends
from .window import Window, WindowCover, switches_within

# By default a full backup is taken every 7 days, with incremental ones in between.
MAX_AGE_SECONDS = 8 * 86400


@dataclass(frozen=True)
class Catalogue:
    """Everything that recovery can start from.

    Backups (oldest first), windows (oldest first), gaps, the labels of backups that can be restored (``usable``: the
    chain, its WAL and its timeline's history are complete), and the chains of backups that have all links.
    ``damaged`` has the reasons why backups can't be restored, by label. ``unmet_ends`` are records that end recoveries
    and that no backup follows.
    """

    backups: tuple[Backup, ...]
    windows: tuple[Window, ...]
    gaps: tuple[Gap, ...]
    usable: frozenset[str]
    chains: Mapping[str, ChainSummary] = field(default_factory=dict)
    segment_bytes: int = 1 << 24
    damaged: Mapping[str, str] = field(default_factory=dict)
    unmet_ends: tuple[RecoveryEnd, ...] = ()

    def backup(self, label: str) -> Backup | None:
        """The backup with this label, ``None`` without one."""
        return next((backup for backup in self.backups if backup.label == label), None)


def build_catalogue(
    backups: Iterable[Backup],
    *,
    wal_names: Iterable[str],
    histories: Mapping[int, TimelineHistory],
    segment_size: SegmentSize,
) -> Catalogue:
    """Windows, gaps and usable backups, from the contents of the repository.

    ``wal_names`` are names without compression suffix; ``histories`` has every archived history.
    """
    return catalogue_of(backups, wal=ArchivedWal.of(wal_names, histories=histories, segment_size=segment_size))


def catalogue_of(
    backups: Iterable[Backup],
    *,
    wal: ArchivedWal,
    damaged: Mapping[str, str] | None = None,
    ends: Iterable[RecoveryEnd] = (),
) -> Catalogue:
    """The same from the archived WAL; ``damaged`` has the reasons why backups can't be restored, by label.

    ``ends`` are the records that are known to end recoveries.
    """
    known_ends = tuple(ends)
    ordered = tuple(sorted(backups, key=lambda backup: (backup.stop_time, backup.label)))
    chains = summarize_chains(ordered, unusable=damaged or ())
    every = BackupIndex(ordered, size=wal.size)
    whole = BackupIndex((backup for backup in ordered if backup.label in chains), size=wal.size)
    timelines = sorted({*wal.timelines(), *(backup.timeline for backup in ordered)})
    paths = {timeline: wal.path_to(timeline) for timeline in timelines}
    found = {timeline: _windows_on(timeline, paths[timeline], whole, wal, known_ends) for timeline in timelines}
    windows = _distinct((window for each in found.values() for window in each), wal)
    holes = [
        hole
        for timeline in timelines
        if timeline in wal.intervals
        for hole in _holes_on(timeline, paths[timeline], every, wal=wal, windows=found[timeline])
    ]
    usable = frozenset(
        each.label for each in ordered if each.label in chains and wal.knows(each.timeline) and is_usable(each, wal=wal)
    )
    return Catalogue(
        backups=ordered,
        windows=windows,
        gaps=gaps_of(holes, windows=windows, wal=wal),
        usable=usable,
        chains=chains,
        segment_bytes=wal.size.size_bytes,
        damaged=damaged or {},
        unmet_ends=unmet_ends(known_ends, backups=ordered, usable=usable, wal=wal),
    )


def is_usable(backup: Backup, *, wal: ArchivedWal) -> bool:
    """Whether the WAL that the backup needs to become consistent is archived without a gap."""
    return wal.has(backup.start_lsn, backup.stop_lsn + -1, timeline=backup.timeline)


def recoverable_end(backup: Backup, *, timeline: int, wal: ArchivedWal) -> Lsn | None:
    """How far recovery from this backup to ``timeline`` can get: the end of the last segment before a gap.

    ``None`` if the backup is not on the path to that timeline, or not usable on it.
    """
    if not wal.history(timeline).reaches(backup.stop_lsn, timeline=backup.timeline):
        return None
    end = wal.size.start_of(wal.missing_from(backup.first_segment.number, timeline=timeline))
    return end if end >= backup.stop_lsn else None


def _windows_on(
    timeline: int, path: RecoveryPath, backups: BackupIndex, wal: ArchivedWal, ends: Sequence[RecoveryEnd]
) -> list[Window]:
    """A window for each interval on the path that contains a backup: from that backup's end to the interval's end."""
    if not wal.knows(timeline):
        return []
    history, windows = wal.history(timeline), []
    borders = sorted(each.lsn for each in ends if history.reaches(each.lsn, timeline=each.timeline))
    for first, end, end_lsn in _divided(path, borders, wal=wal):
        backup = backups.earliest(history, first=first, end=end)
        if backup is not None and backup.stop_lsn <= end_lsn:
            # WAL that ends before the switch to this timeline belongs to an ancestor.
            reached = history.timeline_at(end_lsn + -1)
            switches = switches_within(history, start=backup.stop_lsn, end=end_lsn)
            windows.append(Window(backup.stop_lsn, end_lsn, reached, backup.label, backup.stop_time, switches=switches))
    return windows


def _divided(path: RecoveryPath, borders: Sequence[Lsn], *, wal: ArchivedWal) -> Iterator[tuple[int, int, Lsn]]:
    """The intervals of the path, cut where recoveries end, as first and end number with the position of the end.

    A backup begins with a new segment, so none that begins in that of the border lies behind it.
    """
    for first, end in path.intervals:
        start = first
        for border in borders:
            number = wal.size.number_at(border)
            if start <= number < end:
                yield start, number + 1, border
                start = number + 1
        if start < end:
            yield start, end, wal.size.start_of(end)


def _distinct(found: Iterable[Window], wal: ArchivedWal) -> tuple[Window, ...]:
    """The windows of all timelines, ordered by their start, without those that are contained in another."""
    by_timeline: dict[int, list[Window]] = {}
    # Of those with the same start the longest comes first, so the last one kept always reaches farthest.
    for window in sorted(set(found), key=lambda each: (each.start, -each.end.value, each.backup)):
        same = by_timeline.setdefault(window.timeline, [])
        if not same or same[-1].end < window.end:
            same.append(window)
    covers = {timeline: WindowCover(windows) for timeline, windows in by_timeline.items()}
    kept = [
        window
        for timeline, windows in by_timeline.items()
        for window in windows
        if not any(
            other != timeline
            and wal.history(other).reaches(window.end, timeline=timeline)
            and cover.contains(window.start, window.end)
            for other, cover in covers.items()
        )
    ]
    return tuple(sorted(kept, key=lambda each: (each.start, each.timeline, each.end)))


def _holes_on(
    timeline: int, path: RecoveryPath, backups: BackupIndex, *, wal: ArchivedWal, windows: list[Window]
) -> Iterator[Hole]:
    """What is missing on the path to the last archived segment of ``timeline``.

    Missing WAL before the oldest backup does not matter. Without a backup everything counts.
    """
    history = wal.history(timeline)
    first = backups.first_needed(history) if backups else path.intervals.next_from(0)
    last = wal.last_archived(timeline)
    if first is None or last is None:
        return
    starts = [wal.size.number_at(window.start) for window in windows]
    by_end = {wal.size.number_at(window.end): window for window in windows}
    for start, resumed in path.intervals.holes(first, last + 1):
        place = bisect_left(starts, resumed)
        following = windows[place] if place < len(windows) else None
        yield Hole(tuple(path.split(start, resumed)), by_end.get(start), following)


__all__ = (
    "MAX_AGE_SECONDS",
    "ArchivedWal",
    "Catalogue",
    "Gap",
    "build_catalogue",
    "catalogue_of",
    "is_usable",
    "recoverable_end",
)
