# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads what decides a recovery from WAL in the repository and in pg_wal."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from types import TracebackType

from ..._core.errors import Damaged
from ..._core.wal.archive import ArchivedWal
from ..._core.wal.event import Snapshot, WalExtract
from ..._core.wal.interval_set import IntervalSet
from ..._core.wal.lsn import Lsn
from ..._core.wal.records.extracts import joined, part_of
from ..._core.wal.records.snapshots import SNAPSHOT_RMGRS, parse_snapshots
from ..._core.wal.records.waldump import (
    EVENT_RMGRS,
    first_record_argv,
    parse_first_record,
    parse_waldump,
    ran_out_of_wal,
    waldump_argv,
)
from ..._core.wal.segment import Segment
from ..._core.wal.segment_facts import SegmentFacts
from ..._io.host.runner import Runner, command_failed
from ..._io.repository.cluster_folder import ClusterFolder
from ..._io.wal.lookup import stat_each_stored
from ..._io.wal.segment_index import SegmentIndex
from .segments_at_hand import SegmentsAtHand

_TIMEOUT_SECONDS = 600


def _go_on() -> None:
    """Nobody wants it to end early."""


class EventReader:
    """Events of WAL by ``pg_waldump``, from the repository or from a cluster's own pg_wal (``live``: paths by name).

    Segments are copied into a scratch directory while they are read; what was read once is remembered, and the facts of
    archived segments are taken from the index beside the archive where that has them. ``before_segment`` is called
    before each segment is copied, and may raise. Use it as a context manager.
    """

    def __init__(
        self,
        folder: ClusterFolder,
        *,
        wal: ArchivedWal,
        live: dict[str, str],
        bin_directory: str,
        version: int,
        runner: Runner,
        before_segment: Callable[[], None] = _go_on,
    ) -> None:
        self._folder = folder
        self._wal = wal
        self._live = live
        self._program = f"{bin_directory}/pg_waldump"
        self._version = version
        self._runner = runner
        self._at_hand = SegmentsAtHand(folder, live=live, size=wal.size, before_segment=before_segment)
        self._known: dict[str, WalExtract] = {}
        self._facts: dict[str, SegmentFacts] = {}
        self.index = SegmentIndex(folder.storage)

    def __enter__(self) -> EventReader:
        self._at_hand.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._at_hand.__exit__(kind, error, trace)

    def read(self, *, timeline: int, first: int, last: int) -> WalExtract:
        """Events of the records that begin in the segments ``first`` to ``last`` on the path to ``timeline``.

        Raises Damaged (``segment-damaged``), Missing (``segment-missing``), Failed (``command-failed``).
        """
        segments = self._segments(timeline, first, last)
        for batch in self._unknown(segments):
            self._scan(batch, following=self._segment(timeline, batch[-1].number + 1))
        return joined([self._known[str(segment)] for segment in segments])

    def facts(self, *, timeline: int, first: int, last: int) -> tuple[SegmentFacts, ...]:
        """The facts of each of these segments, read only where the index does not have them. Raises as :meth:`read`."""
        segments = self._looked_up(timeline, first, last)
        for batch in self._unknown([each for each in segments if self._known_of(str(each)) is None]):
            self._read_facts(batch, timeline=timeline)
        found = (self._known_of(str(each)) for each in segments)
        return tuple(each for each in found if each is not None)

    def known_facts(self, *, timeline: int, first: int, last: int) -> tuple[SegmentFacts | None, ...]:
        """The same without reading any WAL; ``None`` where they are not known."""
        return tuple(self._known_of(str(each)) for each in self._looked_up(timeline, first, last))

    def note(self, *, timeline: int, first: int, last: int) -> None:
        """Read these segments into the index, as far as they are whole. Raises as :meth:`read`.

        The last record of a segment may be a commit that ends in the next one, without which it is not seen.
        """
        for batch in self._unknown(self._segments(timeline, first, last)):
            ended = self._read_facts(batch, timeline=timeline)
            keys = self._keys([self._segment(timeline, segment.number + 1) for segment in batch])
            for segment in batch:
                name = str(segment)
                following = self._segment(timeline, segment.number + 1)
                is_whole = name not in ended and self._is_there(following, keys=keys)
                if is_whole and name not in self._live:
                    self.index.note(name, self._facts[name])

    def _read_facts(self, batch: list[Segment], *, timeline: int) -> frozenset[str]:
        """Read the facts of a batch without keeping its events, which may be many; the segments in which WAL ends."""
        self._scan(batch, following=self._segment(timeline, batch[-1].number + 1))
        ended = set()
        for name in map(str, batch):
            extract = self._known.pop(name)
            self._facts[name] = SegmentFacts.of(extract)
            if extract.end is not None:
                ended.add(name)
        return frozenset(ended)

    def first_record(self, *, timeline: int, lsn: Lsn) -> Lsn | None:
        """Where the first record begins at or after a position, in its segment and the next; ``None``: there is none.

        Raises as :meth:`read`.
        """
        segment = self._segment(timeline, self._wal.size.number_at(lsn))
        following, end = self._segment(timeline, segment.number + 1), segment.end
        keys = self._keys([segment, following])
        try:
            self._at_hand.bring(str(segment), as_name=str(segment), key=keys.get(str(segment)))
            if self._is_there(following, keys=keys):
                overlap = str(Segment(segment.timeline, following.number, following.size))
                self._at_hand.bring(str(following), as_name=overlap, key=keys.get(str(following)))
                end = following.end
            argv = first_record_argv(
                self._program, directory=self._at_hand.directory, timeline=segment.timeline, start=lsn, end=end
            )
            result = self._runner.run(argv, check=False, timeout_seconds=_TIMEOUT_SECONDS)
            found = parse_first_record(result.stdout)
            if found is None and result.rc != 0 and not ran_out_of_wal(result.stderr):
                raise command_failed(result)
            return found
        finally:
            self._at_hand.release()

    def snapshots(self, *, timeline: int, number: int) -> tuple[Snapshot, ...]:
        """The snapshots of running transactions in a segment, which are not remembered. Raises as :meth:`read`."""
        segment = self._segment(timeline, number)
        extract = self._extract(
            [segment], following=self._segment(timeline, number + 1), rmgrs=SNAPSHOT_RMGRS, parse=parse_snapshots
        )
        return part_of(extract, number=number, size=self._wal.size).snapshots

    def _segments(self, timeline: int, first: int, last: int) -> list[Segment]:
        return [self._segment(timeline, number) for number in range(first, last + 1)]

    def _looked_up(self, timeline: int, first: int, last: int) -> list[Segment]:
        """These segments, for which the index was asked at once as far as it will be."""
        segments = self._segments(timeline, first, last)
        read = (self._known, self._facts, self._live)
        self.index.look_up(name for name in map(str, segments) if not any(name in each for each in read))
        return segments

    def _known_of(self, name: str) -> SegmentFacts | None:
        known = self._known.get(name)
        if known is not None:
            return SegmentFacts.of(known)
        # What lies only in pg_wal may still grow, and is no business of the archive's index.
        return self._facts.get(name) or (None if name in self._live else self.index.facts(name))

    def _segment(self, timeline: int, number: int) -> Segment:
        return self._wal.history(timeline).segment_at(number, size=self._wal.size)

    def _unknown(self, segments: list[Segment]) -> Iterator[list[Segment]]:
        """Runs of neighbouring segments of one timeline that were not read yet, in batches of limited size."""
        limit = self._at_hand.batch_segments()
        batch: list[Segment] = []
        for segment in segments:
            known = str(segment) in self._known
            is_next = bool(batch) and (segment.timeline, segment.number) == (batch[-1].timeline, batch[-1].number + 1)
            if batch and (known or len(batch) >= limit or not is_next):
                yield batch
                batch = []
            if not known:
                batch.append(segment)
        if batch:
            yield batch

    def _scan(self, batch: list[Segment], *, following: Segment) -> None:
        extract = self._extract(batch, following=following, rmgrs=EVENT_RMGRS, parse=parse_waldump)
        for segment in batch:
            self._known[str(segment)] = part_of(extract, number=segment.number, size=self._wal.size)

    def _extract(
        self, batch: list[Segment], *, following: Segment, rmgrs: Sequence[str], parse: Callable[..., WalExtract]
    ) -> WalExtract:
        names = [str(segment) for segment in batch]
        # A record may go on in the next segment. Where that belongs to the successor timeline, its file begins with a
        # copy of this timeline's end, and pg_waldump finds it by this timeline's name.
        overlap = str(Segment(batch[0].timeline, following.number, following.size))
        keys = self._keys([*batch, following])
        try:
            for name in names:
                self._at_hand.bring(name, as_name=name, key=keys.get(name))
            if self._is_there(following, keys=keys):
                self._at_hand.bring(str(following), as_name=overlap, key=keys.get(str(following)))
                names.append(overlap)
            extract = self._dump(names[0], names[-1], rmgrs=rmgrs, parse=parse)
        finally:
            self._at_hand.release()
        if len(names) > len(batch):
            _check_goes_on(extract, batch)
        return extract

    def _dump(self, first: str, last: str, *, rmgrs: Sequence[str], parse: Callable[..., WalExtract]) -> WalExtract:
        commands = waldump_argv(
            self._program,
            version=self._version,
            directory=self._at_hand.directory,
            first_segment=first,
            last_segment=last,
            rmgrs=rmgrs,
        )
        found = []
        for argv in commands:
            result = self._runner.run(argv, check=False, timeout_seconds=_TIMEOUT_SECONDS)
            if result.rc != 0 and not ran_out_of_wal(result.stderr):
                # What it would have said is not known, which must not pass for WAL without commits.
                raise command_failed(result)
            found.append(parse(result.stdout, stderr=result.stderr))
        return joined(found)

    def _keys(self, segments: list[Segment]) -> dict[str, str]:
        """Where these are stored, by name; those that lie in pg_wal are not looked for."""
        names = [name for name in map(str, segments) if name not in self._live]
        found = stat_each_stored(self._folder.storage, names)
        return {name: stored[0] for name, stored in zip(names, found) if stored is not None}

    def _is_there(self, segment: Segment, *, keys: dict[str, str]) -> bool:
        if segment.number in self._wal.damaged.get(segment.timeline, IntervalSet()):
            return False
        return str(segment) in self._live or str(segment) in keys


def _check_goes_on(extract: WalExtract, batch: list[Segment]) -> None:
    """Raises Damaged (``segment-damaged``) where the WAL of this batch ends, although a segment follows."""
    if extract.end is not None and extract.end < batch[-1].end:
        name = next(str(segment) for segment in batch if extract.end < segment.end)
        raise Damaged(
            f"the WAL in segment {name} ends at {extract.end}, although later segments are there",
            code="segment-damaged",
            hint="Look for another copy of this segment; recovery cannot get past it.",
        )


__all__ = ("EventReader",)
