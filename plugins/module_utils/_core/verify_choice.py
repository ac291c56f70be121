# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a verification reads in this run: everything, what is due, or a sample that comes round to all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from .errors import InvalidInput
from .verify_state import VerifyState
from .wal_runs import Runs
from .wal_stretch import WalStretch, runs_of, stretches_of

ALL = "all"
NEWEST = "newest"


@dataclass(frozen=True)
class VerifyWish:
    """What was asked for.

    ``backup`` is ``all``, ``newest`` (the chain of the newest backup) or a label. ``sample_percent`` of the content is
    read, what was not read for longest first. What was found whole within ``max_age_seconds`` is not read again, nor,
    with ``resume``, what an interrupted run of the same selection has read. ``max_rate_kib`` is of the stored bytes of
    all ``jobs`` together (``None``: no limit).
    """

    backup: str = ALL
    sample_percent: int = 100
    max_age_seconds: int = 0
    resume: bool = False
    max_rate_kib: int | None = None
    jobs: int = 1

    def check(self) -> None:
        """Raise InvalidInput (``option-out-of-range``) for a number that makes no sense."""
        limits = (
            ("sample_percent", self.sample_percent, 1, 100),
            ("max_age_seconds", self.max_age_seconds, 0, None),
            ("max_rate_kib", self.max_rate_kib, 32, 1 << 30),
            ("jobs", self.jobs, 1, 64),
        )
        for name, value, least, most in limits:
            if value is not None and (value < least or (most is not None and value > most)):
                raise InvalidInput(
                    f"{name} is {value}",
                    code="option-out-of-range",
                    hint=f"Set 'pitr_backup_verify_{name}' to {least} or more"
                    + ("." if most is None else f", and at most {most}."),
                )

    def cutoff(self, state: VerifyState, *, now: datetime) -> datetime | None:
        """What was verified at this moment or later is not read again; ``None``: everything is."""
        moments = []
        if self.max_age_seconds:
            moments.append(now - timedelta(seconds=self.max_age_seconds))
        if state.started and self.resumes(state):
            moments.append(state.started)
        return min(moments, default=None)

    def resumes(self, state: VerifyState) -> bool:
        """Whether this goes on where an interrupted run of the same selection was."""
        return bool(self.resume and state.started and state.finished is None and state.selection == self.backup)


@dataclass(frozen=True)
class BackupFile:
    """A file of a backup that can be read: the label, its name there, and its size in the repository."""

    label: str
    name: str
    size_bytes: int


def choose_files(
    files: Sequence[BackupFile], *, state: VerifyState, cutoff: datetime | None, sample_percent: int
) -> tuple[BackupFile, ...]:
    """The files to read, in the order given. A sample has whole files, of so many percent of the bytes or more."""
    due: list[tuple[float, int, BackupFile]] = []
    for file in files:
        moment = state.file_moment(file.label, name=file.name)
        if not _is_recent(moment, cutoff):
            due.append((_rank(moment), len(due), file))
    quota = -(-sum(file.size_bytes for file in files) * sample_percent // 100)
    chosen = set()
    for _moment, place, file in sorted(due, key=lambda each: each[:2]):
        if quota <= 0 and sample_percent < 100:
            break
        quota -= file.size_bytes
        chosen.add(place)
    return tuple(file for _moment, place, file in due if place in chosen)


def choose_wal(
    present: Mapping[int, Runs], *, state: VerifyState, cutoff: datetime | None, sample_percent: int
) -> tuple[WalStretch, ...]:
    """The segments to read, in order. A sample has so many percent of the segments, rounded up."""
    due = [
        (_rank(moment), stretch)
        for timeline, runs in present.items()
        for moment, stretch in state.wal_moments(timeline, runs)
        if not _is_recent(moment, cutoff)
    ]
    quota = -(-sum(runs.count for runs in present.values()) * sample_percent // 100)
    chosen = []
    for _moment, stretch in sorted(due):
        if quota <= 0:
            break
        taken = replace(stretch, behind=min(stretch.behind, stretch.first + quota))
        quota -= taken.count
        chosen.append(taken)
    return stretches_of(runs_of(chosen))


def _is_recent(moment: datetime | None, cutoff: datetime | None) -> bool:
    return moment is not None and cutoff is not None and moment >= cutoff


def _rank(moment: datetime | None) -> float:
    """The order of reading: what was never read, then the oldest."""
    return 0.0 if moment is None else moment.timestamp()


__all__ = ("ALL", "NEWEST", "BackupFile", "VerifyWish", "choose_files", "choose_wal")
