# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Verifying a base backup while pg_basebackup writes it."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from ..._core.backup.file_sum import FileSum
from ..._core.backup.manifest import MANIFEST_LIMIT_BYTES, Manifest, ManifestHead, read_manifest
from ..._core.backup.manifest_check import ManifestComparison, check_differences
from ..._core.backup.tablespace_map import MAP_NAME, parse_tablespace_map
from ..._core.catalogue.tar_names import BASE, path_prefix
from ..._core.errors import Damaged
from ..._core.repository.layout import MANIFEST_NAME, tar_suffix
from ..._io.host.files import list_directory, read_lines
from ..._io.host.priority import take_second_place
from ..._io.stream.tar_digest import TarDigest
from ..._io.stream.tar_stream import Noted, read_archive
from .growing_archives import GrowingArchives

Noting = Callable[[str], Noted]
ReadAgain = Callable[[str, str], Generator[memoryview, None, None]]


class StreamingVerifier:
    """Reads every archive of a backup as it grows, one thread each, and compares all with the manifest at the end.

    The files are not remembered: there may be millions. Where their sum is not the manifest's, all is read again:
    ``read_again`` gives the content of an archive by name and compression, by default from the directory. ``noting``
    gives for each archive what is told how far it was read.
    Call :meth:`look` now and then while pg_basebackup runs, then :meth:`finish`, or :meth:`abort` when it failed.
    """

    def __init__(
        self,
        archives: GrowingArchives,
        *,
        compression: str,
        algorithm: str,
        noting: Noting | None = None,
        read_again: ReadAgain | None = None,
    ) -> None:
        self._archives = archives
        self._directory = archives.directory
        self._algorithm = algorithm
        self._compression = compression
        self._suffix = tar_suffix(compression)
        self._noting = noting
        self._read_again = read_again or self._read_whole
        self._readers: dict[str, _Reader] = {}

    def look(self) -> None:
        """Begin to read the archives that have appeared. Raises what was met in one of them.

        Where pg_basebackup fails it removes its files, and has more to say than that they are not there.
        """
        for name in self._archives.look():
            pieces = read_archive(
                os.path.join(self._directory, name),
                compression=self._compression,
                is_whole=partial(self._archives.is_whole, name),
                noted=None if self._noting is None else self._noting(name),
            )
            self._readers[name] = _Reader(pieces, algorithm=self._algorithm, prefix=self._prefix(name))
            self._readers[name].start()
        for reader in self._readers.values():
            reader.check(but=FileNotFoundError)

    @property
    def has_begun(self) -> bool:
        """Whether an archive has appeared: the server has accepted what was asked of it."""
        return bool(self._readers)

    def stored_bytes(self) -> int:
        """What lies in the directory by now."""
        return sum(_size_bytes(os.path.join(self._directory, name)) for name in sorted(list_directory(self._directory)))

    def finish(self) -> VerifiedBackup:
        """Wait until all is read, and compare.

        Raises Damaged (``backup-damaged``, ``archive-damaged``, ``manifest-damaged``) when it is not whole.
        """
        self.look()
        self._archives.end()
        stated = FileSum()
        # While the ends of the archives are read.
        manifest = read_manifest(self._manifest_lines(), each=stated.__setitem__)
        found = FileSum()
        kept: dict[str, bytes] = {}
        for reader in self._readers.values():
            found.add(reader.result())
            kept.update(reader.digest.kept)
        if not (found.is_same(stated) and stated.is_unique):
            self._compare()
        tablespaces = parse_tablespace_map(kept.get(MAP_NAME, b""))
        _check_archives({name[: -len(self._suffix)] for name in self._readers}, tablespaces=tablespaces)
        return VerifiedBackup(manifest, tablespaces, (*sorted(self._readers), MANIFEST_NAME))

    def _compare(self) -> None:
        """Read all once more, to tell by name what differs. Raises Damaged as :meth:`finish`."""
        found = ManifestComparison(Manifest.of_lines(self._manifest_lines()))
        for name in self._readers:
            digest = TarDigest(algorithm=self._algorithm, prefix=self._prefix(name), found=found)
            for piece in self._read_again(name, self._compression):
                digest.feed(piece)
            digest.finish()
        check_differences(found.differences())

    def _read_whole(self, name: str, compression: str) -> Generator[memoryview, None, None]:
        return read_archive(os.path.join(self._directory, name), compression=compression, is_whole=lambda: True)

    def _manifest_lines(self) -> Iterator[bytes]:
        """The lines of the manifest. Raises Damaged (``manifest-damaged``)."""
        try:
            yield from read_lines(os.path.join(self._directory, MANIFEST_NAME), limit_bytes=MANIFEST_LIMIT_BYTES)
        except FileNotFoundError:
            raise Damaged(
                f"pg_basebackup left no '{MANIFEST_NAME}'",
                code="manifest-damaged",
                hint="Nothing of this backup is kept; take it again.",
            ) from None

    def _prefix(self, name: str) -> str:
        return path_prefix(name[: -len(self._suffix)])

    def abort(self) -> None:
        """Stop reading: the backup has failed."""
        self._archives.abort()
        for reader in self._readers.values():
            # An interruption may come before it was started.
            if reader.is_alive():
                reader.join()


@dataclass(frozen=True)
class VerifiedBackup:
    """What verification learned: the manifest without files, locations of tablespaces by oid, the stored names."""

    manifest: ManifestHead
    tablespaces: Mapping[int, str]
    names: tuple[str, ...]


class _Reader(threading.Thread):
    def __init__(self, pieces: Iterator[memoryview], *, algorithm: str, prefix: str) -> None:
        super().__init__(daemon=True)
        self._pieces = pieces
        self._found = FileSum()
        self.digest = TarDigest(algorithm=algorithm, prefix=prefix, found=self._found)
        self._error: BaseException | None = None

    def run(self) -> None:
        try:
            # It has time until the server waits for the archive, and the server has none.
            take_second_place()
            for piece in self._pieces:
                self.digest.feed(piece)
            self.digest.finish()
        except BaseException as error:  # noqa: BLE001 - it is raised again by the thread that asks for the result
            self._error = error

    def result(self) -> FileSum:
        """Wait for the end of the archive; the sum of its files."""
        self.join()
        self.check()
        return self._found

    def check(self, *, but: type[Exception] | tuple[()] = ()) -> None:
        """Raise what was met so far, unless it is ``but`` that."""
        if self._error is not None and not isinstance(self._error, but):
            raise self._error


def _check_archives(stems: set[str], *, tablespaces: Mapping[int, str]) -> None:
    expected = {BASE, *(str(oid) for oid in tablespaces)}
    if stems != expected:
        raise Damaged(
            f"the backup has the archives {sorted(stems)}, and by its '{MAP_NAME}' they are {sorted(expected)}",
            code="backup-damaged",
            hint="Nothing of this backup is kept; take it again.",
        )


def _size_bytes(path: str) -> int:
    try:
        return os.stat(path).st_size
    except FileNotFoundError:
        # pg_basebackup renames its manifest when it is done.
        return 0


__all__ = ("StreamingVerifier", "VerifiedBackup")
