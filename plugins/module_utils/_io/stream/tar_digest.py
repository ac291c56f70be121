# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading a tar archive of pg_basebackup as a stream, for the sizes and checksums of its files."""

from __future__ import annotations

from typing import Protocol

from ..._core.backup.manifest_check import ReadFile
from ..._core.backup.tar_header import BLOCK_BYTES, TarHeader, parse_tar_header
from ..._core.backup.tar_limits import KEPT_NAMES, TarLimits
from ..._core.errors import Damaged
from .checksum import Checksum, new_checksum

TYPE_CHECKING = False
if TYPE_CHECKING:
    # Takes 9 ms to import, and a backup needs none.
    from concurrent.futures import Executor

# Handing a piece over takes some 30 microseconds, in which 50 kB are summed by the slower functions.
_WORTH_A_THREAD_BYTES = 128 * 1024


class TarSink(Protocol):
    """Where the members of an archive go to, one after the other."""

    def begin(self, header: TarHeader) -> None:
        """A member begins."""

    def write(self, piece: memoryview) -> None:
        """The next bytes of the file that began last; valid during the call only."""

    def end(self) -> None:
        """The file that began last is complete."""


class FoundFiles(Protocol):
    """Where the files that were read are noted: a dictionary, or what keeps less of them."""

    def __setitem__(self, path: str, file: ReadFile, /) -> None: ...

    def __contains__(self, path: object, /) -> bool: ...


class _Nowhere:
    """For those who only want the checksums."""

    def begin(self, header: TarHeader) -> None:
        pass

    def write(self, piece: memoryview) -> None:
        pass

    def end(self) -> None:
        pass


class TarDigest:
    """Takes an archive in pieces of any size; nothing but checksums and the smallest files stays in memory.

    ``algorithm`` is the manifest's name of the checksums. ``prefix`` stands before every name: ``pg_tblspc/<oid>/`` for
    the archive of a tablespace. What is read goes to ``sink`` too; with a ``pool`` checksums are computed meanwhile.
    ``limits`` say what it may hold. Files are noted in ``found``, or kept in ``files``.
    """

    def __init__(
        self,
        *,
        algorithm: str,
        prefix: str = "",
        sink: TarSink | None = None,
        pool: Executor | None = None,
        limits: TarLimits | None = None,
        found: FoundFiles | None = None,
    ) -> None:
        self._limits = limits or TarLimits()
        self.files: dict[str, ReadFile] = {}
        self._found: FoundFiles = self.files if found is None else found
        self.kept: dict[str, bytes] = {}
        self.ended = False
        self._algorithm = algorithm
        self._prefix = prefix
        self._sink: TarSink = sink or _Nowhere()
        self._pool = pool
        self._header = b""
        self._name = ""
        self._size_bytes = 0
        self._content_left = 0
        self._padding_left = 0
        self._checksum: Checksum = new_checksum(algorithm)

    def feed(self, piece: memoryview) -> None:
        """Read the next bytes. Raises Damaged (``archive-damaged``) when they can't be part of an archive."""
        position = 0
        while position < len(piece):
            if self._content_left:
                position += self._read_content(piece[position : position + self._content_left])
            elif self._padding_left:
                step = min(self._padding_left, len(piece) - position)
                self._padding_left -= step
                position += step
            else:
                position += self._read_header(piece[position : position + BLOCK_BYTES - len(self._header)])

    def finish(self) -> None:
        """Return when the archive ended as archives do. Raises Damaged (``archive-damaged``)."""
        if not self.ended or self._content_left or self._header:
            raise Damaged(
                "an archive of the backup is truncated",
                code="archive-damaged",
                hint="The backup is not usable; take a new one.",
            )

    def _read_header(self, piece: memoryview) -> int:
        self._header += bytes(piece)
        if len(self._header) < BLOCK_BYTES:
            return len(piece)
        header, self._header = parse_tar_header(self._header), b""
        name = self._prefix + header.name if header else ""
        self._limits.check(header, name=name, is_again=name in self._found)
        if header is None:
            self.ended = True
            return len(piece)
        self._sink.begin(header)
        if header.is_file:
            self._name = name
            self._size_bytes = self._content_left = header.size_bytes
            self._padding_left = header.padding_bytes
            self._checksum = new_checksum(self._algorithm)
            if not self._content_left:
                self._end_file()
        return len(piece)

    def _read_content(self, piece: memoryview) -> int:
        if self._pool is not None and len(piece) >= _WORTH_A_THREAD_BYTES and not self._checksum.is_quick:
            summed = self._pool.submit(self._checksum.update, piece)
            try:
                self._sink.write(piece)
            finally:
                # The piece is the reader's again as soon as this returns.
                summed.result()
        else:
            self._checksum.update(piece)
            self._sink.write(piece)
        if self._name in KEPT_NAMES:
            self.kept[self._name] = self.kept.get(self._name, b"") + bytes(piece)
        self._content_left -= len(piece)
        if not self._content_left:
            self._end_file()
        return len(piece)

    def _end_file(self) -> None:
        self._sink.end()
        self._found[self._name] = ReadFile(self._size_bytes, self._checksum.hexdigest())


__all__ = ("FoundFiles", "TarDigest", "TarSink")
