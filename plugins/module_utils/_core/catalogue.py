# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The catalogue of a cluster: which moments its backups and its archived WAL can bring back."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from .backup import Backup
from .lsn import Lsn
from .segment import Segment, SegmentSize
from .timeline import TimelineHistory
from .wal_name import SEGMENT, timeline_of, wal_file_kind
from .window import Window, is_contained


@dataclass(frozen=True, order=True)
class Gap:
    """Segments that are missing between archived ones: names of the first and the last."""

    first_segment: str
    last_segment: str


@dataclass(frozen=True)
class Catalogue:
    """Backups (oldest first), windows (oldest first), gaps, and labels of the backups whose own WAL is whole."""

    backups: tuple[Backup, ...]
    windows: tuple[Window, ...]
    gaps: tuple[Gap, ...]
    usable: frozenset[str]

    def backup(self, label: str) -> Backup | None:
        """The backup with this label, ``None`` when there is none."""
        return next((backup for backup in self.backups if backup.label == label), None)


@dataclass(frozen=True)
class ArchivedWal:
    """Which segments are archived: their numbers in order, by timeline, and the known histories."""

    numbers: Mapping[int, tuple[int, ...]]
    histories: Mapping[int, TimelineHistory]
    size: SegmentSize

    @classmethod
    def of(
        cls, names: Iterable[str], *, histories: Mapping[int, TimelineHistory], segment_size: SegmentSize
    ) -> ArchivedWal:
        """From the names of the archive; what is no segment is left out."""
        found: dict[int, list[int]] = {}
        for name in names:
            if wal_file_kind(name) == SEGMENT:
                found.setdefault(timeline_of(name), []).append(Segment.parse(name, size=segment_size).number)
        return cls({timeline: tuple(sorted(set(all_))) for timeline, all_ in found.items()}, histories, segment_size)

    def timelines(self) -> tuple[int, ...]:
        """Every timeline with a segment or a history, in order."""
        return tuple(sorted({*self.numbers, *self.histories}))

    def history(self, timeline: int) -> TimelineHistory:
        """The timeline's history; one whose file is not archived is taken to have no ancestors."""
        return self.histories.get(timeline, TimelineHistory(timeline))

    def stretches(self, timeline: int, *, first: int, behind: int) -> Iterator[tuple[int, int, int]]:
        """The way to ``timeline`` over the numbers ``first`` to ``behind - 1``: (timeline, first, behind) of each part.

        The segment that holds a switch belongs to the successor, from whose file recovery reads it.
        """
        history = self.history(timeline)
        while first < behind:
            part = history.segment_at(first, size=self.size).timeline
            switch = history.switch_from(part)
            border = behind if switch is None else min(behind, self.size.number_at(switch))
            yield part, first, border
            first = border

    def missing_from(self, number: int, *, timeline: int) -> int:
        """The first number at or after ``number`` that recovery towards ``timeline`` would not find."""
        # Behind every archived segment, so that the last stretch always has a number that is missing.
        behind = max(number, *(present[-1] for present in self.numbers.values())) + 2 if self.numbers else number + 1
        for part, first, border in self.stretches(timeline, first=number, behind=behind):
            reached = _run_end(self.numbers.get(part, ()), start=first)
            if reached < border:
                return reached
        return behind

    def holes(self, timeline: int, *, first: int) -> Iterator[Gap]:
        """What is missing on the way to the last archived segment of ``timeline``, from the number ``first`` on."""
        for part, start, behind in self.stretches(timeline, first=first, behind=self.numbers[timeline][-1] + 1):
            present = self.numbers.get(part, ())
            for hole_start, hole_behind in _holes(present, start=start, behind=behind):
                yield Gap(str(Segment(part, hole_start, self.size)), str(Segment(part, hole_behind - 1, self.size)))


def build_catalogue(
    backups: Iterable[Backup],
    *,
    wal_names: Iterable[str],
    histories: Mapping[int, TimelineHistory],
    segment_size: SegmentSize,
) -> Catalogue:
    """Windows, gaps and usable backups, from what lies in the repository.

    ``wal_names`` are logical names (without compression suffix); ``histories`` those of every archived history file.
    """
    ordered = tuple(sorted(backups, key=lambda backup: (backup.stop_time, backup.label)))
    wal = ArchivedWal.of(wal_names, histories=histories, segment_size=segment_size)
    found = [window for timeline in _known_timelines(ordered, wal) for window in _windows_on(timeline, ordered, wal)]
    return Catalogue(
        backups=ordered,
        windows=_distinct(found, wal),
        gaps=_gaps(ordered, wal),
        usable=frozenset(backup.label for backup in ordered if is_usable(backup, wal=wal)),
    )


def is_usable(backup: Backup, *, wal: ArchivedWal) -> bool:
    """Whether the WAL that the backup needs to become consistent is archived without a hole."""
    return wal.missing_from(backup.first_segment.number, timeline=backup.timeline) > backup.last_segment.number


def recoverable_end(backup: Backup, *, timeline: int, wal: ArchivedWal) -> Lsn | None:
    """How far recovery from this backup towards ``timeline`` can get: behind the last segment before a hole.

    ``None`` when the backup does not lie on that timeline's way, or is not usable on it.
    """
    if not wal.history(timeline).reaches(backup.stop_lsn, timeline=backup.timeline):
        return None
    end = wal.size.start_of(wal.missing_from(backup.first_segment.number, timeline=timeline))
    return end if end >= backup.stop_lsn else None


def _known_timelines(backups: tuple[Backup, ...], wal: ArchivedWal) -> tuple[int, ...]:
    return tuple(sorted({*wal.timelines(), *(backup.timeline for backup in backups)}))


def _windows_on(timeline: int, backups: tuple[Backup, ...], wal: ArchivedWal) -> list[Window]:
    windows = []
    for backup in backups:
        end = recoverable_end(backup, timeline=timeline, wal=wal)
        if end is not None:
            # WAL that stops before the switch to this timeline is a stretch of the ancestor's.
            reached = wal.history(timeline).timeline_at(end + -1)
            windows.append(Window(backup.stop_lsn, end, reached, backup.label, backup.stop_time))
    return windows


def _distinct(windows: list[Window], wal: ArchivedWal) -> tuple[Window, ...]:
    found = tuple(dict.fromkeys(sorted(windows, key=lambda each: (each.start, each.timeline, each.end))))
    return tuple(
        window
        for window in found
        if not any(
            other != window and is_contained(window, other, history=wal.history(other.timeline)) for other in found
        )
    )


def _gaps(backups: tuple[Backup, ...], wal: ArchivedWal) -> tuple[Gap, ...]:
    found: set[Gap] = set()
    for timeline in wal.numbers:
        first = _first_needed(timeline, backups, wal)
        if first is not None:
            found.update(wal.holes(timeline, first=first))
    return tuple(sorted(found))


def _first_needed(timeline: int, backups: tuple[Backup, ...], wal: ArchivedWal) -> int | None:
    """The first number whose absence matters on the way to this timeline; ``None``: no backup leads there.

    What is missing before the oldest backup is of no use to anybody. Before the first backup everything counts.
    """
    history = wal.history(timeline)
    if not backups:
        path = (*(switch.timeline for switch in history.ancestors), timeline)
        return min(wal.numbers[each][0] for each in path if each in wal.numbers)
    leading = [each for each in backups if history.reaches(each.stop_lsn, timeline=each.timeline)]
    return min((each.first_segment.number for each in leading), default=None)


def _holes(present: tuple[int, ...], *, start: int, behind: int) -> Iterator[tuple[int, int]]:
    """The stretches of missing numbers from ``start`` to ``behind - 1``, each as (first, behind)."""
    while start < behind:
        start = _run_end(present, start=start)
        position = bisect_left(present, start)
        resumed = min(behind, present[position] if position < len(present) else behind)
        if start < resumed:
            yield start, resumed
        start = resumed


def _run_end(present: tuple[int, ...], *, start: int) -> int:
    """The first number from ``start`` on that is not among the sorted ``present`` ones, by bisection."""
    position = bisect_left(present, start)
    low, high = position, len(present)
    while low < high:
        middle = (low + high) // 2
        if present[middle] - start == middle - position:
            low = middle + 1
        else:
            high = middle
    return start + (low - position)


__all__ = ("ArchivedWal", "Catalogue", "Gap", "build_catalogue", "is_usable", "recoverable_end")
