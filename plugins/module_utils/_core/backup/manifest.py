# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The backup manifest: every file of a base backup with its size and checksum.

Source: PostgreSQL's manual, "Backup Manifest Format"; version 2 (since 17) adds the system identifier.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..errors import Damaged, InvalidInput
from ..json_fields import MOST_UINT32, list_of, load_json, mapping_of, number_of, text_of
from ..path_text import is_inner_path
from ..wal.lsn import Lsn
from .file_table import FileTable

CHECKSUM_KEY = '"Manifest-Checksum"'
_CHECKSUM_KEY_BYTES = CHECKSUM_KEY.encode("ascii")
_FILE_BEGINS = (b'{ "Path"', b'{ "Encoded-Path"')
# A million files take some 170 MB.
MANIFEST_LIMIT_BYTES = 1 << 30
_VERSIONS = (1, 2)
_ALGORITHMS = ("", "CRC32C", "SHA224", "SHA256", "SHA384", "SHA512")
_CHECKSUM = re.compile(r"(?:[0-9a-f]{2}){0,64}")
_MOST_FILES = 10_000_000
_FAULTS = (ValueError, KeyError, TypeError, AttributeError, InvalidInput)


@dataclass(frozen=True)
class ManifestFile:
    """A file's size in bytes, and its checksum in lower-case hexadecimal; both texts are empty without checksums."""

    size_bytes: int
    algorithm: str = ""
    checksum: str = ""


@dataclass(frozen=True)
class WalRange:
    """The WAL of one timeline that the backup needs."""

    timeline: int
    start: Lsn
    end: Lsn


@dataclass(frozen=True)
class Manifest:
    """The contents of a base backup; ``files`` by path relative to the data directory.

    ``system_identifier`` is ``None`` in version 1. ``wal_ranges`` has several items only if a standby followed a
    timeline switch during the backup.
    """

    version: int
    files: FileTable[ManifestFile]
    wal_ranges: tuple[WalRange, ...]
    system_identifier: str | None = None

    @classmethod
    def parse(cls, text: str) -> Manifest:
        """Parse a manifest, and verify its own checksum. Raises Damaged (``manifest-damaged``)."""
        return cls.of_lines(_lines(text))

    @classmethod
    def of_lines(cls, lines: Iterable[bytes]) -> Manifest:
        """The same from the lines of a file. Raises Damaged (``manifest-damaged``)."""
        listed = _Listed()
        read = read_manifest(lines, each=listed.add)
        return cls(read.version, listed.files, read.wal_ranges, read.system_identifier)

    @property
    def algorithm(self) -> str:
        """The algorithm of the files' checksums, which pg_basebackup uses for all files; empty if they have none."""
        return next((file.algorithm for _path, file in self.files.rows() if file.algorithm), "")

    @property
    def size_bytes(self) -> int:
        """The total size of all files."""
        return sum(file.size_bytes for _path, file in self.files.rows())


class _Listed:
    """Collects the files of a manifest."""

    def __init__(self) -> None:
        self.files = FileTable(self._file)
        self._algorithm = ""

    def add(self, path: str, file: ManifestFile) -> None:
        if file.algorithm not in ("", self._algorithm or file.algorithm):
            raise ValueError("its checksums are of two algorithms")
        self._algorithm = self._algorithm or file.algorithm
        if not self.files.add(path, file):
            raise ValueError("a file is listed twice")

    def _file(self, size_bytes: int, checksum: str) -> ManifestFile:
        return ManifestFile(size_bytes, self._algorithm if checksum else "", checksum)


@dataclass(frozen=True)
class ManifestHead:
    """A manifest without its files; ``size_bytes`` is the total of those that were looked at."""

    version: int
    wal_ranges: tuple[WalRange, ...]
    system_identifier: str | None
    size_bytes: int


def read_manifest(lines: Iterable[bytes], *, each: Callable[[str, ManifestFile], None] | None) -> ManifestHead:
    """Read a manifest line by line, verify its own checksum, and give ``each`` file to the caller.

    With ``None`` files are not looked at, which is twenty times as fast.

    PostgreSQL writes each file on a line of its own (``AddFileToBackupManifest`` in backup_manifest.c), so that nothing
    of the files is kept here; a manifest that is laid out otherwise is read, too. Raises Damaged
    (``manifest-damaged``), which may come after the last file.
    """
    reader = _ManifestReader(each)
    fault: Exception | None = None
    for line in lines:
        reader.sum_up(line)
        try:
            if fault is None:
                reader.read(line)
        except _FAULTS as error:
            fault = error
    # Whatever is wrong with a manifest that was changed, that it was changed is what to say.
    check_stated_checksum(reader.stated, computed=reader.sum.hexdigest())
    try:
        if fault is not None:
            raise fault
        return reader.head()
    except _FAULTS as error:
        raise _damaged(f"{type(error).__name__} {error}") from error


class _ManifestReader:
    """Takes the lines in order; everything but the lines of files is read as one document at the end."""

    def __init__(self, each: Callable[[str, ManifestFile], None] | None) -> None:
        self.sum = hashlib.sha256()
        self.stated: str | None = None
        self._each = each
        self._size_bytes = 0
        self._rest: list[str] = []

    def sum_up(self, line: bytes) -> None:
        if self.stated is None:
            before, found, last = line.partition(_CHECKSUM_KEY_BYTES)
            self.sum.update(before)
            if found:
                self.stated = _text(last)
        elif line.strip():
            self.stated += _text(line)

    def read(self, line: bytes) -> None:
        if not line.startswith(_FILE_BEGINS):
            self._rest.append(_text(line))
        elif self._each is not None:
            self._add(load_json(_text(line).strip().rstrip(",")))

    def head(self) -> ManifestHead:
        document = mapping_of(load_json("".join(self._rest), most_containers=_MOST_FILES), "the manifest")
        for entry in list_of(document["Files"], "Files"):
            self._add(entry)
        return _head(document, size_bytes=self._size_bytes)

    def _add(self, entry: Mapping[str, Any]) -> None:
        if self._each is not None:
            file = _file(entry)
            self._size_bytes += file.size_bytes
            self._each(_path_of(entry), file)


def _lines(text: str) -> Iterator[bytes]:
    """The lines of a text that may be long, without a list of them."""
    start = 0
    while start < len(text):
        end = text.find("\n", start) + 1 or len(text)
        yield text[start:end].encode("utf-8", "surrogateescape")
        start = end


def _text(line: bytes) -> str:
    return line.decode("utf-8", "surrogateescape")


def check_stated_checksum(stated: str | None, *, computed: str) -> None:
    """The same for a manifest that was read in pieces: ``stated`` is the text after the last :data:`CHECKSUM_KEY`.

    ``None``: there is no such line. ``computed`` is the SHA-256 of everything before it. Raises Damaged
    (``manifest-damaged``).
    """
    if stated is None:
        raise _damaged("it has no checksum of its own, so it is truncated")
    if computed != stated.partition(":")[2].strip().rstrip("}").strip().strip('"').lower():
        raise _damaged("its content does not match its own checksum")


def _head(document: Mapping[str, Any], *, size_bytes: int) -> ManifestHead:
    version = document["PostgreSQL-Backup-Manifest-Version"]
    if version not in _VERSIONS:
        raise ValueError(f"version {version}")
    identifier = document.get("System-Identifier")
    ranges = list_of(document["WAL-Ranges"], "WAL-Ranges")
    if not ranges:
        raise ValueError("it has no range of WAL")
    return ManifestHead(
        version=version,
        wal_ranges=tuple(_wal_range(entry) for entry in ranges),
        system_identifier=None if identifier is None else str(number_of(identifier, "System-Identifier", most=1 << 64)),
        size_bytes=size_bytes,
    )


def _file(entry: Mapping[str, Any]) -> ManifestFile:
    return ManifestFile(
        number_of(entry["Size"], "Size"),
        text_of(entry.get("Checksum-Algorithm", ""), "Checksum-Algorithm", allowed=_ALGORITHMS.__contains__),
        text_of(entry.get("Checksum", "").lower(), "Checksum", allowed=_is_checksum),
    )


def _is_checksum(text: str) -> bool:
    return _CHECKSUM.fullmatch(text) is not None


def _wal_range(entry: Mapping[str, Any]) -> WalRange:
    timeline = number_of(mapping_of(entry, "a range of WAL")["Timeline"], "Timeline", least=1, most=MOST_UINT32)
    return WalRange(timeline, Lsn.parse(entry["Start-LSN"]), Lsn.parse(entry["End-LSN"]))


def _path_of(entry: Mapping[str, Any]) -> str:
    # Names that are not valid UTF-8 are written in hexadecimal.
    path = entry["Path"] if "Path" in entry else _decoded(entry["Encoded-Path"])
    return text_of(path, "path of a file", allowed=is_inner_path)


def _decoded(hexadecimal: str) -> str:
    return bytes.fromhex(hexadecimal).decode("utf-8", "surrogateescape")


def _damaged(what: str) -> Damaged:
    return Damaged(
        f"the backup manifest is damaged: {what}",
        code="manifest-damaged",
        hint="A backup cannot be verified without its manifest; take a new one, and restore from another.",
    )


__all__ = (
    "CHECKSUM_KEY",
    "MANIFEST_LIMIT_BYTES",
    "Manifest",
    "ManifestFile",
    "ManifestHead",
    "WalRange",
    "check_stated_checksum",
    "read_manifest",
)
