# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Verifying a block of neighbouring WAL segments: each by itself, then their records by ``pg_waldump``."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from ..._core.errors import Damaged, Missing, Refused
from ..._core.verify.damage import FileIdentity
from ..._core.verify.finding import SEGMENT, Finding
from ..._core.wal.file_name import timeline_of
from ..._core.wal.segment import Segment, SegmentSize
from ..._core.wal.segment_header import HEADER_SIZE_BYTES, SegmentHeader, parse_segment_header
from ..._core.wal.segment_range import SegmentRange
from ..._core.wal.waldump import ran_out_of_wal
from ..._core.wal.waldump_errors import WalComplaint, parse_complaint, quiet_argv, wal_version
from ..._io.host.rate_limit import RateLimit
from ..._io.host.runner import Runner, command_failed
from ..._io.host.worker_pool import Note
from ..._io.repository.cluster_folder import ClusterFolder
from ..._io.storage.file_identity import file_identity
from ..._io.storage.read_error import is_damage, is_gone, not_readable

_TIMEOUT_SECONDS = 600
# The field xlp_rem_len of a page's header, and sizes. Source: PostgreSQL, ``access/xlog_internal.h``.
_REST_AT = 16
_PAGE_HEADER_BYTES = 24
_LONG_HEADER_BYTES = 40
_PAGE_CONTENT_BYTES = 8192 - _PAGE_HEADER_BYTES


@dataclass(frozen=True)
class WalTask:
    """A block of segments of one timeline to read.

    ``next_names`` are the files in which the last record of the block may go on, the first that is there counts.
    ``is_last``: nothing of the timeline is archived behind the block, so valid WAL may end inside it.
    """

    block: SegmentRange
    size: SegmentSize
    next_names: tuple[str, ...]
    is_last: bool


@dataclass(frozen=True)
class WalResult:
    """What is wrong in the block, and which parts of it could not be parsed for want of programs of a major version.

    ``identities`` has the files of the segments that something is wrong with, by name, ``None`` for one that is gone.
    """

    findings: tuple[Finding, ...]
    unparsed: tuple[tuple[SegmentRange, int], ...] = ()
    identities: Mapping[str, FileIdentity | None] = field(default_factory=dict)


class WalVerifier:
    """Verifies blocks, copying their segments into a directory below ``scratch``.

    ``programs`` has the directory of PostgreSQL's programs by major version; ``version`` is that of WAL which does not
    say which one wrote it.
    """

    def __init__(
        self, folder: ClusterFolder, *, scratch: str, programs: Mapping[int, str], version: int, runner: Runner
    ) -> None:
        self._folder = folder
        self._scratch = scratch
        self._programs = programs
        self._version = version
        self._runner = runner

    def verify(self, task: WalTask, *, note: Note, pace: RateLimit) -> WalResult:
        """Read the block.

        Raises Unavailable (``write-failed``, ``program-missing``, ``repository-not-readable``), Failed
        (``command-failed``).
        """
        directory = tempfile.mkdtemp(prefix="block-", dir=self._scratch)
        try:
            return _Block(task, directory=directory, note=note, pace=pace, folder=self._folder).verify(self)
        finally:
            shutil.rmtree(directory, ignore_errors=True)

    def can_parse(self, header: SegmentHeader) -> bool:
        """Whether this host has the programs for WAL that begins so."""
        return self.version_of(header) in self._programs

    def complaint(self, directory: str, *, header: SegmentHeader, first: Segment, last: Segment) -> WalComplaint | None:
        """What pg_waldump says against the segments in a directory, ``None``: nothing.

        Raises Failed (``command-failed``) when it could not do its work: that is no damage.
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
        return parse_complaint(result.stderr)

    def version_of(self, header: SegmentHeader) -> int:
        """The major version that wrote WAL which begins so."""
        return wal_version(header.magic) or self._version


class _Block:
    def __init__(self, task: WalTask, *, directory: str, note: Note, pace: RateLimit, folder: ClusterFolder) -> None:
        self._task = task
        self._directory = directory
        self._note = note
        self._pace = pace
        self._folder = folder
        self._findings: list[Finding] = []
        self._headers: dict[int, SegmentHeader] = {}
        self._identities: dict[str, FileIdentity | None] = {}
        self._goes_on = False

    def verify(self, verifier: WalVerifier) -> WalResult:
        block = self._task.block
        for number in range(block.first, block.end):
            self._bring(self._segment(number))
        self._goes_on = self._bring_next()
        unparsed = []
        for first, last in self._runs():
            if verifier.can_parse(self._headers[first]):
                self._parse(first, last, verifier=verifier)
            else:
                version = verifier.version_of(self._headers[first])
                unparsed.append((SegmentRange(block.timeline, first, last + 1), version))
        bad = {finding.segment for finding in self._findings if finding.segment}
        return WalResult(tuple(self._findings), tuple(unparsed), {name: self._identities.get(name) for name in bad})

    def _segment(self, number: int) -> Segment:
        return Segment(self._task.block.timeline, number, self._task.size)

    def _bring(self, segment: Segment) -> None:
        """Copy the segment, which checks all but its records."""
        name = str(segment)
        try:
            self._fetch(name, name)
        except (Missing, Damaged, Refused) as error:
            self._add(error.code, name, error.message)
        except OSError as error:
            if is_gone(error):
                # Retention removes it at this moment; a look at the end of the run tells.
                self._add("segment-missing", name, f"'{name}' is not there any more")
            elif is_damage(error):
                self._add("segment-damaged", name, f"'{name}' can't be read: {error.strerror}")
            else:
                raise not_readable(name, error) from error
        else:
            self._headers[segment.number] = self._header(name)

    def _bring_next(self) -> bool:
        """Copy what the block's last record may go on in, under the names by which pg_waldump looks for it; whether all
        of that is there."""
        end = self._task.block.end
        timeline = next((timeline_of(name) for name in self._task.next_names if self._bring_as(name, end)), None)
        if timeline is None:
            return False
        # A large record may fill segments; the first page says how much of it is left.
        more = range(end + 1, end + 1 + self._record_rest(end) // self._task.size.size_bytes)
        return all(self._bring_as(str(Segment(timeline, number, self._task.size)), number) for number in more)

    def _bring_as(self, name: str, number: int) -> bool:
        wanted = str(self._segment(number))
        try:
            self._fetch(name, wanted)
        except (Missing, Damaged, Refused, OSError):
            # It has a block of its own, which tells what is wrong with it.
            return False
        self._headers[number] = self._header(wanted)
        return True

    def _record_rest(self, number: int) -> int:
        """How many bytes of a record from before go on in this segment, with the headers of the pages between."""
        with open(f"{self._directory}/{self._segment(number)}", "rb") as stream:
            rest = int.from_bytes(stream.read(_REST_AT + 4)[_REST_AT:], sys.byteorder)
        return rest + rest // _PAGE_CONTENT_BYTES * _PAGE_HEADER_BYTES + _LONG_HEADER_BYTES

    def _fetch(self, name: str, as_name: str) -> None:
        stored = self._folder.find_wal(name)
        # Before it is read: what replaces it meanwhile is another one.
        identity = self._identities[name] = file_identity(stored) if stored else None
        size_bytes = identity.size_bytes if identity else 0
        self._pace.spend(size_bytes)
        copy = f"{self._directory}/{name}"
        self._folder.fetch_wal(name, copy)
        if as_name != name:
            os.rename(copy, f"{self._directory}/{as_name}")
        self._note(size_bytes)

    def _header(self, name: str) -> SegmentHeader:
        with open(f"{self._directory}/{name}", "rb") as stream:
            return parse_segment_header(stream.read(HEADER_SIZE_BYTES), name=name, byte_order=sys.byteorder)

    def _runs(self) -> Iterator[tuple[int, int]]:
        """Neighbouring good segments of one writer: an upgrade begins anew, and so does what follows a bad one."""
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
        """Let every record of a run be read, and go on behind a segment that can't be."""
        end = self._readable_end(last)
        while first <= last:
            said = verifier.complaint(
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
                self._add("segment-unreadable", name, f"the WAL in '{name}' can't be read on: {said.message}")
            first = place + 1

    def _is_allowed(self, said: WalComplaint, *, place: int, last: int) -> bool:
        """Whether nothing is wrong, although pg_waldump could not read on in the segment ``place``."""
        if said.no_record:
            # A record that fills all of it, or whose end is not there, has no other begin behind it.
            is_whole = self._goes_on and last + 1 == self._task.block.end
            room = (self._readable_end(last) - place + 1) * self._task.size.size_bytes
            return not is_whole or self._record_rest(place) >= room
        if place > last:
            # That segment's own block tells what is wrong with it.
            return True
        return self._task.is_last and place == self._task.block.end - 1 and not said.is_checksum

    def _readable_end(self, last: int) -> int:
        """The last segment behind a run into which its last record may go on; the run's own last one without any."""
        end = last
        while last + 1 >= self._task.block.end and end + 1 in self._headers and not self._is_new_writer(end + 1):
            end += 1
        return end

    def _add(self, code: str, name: str, message: str) -> None:
        self._findings.append(Finding(SEGMENT, code, message, segment=name))


def _place_of(complaint: WalComplaint, *, first: int, end: int, size: SegmentSize) -> int:
    """The number of the segment that is meant."""
    number = first
    if complaint.segment is not None:
        number = Segment.parse(complaint.segment, size=size).number
    elif complaint.lsn is not None:
        number = size.number_at(complaint.lsn)
    return min(max(number, first), end)


__all__ = ("WalResult", "WalTask", "WalVerifier")
