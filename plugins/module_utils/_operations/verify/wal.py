# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Verifying a block of consecutive WAL segments: each segment, then their records with ``pg_waldump``."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from ..._core.errors import Damaged, Missing, Refused
from ..._core.repository.layout import is_encrypted
from ..._core.verify.damage import FileIdentity
from ..._core.verify.finding import SEGMENT, Finding
from ..._core.wal.file_name import timeline_of
from ..._core.wal.records.waldump import ran_out_of_wal
from ..._core.wal.records.waldump_errors import WaldumpFailure, parse_waldump_failure, quiet_argv, wal_version
from ..._core.wal.segment import Segment, SegmentSize
from ..._core.wal.segment_header import HEADER_SIZE_BYTES, SegmentHeader, parse_segment_header
from ..._core.wal.segment_range import SegmentRange
from ..._io.encryption.encrypted_file import check_stored
from ..._io.host.rate_limit import RateLimit
from ..._io.host.runner import Runner, command_failed
from ..._io.host.worker_pool import Note
from ..._io.repository.cluster_folder import ClusterFolder
from ..._io.storage.file_errors import is_damage, is_gone, not_readable
from ..._io.wal.lookup import find_stored, stat_stored

_TIMEOUT_SECONDS = 600
# The field xlp_rem_len of a page header, and sizes. Source: PostgreSQL, ``access/xlog_internal.h``.
_REST_AT = 16
_PAGE_HEADER_BYTES = 24
_PAGE_CONTENT_BYTES = 8192 - _PAGE_HEADER_BYTES
# No record is longer (``access/xlogrecord.h``, XLogRecordMaxSize), whatever a page states.
_MOST_RECORD_BYTES = 1 << 30


@dataclass(frozen=True)
class WalTask:
    """A block of segments of one timeline to read.

    ``next_names`` are the files in which the block's last record may continue; the first that exists is used.
    ``is_last``: nothing of the timeline is archived after the block, so valid WAL may end within it.
    """

    block: SegmentRange
    size: SegmentSize
    next_names: tuple[str, ...]
    is_last: bool


@dataclass(frozen=True)
class WalResult:
    """The problems of the block, and the parts that could not be parsed without programs of a major version.

    ``identities`` has the file identities of the segments with a problem, by name; ``None`` for one that is gone.
    ``encrypted`` counts those of which only what is stored was looked at.
    """

    findings: tuple[Finding, ...]
    unparsed: tuple[tuple[SegmentRange, int], ...] = ()
    identities: Mapping[str, FileIdentity | None] = field(default_factory=dict)
    encrypted: int = 0


class WalVerifier:
    """Verifies blocks, copying their segments into a directory below ``scratch``.

    ``programs`` has the directories of PostgreSQL's programs by major version; ``version`` is assumed for WAL with an
    unknown magic number.
    """

    def __init__(
        self, folder: ClusterFolder, *, scratch: str, programs: Mapping[int, str], version: int, runner: Runner
    ) -> None:
        self._folder = folder
        self._scratch = scratch
        self._programs = programs
        self._version = version
        self._runner = runner

    def verify(self, task: WalTask, *, note: Note, rate_limit: RateLimit) -> WalResult:
        """Read and parse the block.

        Raises Unavailable (``write-failed``, ``program-missing``, ``repository-not-readable``), Failed
        (``command-failed``).
        """
        directory = tempfile.mkdtemp(prefix="block-", dir=self._scratch)
        try:
            return _Block(task, directory=directory, note=note, rate_limit=rate_limit, folder=self._folder).verify(self)
        finally:
            shutil.rmtree(directory, ignore_errors=True)

    def can_parse(self, header: SegmentHeader) -> bool:
        """Whether this host has the programs for WAL with this header."""
        return self.version_of(header) in self._programs

    def failure(self, directory: str, *, header: SegmentHeader, first: Segment, last: Segment) -> WaldumpFailure | None:
        """Why pg_waldump can't read the segments in a directory; ``None`` if it can.

        Raises Failed (``command-failed``) when the program itself fails, which is no damage of the WAL.
        """
        argv = quiet_argv(
            f"{self._programs[self.version_of(header)]}/pg_waldump",
            directory=directory,
            first_segment=str(first),
            last_segment=str(last),
        )
        result = self._runner.run(argv, check=False, timeout_seconds=_TIMEOUT_SECONDS)
        if result.rc == 0:
            return None
        if not ran_out_of_wal(result.stderr):
            raise command_failed(result)
        return parse_waldump_failure(result.stderr)

    def version_of(self, header: SegmentHeader) -> int:
        """The major version that wrote WAL with this header."""
        return wal_version(header.magic) or self._version


class _Block:
    def __init__(
        self, task: WalTask, *, directory: str, note: Note, rate_limit: RateLimit, folder: ClusterFolder
    ) -> None:
        self._task = task
        self._directory = directory
        self._note = note
        self._pace = rate_limit
        self._folder = folder
        self._findings: list[Finding] = []
        self._headers: dict[int, SegmentHeader] = {}
        self._identities: dict[str, FileIdentity | None] = {}
        self._has_continuation = False
        self._encrypted = 0

    def verify(self, verifier: WalVerifier) -> WalResult:
        block = self._task.block
        for number in range(block.first, block.end):
            self._bring(self._segment(number))
        self._has_continuation = self._bring_next()
        unparsed = []
        for first, last in self._ranges():
            if verifier.can_parse(self._headers[first]):
                self._parse(first, last, verifier=verifier)
            else:
                version = verifier.version_of(self._headers[first])
                unparsed.append((SegmentRange(block.timeline, first, last + 1), version))
        bad = {finding.segment for finding in self._findings if finding.segment}
        return WalResult(
            tuple(self._findings),
            tuple(unparsed),
            {name: self._identities.get(name) for name in bad},
            encrypted=self._encrypted,
        )

    def _segment(self, number: int) -> Segment:
        return Segment(self._task.block.timeline, number, self._task.size)

    def _bring(self, segment: Segment) -> None:
        """Copy the segment, which verifies everything but its records; of an encrypted one only what is stored."""
        name = str(segment)
        try:
            self._fetch(name, name)
        except (Missing, Damaged, Refused) as error:
            self._add(error.code, name, error.message)
        except OSError as error:
            if is_gone(error):
                # Retention is removing it; the survey at the end of the run will tell.
                self._add("segment-missing", name, f"'{name}' is not there any more")
            elif is_damage(error):
                self._add("segment-damaged", name, f"'{name}' can't be read: {error.strerror}")
            else:
                raise not_readable(name, error) from error
        else:
            if os.path.exists(f"{self._directory}/{name}"):
                self._headers[segment.number] = self._header(name)
            else:
                self._encrypted += 1

    def _bring_next(self) -> bool:
        """Copy the segments in which the block's last record may continue, under the names that pg_waldump expects;
        whether all of them exist."""
        end = self._task.block.end
        timeline = next((timeline_of(name) for name in self._task.next_names if self._bring_as(name, end)), None)
        if timeline is None:
            return False
        # A large record may fill several segments; the first page states how much of it remains.
        more = range(end + 1, end + 1 + self._record_rest(end) // self._task.size.size_bytes)
        return all(self._bring_as(str(Segment(timeline, number, self._task.size)), number) for number in more)

    def _bring_as(self, name: str, number: int) -> bool:
        wanted = str(self._segment(number))
        try:
            self._fetch(name, wanted)
        except (Missing, Damaged, Refused, OSError):
            # It belongs to another block, which reports its problems.
            return False
        if not os.path.exists(f"{self._directory}/{wanted}"):
            return False
        self._headers[number] = self._header(wanted)
        return True

    def _record_rest(self, number: int) -> int:
        """The bytes of a record that continues in this segment, with the page headers in between."""
        with open(f"{self._directory}/{self._segment(number)}", "rb") as stream:
            rest = min(int.from_bytes(stream.read(_REST_AT + 4)[_REST_AT:], sys.byteorder), _MOST_RECORD_BYTES)
        return rest + rest // _PAGE_CONTENT_BYTES * _PAGE_HEADER_BYTES + HEADER_SIZE_BYTES

    def _fetch(self, name: str, as_name: str) -> None:
        # Before it is read: a file that replaces it meanwhile is another one.
        found = stat_stored(self._folder.storage, name=name)
        self._identities[name] = FileIdentity.of_version(found[1][2]) if found else None
        size_bytes = found[1][0] if found else 0
        self._pace.spend(size_bytes)
        key = find_stored(self._folder.storage, name=name)
        if key is not None and is_encrypted(key) and self._folder.age_identity is None:
            check_stored(self._folder.storage, key)
        else:
            self._folder.fetch_wal(name, f"{self._directory}/{as_name}")
        self._note(size_bytes)

    def _header(self, name: str) -> SegmentHeader:
        with open(f"{self._directory}/{name}", "rb") as stream:
            return parse_segment_header(stream.read(HEADER_SIZE_BYTES), name=name, byte_order=sys.byteorder)

    def _ranges(self) -> Iterator[tuple[int, int]]:
        """Ranges (first, last) of intact segments of one server; an upgrade or a damaged segment begins a new range."""
        run: list[int] = []
        for number in sorted(each for each in self._headers if each < self._task.block.end):
            if run and (number != run[-1] + 1 or self._is_new_writer(number)):
                yield run[0], run[-1]
                run = []
            run.append(number)
        if run:
            yield run[0], run[-1]

    def _is_new_writer(self, number: int) -> bool:
        before, here = self._headers.get(number - 1), self._headers[number]
        return before is not None and (before.magic, before.system_identifier) != (here.magic, here.system_identifier)

    def _parse(self, first: int, last: int, *, verifier: WalVerifier) -> None:
        """Have every record of a range read, continuing after a segment that can't be read."""
        end = self._readable_end(last)
        while first <= last:
            said = verifier.failure(
                self._directory,
                header=self._headers[first],
                first=self._segment(first),
                last=self._segment(end),
            )
            if said is None:
                return
            place = _place_of(said, first=first, end=end, size=self._task.size)
            if not self._is_allowed(said, place=place, last=last):
                name = str(self._segment(place))
                self._add("segment-unreadable", name, f"the WAL in '{name}' can't be read any further: {said.message}")
            first = place + 1

    def _is_allowed(self, said: WaldumpFailure, *, place: int, last: int) -> bool:
        """Whether pg_waldump's failure in the segment ``place`` is to be expected."""
        if said.no_record:
            # No other record begins after one that fills the rest, or whose end is missing.
            is_whole = self._has_continuation and last + 1 == self._task.block.end
            room = (self._readable_end(last) - place + 1) * self._task.size.size_bytes
            return not is_whole or self._record_rest(place) >= room
        if place > last:
            # It belongs to another block, which reports its problems.
            return True
        return self._task.is_last and place == self._task.block.end - 1 and not said.is_checksum

    def _readable_end(self, last: int) -> int:
        """The last segment in which a range's last record may continue; the range's own last one without any."""
        end = last
        while last + 1 >= self._task.block.end and end + 1 in self._headers and not self._is_new_writer(end + 1):
            end += 1
        return end

    def _add(self, code: str, name: str, message: str) -> None:
        self._findings.append(Finding(SEGMENT, code, message, segment=name))


def _place_of(failure: WaldumpFailure, *, first: int, end: int, size: SegmentSize) -> int:
    """The number of the segment in which reading failed."""
    number = first
    if failure.segment is not None:
        number = Segment.parse(failure.segment, size=size).number
    elif failure.lsn is not None:
        number = size.number_at(failure.lsn)
    return min(max(number, first), end)


__all__ = ("WalResult", "WalTask", "WalVerifier")
