# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads commits, aborts and restore points from WAL in the repository and in pg_wal."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from types import TracebackType

from ..._core.errors import Damaged
from ..._core.wal.archive import ArchivedWal
from ..._core.wal.event import WalEvent, WalExtract
from ..._core.wal.interval_set import IntervalSet
from ..._core.wal.segment import Segment
from ..._core.wal.waldump import parse_waldump, ran_out_of_wal, waldump_argv
from ..._io.host.runner import Runner, command_failed
from ..._io.repository.cluster_folder import ClusterFolder

_BATCH_BYTES = 256 * 1024 * 1024
_TIMEOUT_SECONDS = 600


class EventReader:
    """Events of WAL by ``pg_waldump``, from the repository or from a cluster's own pg_wal (``live``: paths by name).

    Segments are copied into a scratch directory while they are read; what was read once is remembered. Use it as a
    context manager, while acting as the cluster's user.
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
    ) -> None:
        self._folder = folder
        self._wal = wal
        self._live = live
        self._program = f"{bin_directory}/pg_waldump"
        self._version = version
        self._runner = runner
        self._scratch = ""
        self._known: dict[str, WalExtract] = {}

    def __enter__(self) -> EventReader:
        self._scratch = tempfile.mkdtemp(prefix="pgpitr-wal-")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        shutil.rmtree(self._scratch, ignore_errors=True)

    def read(self, *, timeline: int, first: int, last: int) -> WalExtract:
        """Events of the records that begin in the segments ``first`` to ``last`` on the path to ``timeline``.

        Raises Damaged (``segment-damaged``), Missing (``segment-missing``), Failed (``command-failed``).
        """
        segments = [self._segment(timeline, number) for number in range(first, last + 1)]
        for batch in self._unknown(segments):
            self._scan(batch, following=self._segment(timeline, batch[-1].number + 1))
        extracts = [self._known[str(segment)] for segment in segments]
        events: list[WalEvent] = [event for extract in extracts for event in extract.events]
        end = extracts[-1].end if extracts else None
        return WalExtract(tuple(events), end)

    def _segment(self, timeline: int, number: int) -> Segment:
        return self._wal.history(timeline).segment_at(number, size=self._wal.size)

    def _unknown(self, segments: list[Segment]) -> Iterator[list[Segment]]:
        """Runs of neighbouring segments of one timeline that were not read yet, in batches of limited size."""
        limit = max(1, _BATCH_BYTES // self._wal.size.size_bytes)
        batch: list[Segment] = []
        for segment in segments:
            known = str(segment) in self._known
            if batch and (known or len(batch) >= limit or segment.timeline != batch[-1].timeline):
                yield batch
                batch = []
            if not known:
                batch.append(segment)
        if batch:
            yield batch

    def _scan(self, batch: list[Segment], *, following: Segment) -> None:
        names = [str(segment) for segment in batch]
        # A record may go on in the next segment. Where that belongs to the successor timeline, its file begins with a
        # copy of this timeline's end, and pg_waldump finds it by this timeline's name.
        overlap = str(Segment(batch[0].timeline, following.number, following.size))
        try:
            for name in names:
                self._bring(name, as_name=name)
            if self._is_there(following):
                self._bring(str(following), as_name=overlap)
                names.append(overlap)
            self._remember(batch, self._dump(names[0], names[-1]), has_following=len(names) > len(batch))
        finally:
            for name in os.listdir(self._scratch):
                os.unlink(f"{self._scratch}/{name}")

    def _dump(self, first: str, last: str) -> WalExtract:
        commands = waldump_argv(
            self._program, version=self._version, directory=self._scratch, first_segment=first, last_segment=last
        )
        found = []
        for argv in commands:
            result = self._runner.run(argv, check=False, timeout_seconds=_TIMEOUT_SECONDS)
            if result.rc != 0 and not ran_out_of_wal(result.stderr):
                # What it would have said is not known, which must not pass for WAL without commits.
                raise command_failed(result)
            found.append(parse_waldump(result.stdout, stderr=result.stderr))
        events = sorted((event for extract in found for event in extract.events), key=lambda event: event.lsn)
        return WalExtract(tuple(events), found[-1].end)

    def _remember(self, batch: list[Segment], extract: WalExtract, *, has_following: bool) -> None:
        size = self._wal.size
        if extract.end is not None and has_following and extract.end < batch[-1].end:
            name = next(str(segment) for segment in batch if extract.end < segment.end)
            raise Damaged(
                f"the WAL in segment {name} ends at {extract.end}, although later segments are there",
                code="segment-damaged",
                hint="Look for another copy of this segment; recovery cannot get past it.",
            )
        for segment in batch:
            events = tuple(event for event in extract.events if size.number_at(event.lsn) == segment.number)
            ends_here = extract.end is not None and extract.end <= segment.end
            self._known[str(segment)] = WalExtract(events, extract.end if ends_here else None)

    def _is_there(self, segment: Segment) -> bool:
        if segment.number in self._wal.damaged.get(segment.timeline, IntervalSet()):
            return False
        return str(segment) in self._live or self._folder.find_wal(str(segment)) is not None

    def _bring(self, name: str, *, as_name: str) -> None:
        destination = f"{self._scratch}/{as_name}"
        live = self._live.get(name)
        # A segment that was only in pg_wal may have been archived and removed meanwhile.
        if live is not None and os.path.exists(live):
            os.symlink(live, destination)
            return
        self._folder.fetch_wal(name, destination)


__all__ = ("EventReader",)
