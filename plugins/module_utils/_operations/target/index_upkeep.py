# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps the index of segment facts up to date."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import islice

from ..._core.catalogue.recovery_end import RecoveryEnd
from ..._core.errors import PitrError
from ..._core.repository.layout import is_encrypted, wal_facts_key
from ..._core.wal.archive import ArchivedWal
from ..._core.wal.file_name import LOG_BYTES
from ..._core.wal.interval_set import IntervalSet
from ..._core.wal.segment import Segment
from ..._core.wal.segment_facts import SegmentFacts
from ..._io.host.runner import Runner
from ..._io.repository.cluster_folder import ClusterFolder
from ..._io.wal.lookup import find_stored
from ..._io.wal.segment_index import SegmentIndex
from .event_reader import EventReader
from .index_state import can_keep_index, newest_first

_BATCH_SEGMENTS = 4
_BATCH_LOOKED_UP = 64


class _TimeIsUp(Exception):
    """No more is read."""


def update_index(
    folder: ClusterFolder,
    *,
    wal: ArchivedWal,
    bin_directory: str,
    version: int,
    runner: Runner,
    seconds: float,
    look_back: int | None = None,
    keeps: bool = True,
    clock: Callable[[], float] = time.monotonic,
) -> tuple[RecoveryEnd, ...]:
    """Read what the index of this archive lacks, the newest first, for about so long; the known ends of recoveries.

    Only the newest ``look_back`` segments are looked at (``None``: all). Nothing is written unless it ``keeps`` what it
    has read. It is a convenience of later plans: what can't be read or kept is left to them.
    """
    deadline = clock() + seconds

    def check_time() -> None:
        if clock() >= deadline:
            raise _TimeIsUp

    with EventReader(
        folder,
        wal=wal,
        live={},
        bin_directory=bin_directory,
        version=version,
        runner=runner,
        before_segment=check_time,
    ) as reader:
        found = _read_lacking(reader, folder=folder, newest=list(islice(newest_first(wal), look_back)))
        if keeps and can_keep_index(folder):
            with suppress(PitrError, OSError):
                reader.index.save(is_stored=lambda name: _is_stored(name, wal=wal))
                reader.index.keep_only(_stored_logs(wal))
        return known_ends(reader.index, wal=wal, read=found)


def _read_lacking(
    reader: EventReader, *, folder: ClusterFolder, newest: list[Segment]
) -> dict[str, tuple[Segment, SegmentFacts]]:
    """What was read of the segments that the index lacks, until the time is up."""
    found: dict[str, tuple[Segment, SegmentFacts]] = {}
    for first, last in _runs(_unknown(newest, reader.index)):
        if folder.age_identity is None and _is_encrypted(folder, last):
            # No more is read of older ones: what they say would be written down in clear.
            break
        try:
            reader.note(timeline=first.timeline, first=first.number, last=last.number)
            found.update(_read_now(reader, first, last))
        except _TimeIsUp:
            break
        except (PitrError, OSError):
            continue
    return found


def known_ends(
    index: SegmentIndex, *, wal: ArchivedWal, read: dict[str, tuple[Segment, SegmentFacts]] | None = None
) -> tuple[RecoveryEnd, ...]:
    """The records that end recoveries, by the index, and by what was ``read`` beside it: the newest segment is not kept
    there before its successor is archived."""
    ends = {
        (name, lsn): RecoveryEnd(Segment.parse(name, size=wal.size).timeline, lsn, name)
        for name, positions in index.recovery_ends().items()
        for lsn in positions
    }
    for name, (segment, facts) in (read or {}).items():
        for change in facts.parameter_changes:
            if change.ends_recovery:
                ends[name, change.lsn] = RecoveryEnd(segment.timeline, change.lsn, name)
    return tuple(sorted(ends.values(), key=lambda each: each.lsn))


def _unknown(segments: list[Segment], index: SegmentIndex) -> Iterator[Segment]:
    """Those of which the index has nothing, asked for in batches."""
    for start in range(0, len(segments), _BATCH_LOOKED_UP):
        batch = segments[start : start + _BATCH_LOOKED_UP]
        index.look_up(map(str, batch))
        yield from (each for each in batch if index.facts(str(each)) is None)


def _is_encrypted(folder: ClusterFolder, segment: Segment) -> bool:
    return is_encrypted(find_stored(folder.storage, name=str(segment)) or "")


def _read_now(reader: EventReader, first: Segment, last: Segment) -> Iterator[tuple[str, tuple[Segment, SegmentFacts]]]:
    segments = [Segment(first.timeline, number, first.size) for number in range(first.number, last.number + 1)]
    known = reader.known_facts(timeline=first.timeline, first=first.number, last=last.number)
    return ((str(segment), (segment, facts)) for segment, facts in zip(segments, known) if facts is not None)


def _runs(segments: Iterator[Segment]) -> Iterator[tuple[Segment, Segment]]:
    """Neighbours, which come backwards, as first and last; not too many at once."""
    first = last = None
    for segment in segments:
        if first is not None and last is not None:
            is_next = (segment.timeline, segment.number) == (first.timeline, first.number - 1)
            if is_next and last.number - segment.number < _BATCH_SEGMENTS:
                first = segment
                continue
            yield first, last
        first = last = segment
    if first is not None and last is not None:
        yield first, last


def _stored_logs(wal: ArchivedWal) -> frozenset[str]:
    """Where the facts are kept of each log that has a segment."""
    per_log = LOG_BYTES // wal.size.size_bytes
    return frozenset(
        wal_facts_key(f"{timeline:08X}{log:08X}")
        for timeline, intervals in wal.intervals.items()
        for first, end in intervals
        for log in range(first // per_log, (end - 1) // per_log + 1)
    )


def _is_stored(name: str, *, wal: ArchivedWal) -> bool:
    segment = Segment.parse(name, size=wal.size)
    return segment.number in wal.intervals.get(segment.timeline, IntervalSet())


__all__ = ("known_ends", "update_index")
