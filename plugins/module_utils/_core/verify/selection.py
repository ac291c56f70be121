# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run of verification reads: everything, what is due, or a sample that covers everything in time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ..errors import InvalidInput
from ..wal.interval_set import IntervalSet
from ..wal.segment_range import SegmentRange, common, intervals_by_timeline, ranges_of
from .state import VerifyState

ALL = "all"
NEWEST = "newest"
# The least and the greatest value of each number of a request.
REQUEST_RANGES = {
    "sample_percent": (1, 100),
    "max_age_seconds": (0, 1 << 30),
    "max_rate_kib": (32, 1 << 30),
    "jobs": (1, 64),
}


@dataclass(frozen=True)
class VerifyRequest:
    """The request.

    ``backup`` is ``all``, ``newest`` (the chain of the newest backup) or a label. ``sample_percent`` of the content is
    read in addition to what is new or was found damaged: what was never read, then what was read longest ago. What was
    found intact within ``max_age_seconds`` is not read again, nor, with ``resume``, what an interrupted run of the same
    selection has read. ``max_rate_kib`` limits the stored KiB per second of all ``jobs`` together (``None``: no limit).
    """

    backup: str = ALL
    sample_percent: int = 100
    max_age_seconds: int = 0
    resume: bool = False
    max_rate_kib: int | None = None
    jobs: int = 1

    def check(self) -> None:
        """Raise InvalidInput (``option-out-of-range``) for a number outside its range."""
        for name, (least, most) in REQUEST_RANGES.items():
            value = getattr(self, name)
            if value is not None and not least <= value <= most:
                raise InvalidInput(
                    f"{name} is {value}",
                    code="option-out-of-range",
                    hint=f"Set 'pitr_backup_verify_{name}' to {least} or more, and at most {most}.",
                )

    def cutoff(self, state: VerifyState, *, now: datetime) -> datetime | None:
        """The time since which verified content is not read again; ``None``: everything is read."""
        moments = []
        if self.max_age_seconds:
            moments.append(now - timedelta(seconds=self.max_age_seconds))
        if state.started and self.resumes(state):
            moments.append(state.started)
        return min(moments, default=None)

    def resumes(self, state: VerifyState) -> bool:
        """Whether this continues an interrupted run of the same selection."""
        return bool(self.resume and state.started and state.finished is None and state.selection == self.backup)


@dataclass(frozen=True)
class BackupFile:
    """An existing file of a backup: the label, its name, and its size in the repository."""

    label: str
    name: str
    size_bytes: int


def select_files(
    files: Sequence[BackupFile], *, state: VerifyState, cutoff: datetime | None, sample_percent: int
) -> tuple[BackupFile, ...]:
    """The files to read, in the order given.

    A sample has what was found damaged, what was added since the last run, and in addition whole files with at least
    this percentage of the bytes.
    """
    due: list[tuple[float, int]] = []
    chosen: set[int] = set()
    for place, file in enumerate(files):
        moment = state.file_moment(file.label, name=file.name)
        if _is_recent(moment, cutoff):
            continue
        if sample_percent == 100 or _is_read_at_once(file, moment=moment, state=state):
            chosen.add(place)
        else:
            due.append((_rank(moment), place))
    quota = -(-sum(file.size_bytes for file in files) * sample_percent // 100)
    for _moment, place in sorted(due, key=lambda each: _reading_order(*each)):
        if quota <= 0:
            break
        quota -= files[place].size_bytes
        chosen.add(place)
    return tuple(file for place, file in enumerate(files) if place in chosen)


def select_wal(
    present: Mapping[int, IntervalSet], *, state: VerifyState, cutoff: datetime | None, sample_percent: int
) -> tuple[SegmentRange, ...]:
    """The segments to read, in order.

    A sample has what was found damaged, what was added since the last run, and in addition this percentage of the
    segments, rounded up.
    """
    chosen: list[SegmentRange] = []
    due: list[tuple[float, SegmentRange]] = []
    for timeline, intervals in present.items():
        at_once = _wal_read_at_once(timeline, intervals, state=state)
        chosen += ranges_of({timeline: at_once})
        moments = state.wal_moments(timeline, intervals.without(at_once))
        due += [(_rank(moment), segment_range) for moment, segment_range in moments if not _is_recent(moment, cutoff)]
    quota = -(-sum(intervals.count for intervals in present.values()) * sample_percent // 100)
    for rank, segment_range in sorted(due, key=lambda each: _reading_order(each[0], each[1].timeline, each[1].first)):
        if quota <= 0:
            break
        count = min(quota, segment_range.count)
        quota -= count
        first = segment_range.first if rank else segment_range.end - count
        chosen.append(replace(segment_range, first=first, end=first + count))
    return ranges_of(intervals_by_timeline(chosen))


def never_verified(
    files: Sequence[BackupFile], *, present: Mapping[int, IntervalSet], state: VerifyState
) -> tuple[int, int]:
    """The counts of files and segments that no run has verified yet."""
    unread = [
        file
        for file in files
        if state.file_moment(file.label, name=file.name) is None
        and not state.is_damaged_file(file.label, name=file.name)
    ]
    segments = [
        _never(timeline, intervals.without(state.damaged_wal(timeline)), state=state)
        for timeline, intervals in present.items()
    ]
    return len(unread), sum(intervals.count for intervals in segments)


def _is_read_at_once(file: BackupFile, *, moment: datetime | None, state: VerifyState) -> bool:
    """Whether it was found damaged, or was added since the last run and not read by an interrupted one."""
    if state.is_damaged_file(file.label, name=file.name):
        return True
    return moment is None and state.high_water is not None and file.label > state.high_water.label


def _wal_read_at_once(timeline: int, intervals: IntervalSet, *, state: VerifyState) -> IntervalSet:
    """Segments found damaged, and those added since the last run that an interrupted one has not read."""
    damaged = common(intervals, state.damaged_wal(timeline))
    if state.high_water is None:
        return damaged
    return IntervalSet.joined([*damaged, *_never(timeline, state.high_water.later(timeline, intervals), state=state)])


def _never(timeline: int, intervals: IntervalSet, *, state: VerifyState) -> IntervalSet:
    return IntervalSet.joined(
        (segment_range.first, segment_range.end)
        for moment, segment_range in state.wal_moments(timeline, intervals)
        if moment is None
    )


def _reading_order(rank: float, *place: int) -> tuple[float, ...]:
    """The sort key by age; what was never read comes newest first, as that will exist longest."""
    return (rank, *place) if rank else (rank, *(-each for each in place))


def _is_recent(moment: datetime | None, cutoff: datetime | None) -> bool:
    return moment is not None and cutoff is not None and moment >= cutoff


def _rank(moment: datetime | None) -> float:
    """The rank in reading order: what was never read, then what was read longest ago."""
    return 0.0 if moment is None else moment.timestamp()


__all__ = (
    "ALL",
    "NEWEST",
    "REQUEST_RANGES",
    "BackupFile",
    "VerifyRequest",
    "never_verified",
    "select_files",
    "select_wal",
)
